//! Revocation (RFC 7009): what a client gives up is gone, with what hangs on it, and nothing of anybody else's.

use super::browser::Browser;
use super::party::{OFFLINE, Party, assert_refused, decode, is_accepted, scene, text};
use crate::proof::party::{CALLBACK, about, jwt, key, with_keys};
use crate::world::call::request;
use crate::world::{World, body, get, post};
use serde_json::{Value, json};
use treeline::http::Method;
use treeline::jose::alg::Alg;
use treeline::object::Class;

fn access(tokens: &Value) -> String {
    text(tokens, "access_token")
}

fn refresh(tokens: &Value) -> String {
    text(tokens, "refresh_token")
}

/// Fails where anything of these tokens works.
fn assert_dead(world: &World, party: &Party, all: &[&Value]) {
    for tokens in all {
        assert!(!is_accepted(world, &access(tokens)));
        assert_refused(&party.refresh(world, &refresh(tokens)), 400, "invalid_grant");
    }
}

#[test]
fn an_access_token_ends_alone() {
    let (world, party) = scene();
    let first = party.offline_tokens(&world);
    let second = party.refreshed(&world, &refresh(&first));
    for _ in 0..2 {
        party.revoke(&world, &access(&first));
        assert!(!is_accepted(&world, &access(&first)));
    }
    assert!(is_accepted(&world, &access(&second)));
    assert!(is_accepted(&world, &access(&party.refreshed(&world, &refresh(&second)))));
}

#[test]
fn a_refresh_token_takes_its_family_along_whichever_of_it_is_shown() {
    for shown in 0..3 {
        for age in [0, 100] {
            let (world, party) = scene();
            let other = party.offline_tokens(&world);
            let first = party.offline_tokens(&world);
            let second = party.refreshed(&world, &refresh(&first));
            let third = party.refreshed(&world, &refresh(&second));
            let family = [&first, &second, &third];
            // Past the grace a used token is no replay here: the client gives it up.
            world.advance(age);
            party.revoke(&world, &refresh(family[shown]));
            assert_dead(&world, &party, &family);
            party.revoke(&world, &refresh(family[shown]));
            world.advance(3600);
            world.run_alarms();
            assert_dead(&world, &party, &family);
            assert_eq!(party.refresh(&world, &refresh(&other)).status, 200, "another grant");
        }
    }
}

#[test]
fn a_hint_is_only_a_hint() {
    for hint in ["access_token", "refresh_token", "id_token", "unknown", ""] {
        for name in ["access_token", "refresh_token"] {
            let (world, party) = scene();
            let tokens = party.offline_tokens(&world);
            let fields = [("token", &*text(&tokens, name)), ("token_type_hint", hint)];
            let response = party.form_to("/revocation", &fields).send(&world);
            assert_eq!((response.status, response.body.as_str()), (200, ""), "{hint}");
            assert!(!is_accepted(&world, &access(&tokens)), "{name} as {hint}");
        }
    }
}

