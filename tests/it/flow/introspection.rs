//! Introspection (RFC 7662; RFC 9701): what a client is told of its own tokens, and that it is told nothing else.

use super::browser::Browser;
use super::party::{OFFLINE, Party, assert_refused, decode, enrol_with, scene, set_disabled, text, userinfo};
use crate::world::{ISSUER, World, body, get, post};
use serde_json::{Value, json};
use treeline::http::Response;
use treeline::object::Class;
use treeline::platform::Platform;

const JWT: &str = "application/token-introspection+jwt";

fn ask(world: &World, party: &Party, token: &str) -> Response {
    party.form_to("/introspection", &[("token", token)]).send(world)
}

fn said(world: &World, party: &Party, token: &str) -> Value {
    let response = ask(world, party, token);
    assert_eq!(
        (response.status, response.header("content-type"), response.header("cache-control")),
        (200, Some("application/json"), Some("no-store")),
        "{}",
        response.body.as_str()
    );
    body(&response)
}

/// Fails unless the client is told that the token is not active, and not a word more.
#[track_caller]
fn assert_inactive(world: &World, party: &Party, token: &str) {
    let response = ask(world, party, token);
    assert_eq!((response.status, response.body.as_str()), (200, r#"{"active":false}"#));
}

#[test]
fn an_access_token_is_told_as_it_says_itself() {
    let (world, party) = scene();
    let held = party.offline_tokens(&world);
    let now = world.now().0;
    world.advance(10);
    let token = text(&held, "access_token");
    let own = decode(&token).1;
    assert_eq!(
        said(&world, &party, &token),
        json!({
            "active": true, "scope": OFFLINE, "client_id": party.client.id(), "token_type": "Bearer", "exp": now + 3600, "iat": now,
            "sub": own["sub"], "aud": ISSUER, "iss": ISSUER, "jti": own["jti"],
        })
    );
}

#[test]
fn a_refresh_token_has_no_type_and_a_jti_that_is_no_token() {
    let (world, party) = scene();
    let held = party.offline_tokens(&world);
    let now = world.now().0;
    let token = text(&held, "refresh_token");
    let answer = said(&world, &party, &token);
    let jti = text(&answer, "jti");
    assert_eq!(
        answer,
        json!({
            "active": true, "scope": OFFLINE, "client_id": party.client.id(), "exp": now + 86_400, "iat": now,
            "sub": decode(&text(&held, "access_token")).1["sub"], "aud": ISSUER, "iss": ISSUER, "jti": jti,
        })
    );
    assert_inactive(&world, &party, &jti);
    assert_eq!(userinfo(&world, &jti).status, 401);
    assert_refused(&party.refresh(&world, &jti), 400, "unauthorized_client");
}

#[test]
fn a_narrowed_token_tells_its_own_scope() {
    let (world, party) = scene();
    let held = party.offline_tokens(&world);
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*text(&held, "refresh_token")),
        ("scope", "email"),
    ];
    let narrowed = body(&party.present(&world, &fields));
    assert_eq!(said(&world, &party, &text(&narrowed, "access_token"))["scope"], "email");
    assert_eq!(said(&world, &party, &text(&narrowed, "refresh_token"))["scope"], OFFLINE);
}

#[test]
fn what_has_ended_is_not_active() {
    let (world, party) = scene();
    let first = party.offline_tokens(&world);
    let second = party.refreshed(&world, &text(&first, "refresh_token"));
    // Within the grace as well: its successor is the one that counts.
    assert_inactive(&world, &party, &text(&first, "refresh_token"));
    assert_eq!(said(&world, &party, &text(&first, "access_token"))["active"], true);
    party.revoke(&world, &text(&first, "access_token"));
    assert_inactive(&world, &party, &text(&first, "access_token"));
    assert_eq!(said(&world, &party, &text(&second, "access_token"))["active"], true);
    party.revoke(&world, &text(&second, "refresh_token"));
    for name in ["access_token", "refresh_token"] {
        assert_inactive(&world, &party, &text(&second, name));
    }

    let held = party.offline_tokens(&world);
    world.advance(3599);
    assert_eq!(said(&world, &party, &text(&held, "access_token"))["active"], true);
    world.advance(1);
    assert_inactive(&world, &party, &text(&held, "access_token"));
    world.advance(86_400 - 3600 - 1);
    assert_eq!(said(&world, &party, &text(&held, "refresh_token"))["active"], true);
    world.advance(1);
    assert_inactive(&world, &party, &text(&held, "refresh_token"));

    let held = party.offline_tokens(&world);
    set_disabled(&world, "diana", true);
    for name in ["access_token", "refresh_token"] {
        assert_inactive(&world, &party, &text(&held, name));
    }
}

