//! What Workers learn that the operator has bound to the provider: the same as the endpoints tell, of every client's tokens, and no more.

use crate::flow::browser::Browser;
use crate::flow::party::{OFFLINE, Party, is_accepted, set_disabled, text, userinfo as at_userinfo};
use crate::logout::{BACK_CHANNEL, id_token, is_signed_in, scene};
use crate::world::{World, body};
use pollster::block_on;
use serde_json::{Value, json};
use treeline::endpoint::binding::{self, SessionToken};
use treeline::object::Class;

fn introspect(world: &World, token: &str) -> Value {
    block_on(binding::introspect(world, token))
        .expect("an answer")
        .into_iter()
        .collect()
}

fn userinfo(world: &World, token: &str) -> Option<Value> {
    let claims = block_on(binding::userinfo(world, token)).expect("an answer");
    claims.map(|claims| claims.into_iter().collect())
}

fn sign_out(world: &World, token: SessionToken<'_>) -> bool {
    block_on(binding::sign_out(world, token)).expect("an answer")
}

fn inactive() -> Value {
    json!({ "active": false })
}

/// An application, its resource server, and the tokens that it has got for diana.
fn resource(world: &World, policy: Value) -> (Party, Party, Value) {
    let [server, app] = [Party::register(world), Party::register(world)];
    let mut policy = policy;
    policy["resources"] = json!([server.client.id()]);
    app.set_policy(world, policy);
    let held = app.offline_tokens(world);
    (server, app, held)
}

#[test]
fn an_access_token_is_told_as_its_resource_server_is_told() {
    let (world, _) = scene();
    for format in ["jwt", "opaque"] {
        let claims = json!({ "always": { "introspection": { "email": null } } });
        let policy = json!({ "access_token_format": format, "add_claims": claims });
        let (server, _, held) = resource(&world, policy);
        let token = text(&held, "access_token");
        let told = body(&server.form_to("/introspection", &[("token", &token)]).send(&world));
        assert_eq!(
            (&told["active"], &told["token_type"], &told["email"]),
            (&json!(true), &json!("Bearer"), &json!("diana@example.com"))
        );
        let before = world.dump();
        assert_eq!(introspect(&world, &token), told);
        assert_eq!(world.dump(), before, "nothing is written");
    }
}

#[test]
fn a_token_that_is_for_nobody_but_the_provider_is_told_as_well_and_its_audience_says_so() {
    let (world, party) = scene();
    let told = introspect(&world, &text(&party.offline_tokens(&world), "access_token"));
    assert_eq!((&told["active"], &told["aud"]), (&json!(true), &json!(crate::world::ISSUER)));
}