#[test]
fn what_is_nobody_s_or_somebody_else_s_is_answered_alike_and_stays() {
    let (world, party) = scene();
    let thief = Party::register(&world);
    let public = Party::registered(&world, json!({ "token_endpoint_auth_method": "none" }));
    let held = party.offline_tokens(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    let before = world.dump();
    for name in ["access_token", "refresh_token"] {
        thief.revoke(&world, &text(&held, name));
        public.revoke(&world, &text(&held, name));
    }
    let jti = text(&decode(&access(&held)).1, "jti");
    let long = "x".repeat(100_000);
    for token in [
        text(&held, "id_token").as_str(),
        &code,
        &jti,
        party.client.secret(),
        party.client.token(),
        "x",
        "...",
        "\0",
        &format!("{}A", refresh(&held)),
        &format!("{}A", access(&held)),
        &long,
    ] {
        party.revoke(&world, token);
    }
    assert_eq!(world.dump(), before);
    assert!(is_accepted(&world, &access(&held)));
    assert_eq!(party.redeem(&world, &code).status, 200);
    assert_eq!(party.refresh(&world, &refresh(&held)).status, 200);
    // Nor is one that has ended by itself.
    world.advance(3600);
    party.revoke(&world, &access(&held));
    world.advance(30 * 86_400 - 7200);
    world.run_alarms();
    party.revoke(&world, &refresh(&held));
    assert_eq!(world.faults(), []);
}

#[test]
fn every_client_may_give_up_what_it_has() {
    let (world, _) = scene();
    for method in ["client_secret_basic", "none"] {
        let party = Party::registered(&world, json!({ "token_endpoint_auth_method": method }));
        for name in ["access_token", "refresh_token"] {
            let held = party.offline_tokens(&world);
            party.revoke(&world, &text(&held, name));
            assert!(!is_accepted(&world, &access(&held)), "{method} {name}");
        }
    }
    let party = Party::registered(&world, json!({ "token_endpoint_auth_method": "client_secret_post" }));
    let code = Browser::new(&world).code(&party.query(), "diana");
    let credentials = [("client_id", party.client.id()), ("client_secret", party.client.secret())];
    let mut fields = party.token_fields(&code);
    fields.extend(credentials);
    let token = access(&body(&post("/token").form(&fields).send(&world)));
    let revoked = post("/revocation")
        .form(&[&[("token", &*token)], &credentials[..]].concat())
        .send(&world);
    assert_eq!(revoked.status, 200);
    assert!(!is_accepted(&world, &token));

    // By an assertion, once.
    let client = with_keys(&world, &[key(Alg::ES256, 1)]);
    let assertion = jwt(crate::proof::party::By::Key(key(Alg::ES256, 1)), &about(&world, &client, json!({})));
    let fields = [
        ("token", "x"),
        ("client_assertion_type", treeline::client::assertion::TYPE),
        ("client_assertion", &assertion),
    ];
    assert_eq!(client.0["redirect_uris"][0], CALLBACK);
    assert_eq!(post("/revocation").form(&fields).send(&world).status, 200);
    assert_refused(&post("/revocation").form(&fields).send(&world), 401, "invalid_client");
}

#[test]
fn what_is_no_request_is_refused_and_revokes_nothing() {
    let (world, party) = scene();
    let held = party.offline_tokens(&world);
    let token = access(&held);
    let send = |fields: &[(&str, &str)]| party.form_to("/revocation", fields).send(&world);
    for fields in [
        &[][..],
        &[("token", "")],
        &[("token_type_hint", "access_token")],
        &[("token", &token), ("token", &token)],
        &[
            ("token", &token),
            ("token_type_hint", "access_token"),
            ("token_type_hint", "access_token"),
        ],
        &[("token", &token), ("x", "1"), ("x", "2")],
    ] {
        assert_refused(&send(fields), 400, "invalid_request");
    }
    let as_json = post("/revocation").basic(&party.client).json(&json!({ "token": token }));
    assert_refused(&as_json.send(&world), 400, "invalid_request");
    assert_refused(
        &post("/revocation").basic(&party.client).too_large().send(&world),
        400,
        "invalid_request",
    );
    let form = [("token", &*token)];
    for nobody in [
        post("/revocation"),
        post("/revocation").bearer(&token),
        post("/revocation").basic_pair(party.client.id(), "wrong"),
        post("/revocation").basic_pair("unknown", party.client.secret()),
    ] {
        assert_refused(&nobody.form(&form).send(&world), 401, "invalid_client");
    }
    let by_name = [("token", &*token), ("client_id", party.client.id())];
    assert_refused(&post("/revocation").form(&by_name).send(&world), 401, "invalid_client");
    assert_eq!(get("/revocation").send(&world).header("allow"), Some("POST"));
    assert!(is_accepted(&world, &token));
}

#[test]
fn scripts_of_any_site_may_revoke() {
    let (world, party) = scene();
    let preflight = request(Method::Options, "/revocation").send(&world);
    assert_eq!(
        (preflight.status, preflight.header("access-control-allow-methods")),
        (204, Some("POST"))
    );
    let response = party.form_to("/revocation", &[("token", "x")]).send(&world);
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
}

#[test]
fn whatever_a_revocation_races_with_nothing_is_left_after_it() {
    for first_waits in 0..8 {
        for other_waits in 0..8 {
            let (world, party) = scene();
            let first = party.offline_tokens(&world);
            let second = party.refreshed(&world, &refresh(&first));
            let revoke = party.form_to("/revocation", &[("token", &refresh(&first))]).build();
            let again = |token: &Value| party.token_request(&[("grant_type", "refresh_token"), ("refresh_token", &refresh(token))]);
            let answers = world.send_staggered(&[(first_waits, revoke), (other_waits, again(&second)), (other_waits, again(&first))]);
            assert_eq!(answers[0].status, 200);
            assert_dead(&world, &party, &[&first, &second]);
            for answer in &answers[1..] {
                match answer.status {
                    200 => assert_dead(&world, &party, &[&body(answer)]),
                    _ => assert_refused(answer, 400, "invalid_grant"),
                }
            }
        }
    }
}

#[test]
fn a_code_that_comes_again_while_its_tokens_are_revoked_brings_nothing() {
    for waits in 0..8 {
        let (world, party) = scene();
        let code = Browser::new(&world).code(&party.query().with("scope", OFFLINE), "diana");
        let held = party.tokens(&world, &code);
        let revoke = party.form_to("/revocation", &[("token", &refresh(&held))]).build();
        let redeem = party.token_request(&party.token_fields(&code));
        let answers = world.send_staggered(&[(4, revoke), (waits, redeem)]);
        assert_eq!(answers[0].status, 200);
        assert_refused(&answers[1], 400, "invalid_grant");
        assert_dead(&world, &party, &[&held]);
    }
}

#[test]
fn a_token_of_the_browser_s_response_ends_without_its_code() {
    let (world, _) = scene();
    let party = Party::of_every_type(&world);
    for waits in 0..6 {
        let query = party.query().with("response_type", "code token");
        let answer = Browser::new(&world).answer(&query, "diana");
        let revoke = party.form_to("/revocation", &[("token", answer.get("access_token"))]).build();
        let redeem = party.token_request(&party.token_fields(answer.get("code")));
        let answers = world.send_staggered(&[(3, revoke), (waits, redeem)]);
        assert_eq!((answers[0].status, answers[1].status), (200, 200));
        assert!(!is_accepted(&world, answer.get("access_token")));
        assert!(is_accepted(&world, &access(&body(&answers[1]))));
    }
}

#[test]
fn a_tree_that_cannot_be_reached_is_no_success() {
    let (world, party) = scene();
    let held = party.offline_tokens(&world);
    world.set_reachable(Class::UserSession, "diana", false);
    let response = party.form_to("/revocation", &[("token", &access(&held))]).send(&world);
    // RFC 7009, section 2.2.1: the client has to assume that the token still exists.
    assert_refused(&response, 503, "temporarily_unavailable");
    world.set_reachable(Class::UserSession, "diana", true);
    assert!(is_accepted(&world, &access(&held)));
}