#[test]
fn what_is_no_token_or_not_for_the_caller_is_answered_alike() {
    let (world, party) = scene();
    let other = Party::register(&world);
    let held = party.offline_tokens(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    let before = world.dump();
    for name in ["access_token", "refresh_token"] {
        assert_inactive(&world, &other, &text(&held, name));
    }
    let long = "x".repeat(100_000);
    let jti = text(&decode(&text(&held, "access_token")).1, "jti");
    for token in [
        &text(&held, "id_token"),
        &code,
        &jti,
        "x",
        "a.b.c",
        "\0",
        &long,
        party.client.secret(),
    ] {
        assert_inactive(&world, &party, token);
    }
    for hint in ["access_token", "refresh_token", "unknown"] {
        for name in ["access_token", "refresh_token"] {
            let fields = [("token", &*text(&held, name)), ("token_type_hint", hint)];
            assert_eq!(body(&party.form_to("/introspection", &fields).send(&world))["active"], true);
        }
    }
    assert_eq!(world.dump(), before, "nothing is written");
}

#[test]
fn only_a_client_that_proves_itself_may_ask() {
    let (world, party) = scene();
    let public = Party::registered(&world, json!({ "token_endpoint_auth_method": "none" }));
    let own = text(&public.offline_tokens(&world), "access_token");
    let held = text(&party.offline_tokens(&world), "access_token");
    assert_refused(&ask(&world, &public, &own), 401, "invalid_client");
    for nobody in [
        post("/introspection"),
        post("/introspection").bearer(&held),
        post("/introspection").basic_pair(party.client.id(), "wrong"),
    ] {
        assert_refused(&nobody.form(&[("token", &held)]).send(&world), 401, "invalid_client");
    }
    let by_name = [("token", &*held), ("client_id", party.client.id())];
    assert_refused(&post("/introspection").form(&by_name).send(&world), 401, "invalid_client");
    for fields in [
        &[][..],
        &[("token", "")],
        &[("token", &held), ("token", &held)],
        &[("token", &held), ("token_type_hint", "a"), ("token_type_hint", "a")],
    ] {
        assert_refused(&party.form_to("/introspection", fields).send(&world), 400, "invalid_request");
    }
    let as_json = post("/introspection").basic(&party.client).json(&json!({ "token": held }));
    assert_refused(&as_json.send(&world), 400, "invalid_request");
    assert_eq!(get("/introspection").send(&world).header("allow"), Some("POST"));
}

#[test]
fn the_operator_decides_which_claims_come_along() {
    let world = World::new();
    let profile = json!({ "nickname": "di", "email": "diana@example.com", "username": "diana", "active": "faked", "token_type": "faked" });
    enrol_with(&world, "diana", profile);
    let party = Party::register(&world);
    let everything =
        json!({ "nickname": null, "username": null, "active": null, "sub": null, "iss": null, "token_type": null, "name": null });
    party.set_policy(
        &world,
        json!({ "add_claims": { "always": { "introspection": everything }, "by_scope": { "introspection": true } } }),
    );
    let held = party.offline_tokens(&world);
    for name in ["access_token", "refresh_token"] {
        let answer = said(&world, &party, &text(&held, name));
        assert_eq!((&answer["nickname"], &answer["email"]), (&json!("di"), &json!("diana@example.com")));
        assert_eq!((answer.get("username"), answer.get("name")), (None, None));
        assert_eq!((&answer["active"], &answer["iss"]), (&json!(true), &json!(ISSUER)));
        assert!(!answer.to_string().contains("faked"), "{answer}");
    }
    assert_eq!(
        body(&userinfo(&world, &text(&held, "access_token"))).get("nickname"),
        None,
        "it is told there alone"
    );
}

#[test]
fn who_asks_for_a_jwt_gets_it_signed() {
    let (world, _) = scene();
    for alg in [None, Some("RS256"), Some("PS256"), Some("ES256"), Some("EdDSA"), Some("HS256")] {
        let metadata = alg.map_or(json!({}), |alg| json!({ "introspection_signed_response_alg": alg }));
        let party = Party::registered(&world, metadata);
        let held = text(&party.offline_tokens(&world), "access_token");
        let plain = said(&world, &party, &held);
        for (token, expected) in [(&*held, &plain), ("x", &json!({ "active": false }))] {
            for accept in [JWT, "application/json, Application/Token-Introspection+JWT;q=0.9"] {
                let request = party.form_to("/introspection", &[("token", token)]).header("accept", accept);
                let response = request.send(&world);
                assert_eq!(
                    (response.status, response.header("content-type"), response.header("cache-control")),
                    (200, Some(JWT), Some("no-store"))
                );
                let (header, claims) = decode(response.body.as_str());
                assert_eq!(
                    (&header["typ"], &header["alg"]),
                    (&json!("token-introspection+jwt"), &json!(alg.unwrap_or("RS256")))
                );
                assert_eq!(
                    claims,
                    json!({ "iss": ISSUER, "aud": party.client.id(), "iat": world.now().0, "token_introspection": expected })
                );
                if alg != Some("HS256") {
                    super::assert_signed(&world, response.body.as_str(), alg.unwrap_or("RS256"));
                }
                // It cannot be taken for an access token.
                assert_eq!(userinfo(&world, response.body.as_str()).status, 401);
            }
        }
        for accept in ["*/*", "application/json", "application/*", "application/jwt", ""] {
            let response = party
                .form_to("/introspection", &[("token", &held)])
                .header("accept", accept)
                .send(&world);
            assert_eq!(body(&response), plain, "{accept}");
        }
    }
}

#[test]
fn a_tree_that_cannot_be_reached_is_no_answer() {
    let (world, party) = scene();
    let held = party.offline_tokens(&world);
    world.set_reachable(Class::UserSession, "diana", false);
    assert_refused(&ask(&world, &party, &text(&held, "access_token")), 503, "temporarily_unavailable");
}
