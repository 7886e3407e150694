//! Refresh tokens (RFC 6749, section 6; OpenID Connect Core, sections 11 and 12; RFC 9700, section 4.14.2): who gets one, and how it is rotated.

use super::assert_signed;
use super::browser::Browser;
use super::party::{Party, assert_refused, decode, enrol, is_accepted, set_disabled, text, userinfo};
use crate::world::{ADMIN_TOKEN, ISSUER, World, body, get, post};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use treeline::client::home::RevokeClient;
use treeline::client::memory::FRESH;
use treeline::oauth::ids::ClientId;
use treeline::object::Class;
use treeline::platform::Platform;

pub const OFFLINE: &str = "openid email phone offline_access";

pub fn world_with(variables: &[(&str, &str)]) -> World {
    let world = World::with(variables);
    enrol(&world, "diana");
    world
}

/// A client that gets refresh tokens whatever it asks for.
pub fn registered(world: &World) -> Party {
    Party::registered(world, json!({ "grant_types": ["authorization_code", "refresh_token"] }))
}

/// What a code buys.
pub fn tokens(world: &World, party: &Party, scope: &str) -> Value {
    let code = Browser::new(world).code(&party.query().with("scope", scope), "diana");
    party.tokens(world, &code)
}

pub fn refresh_token(tokens: &Value) -> String {
    text(tokens, "refresh_token")
}

pub fn access_token(tokens: &Value) -> String {
    text(tokens, "access_token")
}

pub fn scene() -> (World, Party, Value) {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let tokens = tokens(&world, &party, OFFLINE);
    (world, party, tokens)
}

#[test]
fn who_asks_for_access_while_away_or_has_registered_it_gets_one() {
    let world = world_with(&[]);
    let plain = Party::register(&world);
    let members = |tokens: &Value| tokens.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let with = ["access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"];
    for (party, scope, comes) in [
        (&plain, "openid offline_access", true),
        (&plain, "openid email", false),
        (&plain, "openid Offline_access", false),
        (&registered(&world), "openid email", true),
        (&registered(&world), "openid offline_access", true),
    ] {
        let tokens = tokens(&world, party, scope);
        let expected: Vec<&str> = with.into_iter().filter(|name| comes || *name != "refresh_token").collect();
        assert_eq!(members(&tokens), expected, "{scope}");
    }
    let narrow = Party::registered(&world, json!({ "scope": "openid email" }));
    assert_eq!(
        tokens(&world, &narrow, OFFLINE)["refresh_token"],
        Value::Null,
        "what it may not ask for"
    );
    let without_openid = tokens(&world, &plain, "email offline_access");
    assert!(without_openid["refresh_token"].is_string() && without_openid["id_token"].is_null());
    for response_type in ["code token", "code id_token", "code id_token token"] {
        let party = Party::registered(&world, json!({ "response_types": [response_type] }));
        let query = party.query().with("scope", OFFLINE).with("response_type", response_type);
        let answer = Browser::new(&world).answer(&query, "diana");
        assert_eq!(answer.find("refresh_token"), None, "never through the browser");
        let tokens = party.tokens(&world, answer.get("code"));
        assert_eq!(party.refresh(&world, &refresh_token(&tokens)).status, 200, "{response_type}");
    }
}