#[test]
fn whatever_no_resource_server_could_ask_about_is_not_active() {
    let (world, party) = scene();
    let held = party.offline_tokens(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    let long = "x".repeat(100_000);
    for token in [
        &text(&held, "refresh_token"),
        &text(&held, "id_token"),
        &code,
        "",
        "x",
        "a.b.c",
        "\0",
        &long,
    ] {
        assert_eq!(introspect(&world, token), inactive(), "{token}");
        assert_eq!(userinfo(&world, token), None, "{token}");
        assert!(!sign_out(&world, SessionToken::AccessToken(token)), "{token}");
    }
    assert_eq!(introspect(&world, &text(&held, "access_token"))["active"], true);
}

#[test]
fn what_has_ended_is_told_at_once() {
    let (world, party) = scene();
    let [revoked, expired, disabled] = [(); 3].map(|()| text(&party.offline_tokens(&world), "access_token"));
    party.revoke(&world, &revoked);
    assert_eq!((introspect(&world, &revoked), userinfo(&world, &revoked)), (inactive(), None));
    assert_eq!(introspect(&world, &disabled)["active"], true);
    set_disabled(&world, "diana", true);
    assert_eq!((introspect(&world, &disabled), userinfo(&world, &disabled)), (inactive(), None));
    set_disabled(&world, "diana", false);
    world.advance(3600);
    assert_eq!((introspect(&world, &expired), userinfo(&world, &expired)), (inactive(), None));
}

#[test]
fn userinfo_is_what_its_endpoint_tells_in_plain() {
    let (world, _) = scene();
    let plain = Party::register(&world);
    let token = text(&plain.offline_tokens(&world), "access_token");
    assert_eq!(userinfo(&world, &token), Some(body(&at_userinfo(&world, &token))));

    let signed = Party::registered(&world, json!({ "userinfo_signed_response_alg": "RS256" }));
    let token = text(&signed.offline_tokens(&world), "access_token");
    let claims = userinfo(&world, &token).expect("claims");
    assert_eq!((claims["email"].as_str(), claims.get("iss")), (Some("diana@example.com"), None));

    let mut browser = Browser::new(&world);
    let code = browser.code(&plain.query().with("scope", "profile"), "diana");
    let token = plain.access_token(&world, &code);
    assert_eq!(at_userinfo(&world, &token).status, 403);
    assert_eq!(userinfo(&world, &token), None);
}

/// Signs diana in on two devices: their browsers, and what each has got.
fn two_devices<'w>(world: &'w World, party: &Party) -> [(Browser<'w>, Value); 2] {
    [(); 2].map(|()| {
        let mut browser = Browser::new(world);
        let code = browser.code(&party.query().with("scope", OFFLINE), "diana");
        let held = party.tokens(world, &code);
        (browser, held)
    })
}

#[test]
fn an_access_token_signs_its_own_device_out_and_the_clients_are_told() {
    let (world, party) = scene();
    let [(mut here, held), (mut there, other)] = two_devices(&world, &party);
    let token = text(&held, "access_token");
    assert!(sign_out(&world, SessionToken::AccessToken(&token)));
    assert!(!is_signed_in(&mut here, &party) && is_signed_in(&mut there, &party));
    assert_eq!(introspect(&world, &token), inactive());
    assert!(is_accepted(&world, &text(&other, "access_token")));
    world.run_alarms();
    assert_eq!(world.web.forms(BACK_CHANNEL).len(), 1);
    // It is good for nothing any more, this included.
    assert!(!sign_out(&world, SessionToken::AccessToken(&token)));
    // What was granted for longer goes on, but the login that it began in is over.
    let later = text(&party.refreshed(&world, &text(&held, "refresh_token")), "access_token");
    assert_eq!(introspect(&world, &later)["active"], true);
    assert!(!sign_out(&world, SessionToken::AccessToken(&later)));
}

#[test]
fn an_id_token_does_so_however_old_and_signed_by_a_secret_too_but_not_while_it_is_encrypted() {
    let encrypted = json!({ "id_token_encrypted_response_alg": "dir", "id_token_encrypted_response_enc": "A128GCM" });
    for (more, ends) in [
        (json!({}), true),
        (json!({ "id_token_signed_response_alg": "HS256" }), true),
        (encrypted, false),
    ] {
        let (world, _) = scene();
        let mut metadata = more;
        metadata["backchannel_logout_uri"] = json!(BACK_CHANNEL);
        let party = Party::registered(&world, metadata);
        let mut browser = Browser::new(&world);
        let hint = id_token(&mut browser, &world, &party, "diana");
        world.advance(600);
        assert!(is_signed_in(&mut browser, &party));
        assert_eq!(sign_out(&world, SessionToken::IdToken(&hint)), ends, "{hint}");
        assert_eq!(is_signed_in(&mut browser, &party), !ends);
        assert!(
            !sign_out(&world, SessionToken::IdToken(&hint)),
            "a second time there is nothing to end"
        );
        world.run_alarms();
        assert_eq!(world.web.forms(BACK_CHANNEL).len(), usize::from(ends));
    }
}

#[test]
fn what_shows_no_session_ends_none() {
    let (world, party) = scene();
    let silent = Party::register(&world);
    let mut browser = Browser::new(&world);
    let without_sid = id_token(&mut browser, &world, &silent, "diana");
    let hint = id_token(&mut browser, &world, &party, "diana");
    let (head, _) = hint.rsplit_once('.').expect("a signature");
    let access_token = text(&party.offline_tokens(&world), "access_token");
    let before = world.dump();
    for token in [&*without_sid, &format!("{head}."), &format!("{head}.AAAA"), &access_token, "x", ""] {
        assert!(!sign_out(&world, SessionToken::IdToken(token)), "{token}");
    }
    assert_eq!(world.dump(), before, "nothing is written");
    assert!(is_signed_in(&mut browser, &party));
}

#[test]
fn a_tree_that_cannot_be_reached_is_no_answer() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let token = text(&party.offline_tokens(&world), "access_token");
    world.set_reachable(Class::UserSession, "diana", false);
    assert!(block_on(binding::introspect(&world, &token)).is_err());
    assert!(block_on(binding::userinfo(&world, &token)).is_err());
    assert!(block_on(binding::sign_out(&world, SessionToken::IdToken(&hint))).is_err());
}
