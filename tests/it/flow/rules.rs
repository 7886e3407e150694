//! Usage rules: what a token may mint, how often it may be used, how long it lives, from when on, and who decides it.

use super::browser::Browser;
use super::party::{OFFLINE, Party, assert_refused, enrol, grants, is_accepted, text};
use crate::world::{ADMIN_TOKEN, World, body, get};
use serde_json::{Value, json};
use treeline::object::Class;
use treeline::object::sql::Sql;
use treeline::platform::Platform;

fn world_with(variables: &[(&str, &str)]) -> World {
    let world = World::with(variables);
    enrol(&world, "diana");
    world
}

/// A client with rules of its own.
fn ruled(world: &World, rules: Value) -> Party {
    let party = Party::register(world);
    party.set_policy(world, json!({ "token_usage_rules": rules }));
    party
}

fn code(world: &World, party: &Party) -> String {
    Browser::new(world).code(&party.query().with("scope", OFFLINE), "diana")
}

fn tokens(world: &World, party: &Party) -> Value {
    party.tokens(world, &code(world, party))
}

fn access_token(tokens: &Value) -> String {
    text(tokens, "access_token")
}

fn refresh_token(tokens: &Value) -> String {
    text(tokens, "refresh_token")
}

/// The newest grant, as the operator's dump shows it.
fn grant(world: &World) -> Value {
    let dump = body(&get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(world));
    let (_, grant) = grants(&dump).pop().expect("a grant");
    grant.clone()
}

fn change(world: &World, statement: &str) {
    let storage = world.storage(Class::UserSession, "diana");
    storage.exec(statement, &[]).expect("a change");
}

#[test]
fn the_client_s_rules_go_before_the_configuration_s_and_those_before_the_usual_ones() {
    let usual = json!({
        "authorization_code": { "supports_minting": ["access_token", "refresh_token", "id_token"], "max_usage": 1 },
        "access_token": {},
        "refresh_token": { "supports_minting": ["access_token", "refresh_token"] },
    });
    let world = world_with(&[]);
    tokens(&world, &ruled(&world, json!({})));
    assert_eq!(grant(&world)["usage_rules"].to_string(), usual.to_string());

    let configured = r#"{"access_token":{"expires_in":500,"max_usage":7},"refresh_token":{"max_usage":3}}"#;
    let world = world_with(&[("TOKEN_USAGE_RULES", configured), ("ACCESS_TOKEN_LIFETIME", "400")]);
    let mut expected = usual;
    expected["access_token"] = json!({ "max_usage": 7, "expires_in": 500 });
    expected["refresh_token"]["max_usage"] = 3.into();
    let bought = tokens(&world, &ruled(&world, json!({})));
    assert_eq!((&grant(&world)["usage_rules"], &bought["expires_in"]), (&expected, &json!(500)));

    let own = json!({ "authorization_code": { "expires_in": 20 }, "access_token": { "expires_in": 600 } });
    world.advance(1);
    let party = ruled(&world, own);
    expected["access_token"] = json!({ "max_usage": 7, "expires_in": 600 });
    expected["authorization_code"]["expires_in"] = 20.into();
    let bought = tokens(&world, &party);
    let seen = grant(&world);
    assert_eq!((&seen["usage_rules"], &bought["expires_in"]), (&expected, &json!(600)));
    for (token, class) in ["authorization_code", "access_token", "refresh_token"].into_iter().enumerate() {
        assert_eq!(seen["issued_token"][token]["usage_rules"], expected[class], "{class}");
    }

    // Nobody's word but the lifetime's.
    let world = world_with(&[("ACCESS_TOKEN_LIFETIME", "400")]);
    assert_eq!(tokens(&world, &Party::register(&world))["expires_in"], 400);
}

#[test]
fn a_grant_keeps_the_rules_that_it_was_given() {
    let world = world_with(&[]);
    let party = ruled(&world, json!({ "access_token": { "expires_in": 100 } }));
    let waiting = code(&world, &party);
    let first = tokens(&world, &party);
    party.set_policy(&world, json!({ "token_usage_rules": { "access_token": { "expires_in": 200 } } }));
    assert_eq!(party.tokens(&world, &waiting)["expires_in"], 100);
    assert_eq!(party.refreshed(&world, &refresh_token(&first))["expires_in"], 100);
    assert_eq!(tokens(&world, &party)["expires_in"], 200);
}

#[test]
fn a_code_mints_what_it_may_and_nothing_else() {
    let world = world_with(&[]);
    for (minting, refreshes, identifies) in [
        (json!(["access_token"]), false, false),
        (json!(["access_token", "refresh_token"]), true, false),
        (json!(["access_token", "id_token"]), false, true),
    ] {
        let party = ruled(&world, json!({ "authorization_code": { "supports_minting": minting } }));
        let bought = tokens(&world, &party);
        assert_eq!(bought["refresh_token"].is_string(), refreshes, "{minting}");
        assert_eq!(bought["id_token"].is_string(), identifies, "{minting}");
        assert!(is_accepted(&world, &access_token(&bought)));
        if refreshes {
            let next = party.refreshed(&world, &refresh_token(&bought));
            assert_eq!(next["id_token"], Value::Null, "nor does what it has minted");
        }
    }
}