#[test]
fn a_refresh_brings_new_tokens_that_say_what_the_old_ones_said() {
    let (world, party, first) = scene();
    let old = decode(&text(&first, "id_token")).1;
    world.advance(5000);
    let response = party.refresh(&world, &refresh_token(&first));
    assert_eq!(
        (response.status, response.header("cache-control"), response.header("pragma")),
        (200, Some("no-store"), Some("no-cache"))
    );
    let second = body(&response);
    let members: Vec<&String> = second.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"]
    );
    assert_eq!((&second["token_type"], &second["expires_in"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(second["scope"], OFFLINE);
    for name in ["access_token", "refresh_token", "id_token"] {
        assert_ne!(second[name], first[name], "{name}");
    }
    let id_token = text(&second, "id_token");
    assert_signed(&world, &id_token, "RS256");
    let new = decode(&id_token).1;
    let now = world.now().0;
    assert_eq!(
        new,
        json!({
            "iss": ISSUER, "sub": old["sub"], "aud": old["aud"], "exp": now + 300, "iat": now, "auth_time": old["auth_time"], "acr": old["acr"],
        }),
        "the request's nonce was answered long ago"
    );
    let said = body(&userinfo(&world, &access_token(&second)));
    assert_eq!(said["email"], "diana@example.com");
    assert!(!is_accepted(&world, &access_token(&first)), "an hour is over");
}

#[test]
fn a_chain_of_refreshes_goes_on() {
    let (world, party, mut tokens) = scene();
    let mut seen = BTreeSet::new();
    for round in 0..20 {
        world.advance(1000);
        world.run_alarms();
        let next = party.refreshed(&world, &refresh_token(&tokens));
        assert!(is_accepted(&world, &access_token(&next)), "{round}");
        assert!(
            is_accepted(&world, &access_token(&tokens)),
            "{round}: the one before is not taken back"
        );
        assert!(seen.insert(refresh_token(&next)), "{round}");
        tokens = next;
    }
}

#[test]
fn an_answer_that_was_lost_is_given_again() {
    let (world, party, first) = scene();
    let old = refresh_token(&first);
    let second = party.refreshed(&world, &old);
    world.advance(29);
    world.run_alarms();
    let again = party.refreshed(&world, &old);
    assert_eq!(refresh_token(&again), refresh_token(&second));
    assert_ne!(access_token(&again), access_token(&second));
    for tokens in [&first, &second, &again] {
        assert!(is_accepted(&world, &access_token(tokens)));
    }
    // Also where the successor has been used since: it has a grace of its own.
    world.advance(-1);
    let third = party.refreshed(&world, &refresh_token(&second));
    let late = party.refreshed(&world, &old);
    assert_eq!(refresh_token(&late), refresh_token(&second));
    assert!(is_accepted(&world, &access_token(&late)));
    assert_eq!(
        refresh_token(&party.refreshed(&world, &refresh_token(&late))),
        refresh_token(&third)
    );
    assert_eq!(party.refresh(&world, &refresh_token(&third)).status, 200);
}

#[test]
fn a_token_presented_too_late_ends_everything() {
    for sweeping in [false, true] {
        let (world, party, first) = scene();
        let second = party.refreshed(&world, &refresh_token(&first));
        let third = party.refreshed(&world, &refresh_token(&second));
        world.advance(30);
        if sweeping {
            world.run_alarms();
        }
        assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
        for tokens in [&first, &second, &third] {
            assert!(!is_accepted(&world, &access_token(tokens)));
            assert_refused(&party.refresh(&world, &refresh_token(tokens)), 400, "invalid_grant");
        }
        // Another grant of the same client is none of its business.
        assert_eq!(party.refresh(&world, &refresh_token(&tokens(&world, &party, OFFLINE))).status, 200);
    }
}

#[test]
fn without_grace_a_second_presentation_ends_everything() {
    let world = world_with(&[("REFRESH_GRACE", "0")]);
    let party = Party::register(&world);
    let first = tokens(&world, &party, OFFLINE);
    let second = party.refreshed(&world, &refresh_token(&first));
    assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    assert!(!is_accepted(&world, &access_token(&second)));
    assert_refused(&party.refresh(&world, &refresh_token(&second)), 400, "invalid_grant");
}

#[test]
fn grace_is_as_long_as_it_is_set() {
    for (age, status) in [(599, 200), (600, 400)] {
        let world = world_with(&[("REFRESH_GRACE", "600")]);
        let party = Party::register(&world);
        let first = tokens(&world, &party, OFFLINE);
        party.refreshed(&world, &refresh_token(&first));
        world.advance(age);
        assert_eq!(party.refresh(&world, &refresh_token(&first)).status, status, "{age}");
    }
}

#[test]
fn fifty_at_once_have_one_successor() {
    let (world, party, first) = scene();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token(&first))];
    let requests: Vec<_> = (0..50).map(|_| party.token_request(&fields)).collect();
    let answers: Vec<Value> = world
        .send_all(&requests)
        .iter()
        .map(|response| {
            assert_eq!(response.status, 200);
            body(response)
        })
        .collect();
    let successors: BTreeSet<String> = answers.iter().map(refresh_token).collect();
    assert_eq!(successors.len(), 1);
    assert!(answers.iter().all(|tokens| is_accepted(&world, &access_token(tokens))));
    assert_eq!(party.refresh(&world, successors.first().unwrap()).status, 200);
}

#[test]
fn of_fifty_at_once_without_grace_one_wins_and_loses() {
    let world = world_with(&[("REFRESH_GRACE", "0")]);
    let party = Party::register(&world);
    let first = tokens(&world, &party, OFFLINE);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token(&first))];
    let requests: Vec<_> = (0..50).map(|_| party.token_request(&fields)).collect();
    let responses = world.send_all(&requests);
    let won: Vec<_> = responses.iter().filter(|response| response.status == 200).collect();
    assert_eq!(won.len(), 1);
    assert!(!is_accepted(&world, &access_token(&body(won[0]))));
}

