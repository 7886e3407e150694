//! Access tokens that tell nothing, and the resource servers that ask what one is good for.

use super::browser::Browser;
use super::party::{OFFLINE, Party, decode, enrol, is_accepted, text, userinfo};
use crate::world::{ADMIN_TOKEN, ISSUER, World, body, get};
use serde_json::{Value, json};
use treeline::oauth::base64url;

fn scene(policy: Value) -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::of_every_type(&world);
    party.set_policy(&world, policy);
    (world, party)
}

fn opaque() -> (World, Party) {
    scene(json!({ "access_token_format": "opaque" }))
}

fn asked(world: &World, party: &Party, token: &str) -> Value {
    body(&party.form_to("/introspection", &[("token", token)]).send(world))
}

#[test]
fn an_opaque_token_works_everywhere_and_tells_nothing() {
    let (world, party) = opaque();
    let held = party.offline_tokens(&world);
    let token = text(&held, "access_token");
    assert!(!token.contains('.'), "{token}");
    let bytes = base64url::decode(&token).expect("base64url");
    assert!(bytes.len() >= 32 && !bytes.windows(5).any(|part| part == b"diana"));
    assert_eq!((&held["token_type"], &held["expires_in"]), (&json!("Bearer"), &json!(3600)));

    assert_eq!(body(&userinfo(&world, &token))["email"], "diana@example.com");
    let said = asked(&world, &party, &token);
    assert_eq!(
        (&said["active"], &said["scope"], &said["aud"]),
        (&json!(true), &json!(OFFLINE), &json!(ISSUER))
    );
    assert_ne!(said["jti"], json!(token));
    assert!(!is_accepted(&world, &text(&said, "jti")), "its jti is no token");

    let refreshed = party.refreshed(&world, &text(&held, "refresh_token"));
    let second = text(&refreshed, "access_token");
    assert!(!second.contains('.') && is_accepted(&world, &second));
    party.revoke(&world, &token);
    assert!(!is_accepted(&world, &token));
    assert_eq!(asked(&world, &party, &token), json!({ "active": false }));
    assert!(is_accepted(&world, &second));
    world.advance(3600);
    assert!(!is_accepted(&world, &second));
}

#[test]
fn from_the_authorization_endpoint_it_is_vouched_for_as_well() {
    let (world, party) = opaque();
    let query = party.query().with("response_type", "code id_token token");
    let answer = super::answer::Answer::of(&Browser::new(&world).authorize(&query, "diana"));
    let token = answer.get("access_token").to_owned();
    assert!(!token.contains('.') && is_accepted(&world, &token));
    answer.assert_hashes();
}

#[test]
fn a_changed_or_foreign_text_reaches_no_object() {
    let (world, party) = opaque();
    let held = party.offline_tokens(&world);
    let token = text(&held, "access_token");
    let code = Browser::new(&world).code(&party.query(), "diana");
    world.run_alarms();
    world.take_touches();
    for changed in [
        format!("{token}A"),
        token[1..].to_owned(),
        token.to_uppercase(),
        text(&held, "refresh_token"),
        code,
    ] {
        assert!(!is_accepted(&world, &changed));
    }
    assert_eq!(world.take_touches().all_asked(), 0);
}

#[test]
fn the_format_is_the_grant_s() {
    let (world, party) = opaque();
    let held = party.offline_tokens(&world);
    party.set_policy(&world, json!({}));
    let refreshed = party.refreshed(&world, &text(&held, "refresh_token"));
    assert!(
        !text(&refreshed, "access_token").contains('.'),
        "a later policy is for later grants"
    );
    assert!(text(&party.offline_tokens(&world), "access_token").contains('.'));
}

#[test]
fn a_dump_makes_the_same_text_again() {
    let (world, party) = opaque();
    let token = text(&party.offline_tokens(&world), "access_token");
    let dump = get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(&world);
    assert!(dump.body.as_str().contains(&token));
    assert!(!world.dump().contains(&token), "the storage holds an access token");
}

#[test]
fn a_resource_server_may_ask_about_what_is_for_it() {
    let world = World::new();
    enrol(&world, "diana");
    let [api, other] = [Party::register(&world), Party::register(&world)];
    for format in ["jwt", "opaque"] {
        let party = Party::register(&world);
        let policy = json!({ "access_token_format": format, "resources": [api.client.id()] });
        party.set_policy(&world, policy);
        let held = party.offline_tokens(&world);
        let token = text(&held, "access_token");
        let audience = json!([ISSUER, api.client.id()]);
        if format == "jwt" {
            assert_eq!(decode(&token).1["aud"], audience);
        }
        let said = asked(&world, &api, &token);
        assert_eq!((&said["active"], &said["aud"]), (&json!(true), &audience), "{format}");
        assert_eq!((&said["client_id"], &said["scope"]), (&json!(party.client.id()), &json!(OFFLINE)));
        assert_eq!(asked(&world, &party, &token)["active"], true);
        assert_eq!(asked(&world, &other, &token), json!({ "active": false }));
        // A refresh token is between its client and the provider.
        assert_eq!(asked(&world, &api, &text(&held, "refresh_token")), json!({ "active": false }));
        // Asking is all: it cannot give the token up.
        api.revoke(&world, &token);
        assert!(is_accepted(&world, &token));
        let refreshed = party.refreshed(&world, &text(&held, "refresh_token"));
        assert_eq!(asked(&world, &api, &text(&refreshed, "access_token"))["active"], true);
    }
}