#[test]
fn an_access_token_is_used_as_often_as_it_may() {
    let world = world_with(&[]);
    let party = ruled(&world, json!({ "access_token": { "max_usage": 2 } }));
    let bought = tokens(&world, &party);
    let token = access_token(&bought);
    let seen: Vec<bool> = (0..4).map(|_| is_accepted(&world, &token)).collect();
    assert_eq!(seen, [true, true, false, false]);
    assert_eq!(grant(&world)["issued_token"][1]["used"], 2);
    let next = party.refreshed(&world, &refresh_token(&bought));
    assert!(is_accepted(&world, &access_token(&next)), "each token by itself");

    let free = access_token(&tokens(&world, &Party::register(&world)));
    let before = world.dump();
    assert!(is_accepted(&world, &free));
    assert_eq!(world.dump(), before, "nothing is counted that nobody asks for");
}

#[test]
fn those_of_a_public_client_are_replaced_whatever_the_rules_say() {
    let world = world_with(&[("TOKEN_USAGE_RULES", r#"{"refresh_token":{"supports_minting":["access_token"]}}"#)]);
    let party = Party::registered(
        &world,
        json!({ "token_endpoint_auth_method": "none", "grant_types": ["authorization_code", "refresh_token"] }),
    );
    party.set_policy(
        &world,
        json!({ "token_usage_rules": { "refresh_token": { "supports_minting": ["access_token"] } } }),
    );
    let bought = tokens(&world, &party);
    let next = party.refreshed(&world, &refresh_token(&bought));
    assert_ne!(refresh_token(&next), refresh_token(&bought));
    world.advance(30);
    assert_refused(&party.refresh(&world, &refresh_token(&bought)), 400, "invalid_grant");
    assert!(!is_accepted(&world, &access_token(&next)));
}

#[test]
fn a_refresh_token_that_mints_no_other_stays_and_is_used_as_often_as_it_may() {
    let world = world_with(&[]);
    let rules = json!({ "refresh_token": { "supports_minting": ["access_token"], "max_usage": 3 } });
    let party = ruled(&world, rules);
    let token = refresh_token(&tokens(&world, &party));
    for _ in 0..3 {
        let next = party.refreshed(&world, &token);
        assert_eq!(next["refresh_token"], Value::Null);
        assert!(is_accepted(&world, &access_token(&next)));
        world.advance(100);
        assert!(is_accepted(&world, &access_token(&next)));
    }
    for _ in 0..2 {
        assert_refused(&party.refresh(&world, &token), 400, "invalid_grant");
    }
    assert_eq!(
        (&grant(&world)["issued_token"][2]["used"], &grant(&world)["revoked"]),
        (&json!(3), &json!(false))
    );
}

#[test]
fn each_class_lives_as_long_as_its_rule_says() {
    let rules = json!({
        "authorization_code": { "expires_in": 5 },
        "access_token": { "expires_in": 7 },
        "refresh_token": { "expires_in": 200_000 },
    });
    for (age, works) in [(4, true), (5, false)] {
        let world = world_with(&[]);
        let party = ruled(&world, rules.clone());
        let code = code(&world, &party);
        world.advance(age);
        assert_eq!(party.redeem(&world, &code).status == 200, works, "a code at {age}");
    }
    for (age, works) in [(6, true), (7, false)] {
        let world = world_with(&[]);
        let token = access_token(&tokens(&world, &ruled(&world, rules.clone())));
        world.advance(age);
        assert_eq!(is_accepted(&world, &token), works, "an access token at {age}");
    }
    // What is granted for later lasts as long as this client's refresh tokens do.
    for (age, works) in [(199_999, true), (200_000, false)] {
        let world = world_with(&[]);
        let party = ruled(&world, rules.clone());
        let token = refresh_token(&tokens(&world, &party));
        world.advance(age);
        world.run_alarms();
        assert_eq!(party.refresh(&world, &token).status == 200, works, "a refresh token at {age}");
    }
}

#[test]
fn nothing_works_before_its_time() {
    for table in ["grant_", "token"] {
        let world = world_with(&[]);
        let party = Party::register(&world);
        let waiting = code(&world, &party);
        // The dump has the later grant last.
        world.advance(1);
        let bought = tokens(&world, &party);
        let begins = world.now().0 + 10;
        change(&world, &format!("UPDATE {table} SET not_before = {begins}"));
        world.advance(9);
        // A code begins with its grant.
        if table == "grant_" {
            assert_refused(&party.redeem(&world, &waiting), 400, "invalid_grant");
        }
        assert_refused(&party.refresh(&world, &refresh_token(&bought)), 400, "invalid_grant");
        assert!(!is_accepted(&world, &access_token(&bought)), "{table}");
        let shown = grant(&world);
        let tokens = shown["issued_token"].as_array().unwrap();
        let shown = if table == "token" { tokens.last().unwrap() } else { &shown };
        assert_eq!(shown["not_before"], begins, "{table}");
        world.advance(1);
        assert!(is_accepted(&world, &access_token(&bought)), "{table}");
        assert_eq!(party.redeem(&world, &waiting).status, 200, "{table}");
        assert_eq!(party.refresh(&world, &refresh_token(&bought)).status, 200, "{table}");
    }
}