#[test]
fn another_client_s_token_is_as_unknown_as_none() {
    let (world, party, first) = scene();
    let thief = registered(&world);
    tokens(&world, &thief, OFFLINE);
    for _ in 0..3 {
        assert_refused(&thief.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    }
    let second = party.refreshed(&world, &refresh_token(&first));
    world.advance(100);
    // And used up, it is no replay either.
    assert_refused(&thief.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    assert_eq!(party.refresh(&world, &refresh_token(&second)).status, 200);
    // Without the client's secret nothing happens.
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh_token(&second)),
        ("client_id", party.client.id()),
    ];
    assert_refused(&post("/token").form(&fields).send(&world), 401, "invalid_client");
}

#[test]
fn a_public_client_refreshes_by_its_name() {
    let world = world_with(&[]);
    let party = Party::registered(&world, json!({ "token_endpoint_auth_method": "none" }));
    let first = tokens(&world, &party, OFFLINE);
    let second = party.refreshed(&world, &refresh_token(&first));
    assert_eq!(party.refresh(&world, &refresh_token(&second)).status, 200);
}

#[test]
fn less_may_be_asked_for_and_lasts_for_one_refresh() {
    let (world, party, first) = scene();
    let narrowed = |token: &str, scope: &str| {
        party.present(
            &world,
            &[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)],
        )
    };
    let names = |tokens: &Value| {
        let said = body(&userinfo(&world, &access_token(tokens)));
        said.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let full = ["sub", "email", "email_verified", "phone_number"];
    assert_eq!(names(&first), full);

    let second = body(&narrowed(&refresh_token(&first), "email openid"));
    assert_eq!(second["scope"], "email openid");
    assert_eq!(decode(&access_token(&second)).1["scope"], "email openid");
    assert_eq!(names(&second), ["sub", "email", "email_verified"]);
    assert_eq!(names(&first), full, "an older token keeps what it has");

    let third = party.refreshed(&world, &refresh_token(&second));
    assert_eq!(
        (&third["scope"], names(&third)),
        (&json!(OFFLINE), full.map(str::to_owned).to_vec())
    );

    let without_openid = body(&narrowed(&refresh_token(&third), "phone"));
    assert_eq!(
        (&without_openid["scope"], &without_openid["id_token"]),
        (&json!("phone"), &Value::Null)
    );
    assert_eq!(userinfo(&world, &access_token(&without_openid)).status, 403);

    let token = refresh_token(&without_openid);
    for wider in [
        "openid profile",
        "openid email phone offline_access address",
        "unknown",
        "OpenID",
        "openid \"x\"",
        "é",
    ] {
        assert_refused(&narrowed(&token, wider), 400, "invalid_scope");
    }
    // What was refused has used nothing up, and nothing at all is the same as everything.
    world.advance(100);
    let last = body(&narrowed(&token, ""));
    assert_eq!((&last["scope"], names(&last)), (&json!(OFFLINE), full.map(str::to_owned).to_vec()));
}

#[test]
fn claims_that_were_asked_for_by_name_stay() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let query = party
        .query()
        .with("scope", OFFLINE)
        .with("claims", r#"{"userinfo":{"nickname":null,"phone_number":{"essential":true}}}"#);
    let first = party.tokens(&world, &Browser::new(&world).code(&query, "diana"));
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh_token(&first)),
        ("scope", "openid"),
    ];
    let second = body(&party.present(&world, &fields));
    let said = body(&userinfo(&world, &access_token(&second)));
    let names: Vec<&String> = said.as_object().unwrap().keys().collect();
    assert_eq!(names, ["sub", "phone_number", "nickname"]);
}

#[test]
fn a_token_that_is_none_reaches_no_object() {
    let (world, party, first) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    let token = refresh_token(&first);
    let jti = text(&decode(&access_token(&first)).1, "jti");
    let mut forged = vec![
        code,
        jti,
        access_token(&first),
        format!("{token}A"),
        token[1..].to_owned(),
        "x".to_owned(),
    ];
    for at in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        forged.push(String::from_utf8(changed).unwrap());
    }
    world.take_touches();
    let registered = Party::registered(&world, json!({ "grant_types": ["authorization_code", "refresh_token"] }));
    for text in forged {
        // Who shows nothing and has not registered the grant type is told that.
        assert_refused(&party.refresh(&world, &text), 400, "unauthorized_client");
        assert_refused(&registered.refresh(&world, &text), 400, "invalid_grant");
        assert_eq!(world.take_touches().asked(Class::UserSession), 0, "{text}");
    }
    assert_refused(&party.present(&world, &[("grant_type", "refresh_token")]), 400, "invalid_request");
    assert_refused(&party.refresh(&world, ""), 400, "invalid_request");
    // A refresh token is good for nothing else.
    assert_refused(&party.redeem(&world, &token), 400, "invalid_grant");
    assert!(!is_accepted(&world, &token));
    let twice = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*token),
        ("refresh_token", &*token),
    ];
    assert_refused(&party.present(&world, &twice), 400, "invalid_request");
    assert_eq!(party.refresh(&world, &token).status, 200);
}

#[test]
fn nothing_comes_back_with_an_account_that_is_enabled_again() {
    for scope in [OFFLINE, "openid"] {
        let world = world_with(&[]);
        let party = registered(&world);
        let first = tokens(&world, &party, scope);
        set_disabled(&world, "diana", true);
        assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
        set_disabled(&world, "diana", false);
        assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
        assert!(!is_accepted(&world, &access_token(&first)));
        assert_eq!(party.refresh(&world, &refresh_token(&tokens(&world, &party, scope))).status, 200);
    }
}

#[test]
fn nothing_is_left_of_a_client_that_was_deleted() {
    let (world, party, first) = scene();
    world.freeze_kv();
    party.delete(&world);
    world.run_alarms();
    // Where the deletion has not been heard of, the tree knows.
    assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    world.thaw_kv();
    world.advance(FRESH);
    assert_refused(&party.refresh(&world, &refresh_token(&first)), 401, "invalid_client");
    assert!(!is_accepted(&world, &access_token(&first)));
}

#[test]
fn a_client_session_that_was_revoked_takes_its_refresh_tokens_along() {
    let (world, party, first) = scene();
    let client_id = ClientId(party.client.id().to_owned());
    world.ask("diana", RevokeClient { client_id }).unwrap();
    assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    let second = tokens(&world, &party, OFFLINE);
    assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    assert_eq!(party.refresh(&world, &refresh_token(&second)).status, 200);
}

#[test]
fn a_code_presented_again_ends_what_came_of_it() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let code = Browser::new(&world).code(&party.query().with("scope", OFFLINE), "diana");
    let first = party.tokens(&world, &code);
    let second = party.refreshed(&world, &refresh_token(&first));
    world.advance(7200);
    world.run_alarms();
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
    assert_refused(&party.refresh(&world, &refresh_token(&second)), 400, "invalid_grant");
}

#[test]
fn storage_holds_nothing_that_could_be_presented() {
    let (world, party, first) = scene();
    let second = party.refreshed(&world, &refresh_token(&first));
    let dump = world.dump();
    for tokens in [&first, &second] {
        assert!(!dump.contains(&refresh_token(tokens)));
        assert!(!dump.contains(&access_token(tokens)));
        assert!(!dump.contains(&text(&decode(&access_token(tokens)).1, "jti")));
    }
}

#[test]
fn a_provider_that_dies_on_the_way_leaves_the_token_as_it_was() {
    let (world, party, first) = scene();
    for steps in [0, 1] {
        world.forget_clients();
        world.die_after(steps);
        assert_eq!(party.refresh(&world, &refresh_token(&first)).status, 503);
        world.revive();
    }
    world.advance(100);
    assert_eq!(party.refresh(&world, &refresh_token(&first)).status, 200);
}

#[test]
fn the_operator_s_dump_has_the_chain() {
    let (world, party, first) = scene();
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh_token(&first)),
        ("scope", "openid"),
    ];
    let second = body(&party.present(&world, &fields));
    let dump = body(&get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(&world));
    let grants = dump["db"].as_object().unwrap().values();
    let grant = grants.clone().find(|node| node[0] == "oidcop.session.grant.Grant").unwrap()[1].clone();
    let issued = grant["issued_token"].as_array().unwrap();
    let said: Vec<(&str, &Value)> = issued
        .iter()
        .map(|token| (token["type"].as_str().unwrap(), &token["value"]))
        .collect();
    assert_eq!(
        said[1..],
        [
            ("access_token", &first["access_token"]),
            ("refresh_token", &first["refresh_token"]),
            ("refresh_token", &second["refresh_token"]),
            ("access_token", &second["access_token"]),
        ]
    );
    for (token, parent) in [(1, 0), (2, 0), (3, 2), (4, 2)] {
        assert_eq!(issued[token]["based_on"], issued[parent]["value"], "{token}");
    }
    assert_eq!(
        (&grant["used"], &issued[2]["used"], &issued[3]["used"]),
        (&json!(5), &json!(1), &json!(0))
    );
    assert_eq!(grant["revoked"], false);
}
