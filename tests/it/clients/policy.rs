//! What the operator decides about a client.

use crate::world::{ADMIN_TOKEN, Outgoing, World, body, delete, get, put};
use serde_json::{Value, json};
use treeline::http::Response;

fn at(id: &str) -> String {
    format!("/admin/clients/{id}/policy")
}

fn decide(world: &World, id: &str, policy: &Value) -> Response {
    put(&at(id)).bearer(ADMIN_TOKEN).json(policy).send(world)
}

fn shown(world: &World, id: &str) -> Response {
    get(&at(id)).bearer(ADMIN_TOKEN).send(world)
}

#[test]
fn a_policy_is_kept_shown_and_replaced() {
    let world = World::new();
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let nothing = body(&shown(&world, client.id()));
    assert_eq!(nothing["scopes_to_claims"], json!({}));
    let policy = json!({
        "scopes_to_claims": { "research": ["name"] },
        "allowed_scopes": ["openid", "research"],
        "deny_unknown_scopes": true,
        "add_claims": { "always": { "access_token": { "email": null } }, "by_scope": { "id_token": true } },
    });
    let response = decide(&world, client.id(), &policy);
    assert_eq!(response.status, 200, "{}", response.body.as_str());
    let kept = body(&shown(&world, client.id()));
    assert_eq!(kept, body(&response));
    assert_eq!(kept["allowed_scopes"], policy["allowed_scopes"]);
    assert_eq!(kept["add_claims"]["always"]["access_token"], json!({ "email": null }));
    // The copy that ordinary requests read has it as well.
    let kv = world.kv_text(&format!("client/{}", client.id())).unwrap();
    assert!(kv.contains("deny_unknown_scopes"), "{kv}");

    assert_eq!(decide(&world, client.id(), &json!({})).status, 200);
    assert_eq!(body(&shown(&world, client.id())), nothing);
}

#[test]
fn what_is_no_policy_changes_nothing() {
    let world = World::new();
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let before = world.dump();
    for policy in [
        json!(null),
        json!([]),
        json!({ "skip_consent": true }),
        json!({ "allowed_scopes": "openid" }),
        json!({ "deny_unknown_scopes": "true" }),
        json!({ "scopes_to_claims": { "a": "name" } }),
        json!({ "add_claims": { "always": { "everywhere": {} } } }),
        json!({ "add_claims": { "by_scope": { "userinfo": 1 } } }),
        json!({ "access_token_format": "JWT" }),
        json!({ "resources": "api" }),
        json!({ "resources": vec!["api"; 17] }),
        json!({ "refresh_grace": -1 }),
        json!({ "refresh_grace": 601 }),
        json!({ "token_usage_rules": { "id_token": {} } }),
        json!({ "token_usage_rules": { "access_token": { "max_use": 1 } } }),
        json!({ "token_usage_rules": { "access_token": { "max_usage": 0 } } }),
        json!({ "token_usage_rules": { "access_token": { "max_usage": 1.5 } } }),
        json!({ "token_usage_rules": { "access_token": { "expires_in": 0 } } }),
        json!({ "token_usage_rules": { "access_token": { "expires_in": -3600 } } }),
        json!({ "token_usage_rules": { "access_token": { "expires_in": 43_201 } } }),
        json!({ "token_usage_rules": { "access_token": { "supports_minting": ["refresh_token"] } } }),
        json!({ "token_usage_rules": { "authorization_code": { "supports_minting": ["refresh_token", "id_token"] } } }),
        json!({ "token_usage_rules": { "authorization_code": { "supports_minting": [] } } }),
        json!({ "token_usage_rules": { "authorization_code": { "supports_minting": ["access_token", "authorization_code"] } } }),
        json!({ "token_usage_rules": { "authorization_code": { "supports_minting": ["access_token", "licence"] } } }),
        json!({ "token_usage_rules": { "authorization_code": { "max_usage": 2 } } }),
        json!({ "token_usage_rules": { "authorization_code": { "expires_in": 601 } } }),
        json!({ "token_usage_rules": { "refresh_token": { "supports_minting": ["refresh_token"] } } }),
        json!({ "token_usage_rules": { "refresh_token": { "max_usage": -1 } } }),
        json!({ "token_usage_rules": { "refresh_token": { "expires_in": 315_360_001 } } }),
    ] {
        let response = decide(&world, client.id(), &policy);
        assert_eq!(response.status, 400, "{policy}");
        assert_eq!(body(&response)["error"], "invalid_request");
    }
    assert_eq!(put(&at(client.id())).bearer(ADMIN_TOKEN).too_large().send(&world).status, 400);
    assert_eq!(world.dump(), before);
}

#[test]
fn only_the_operator_and_only_for_clients_that_there_are() {
    let world = World::new();
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let asks: [fn(&str) -> Outgoing; 2] = [get, |target| put(target).json(&json!({}))];
    for ask in asks {
        assert_eq!(ask(&at(client.id())).send(&world).status, 401);
        assert_eq!(ask(&at(client.id())).bearer(client.token()).send(&world).status, 401);
        assert_eq!(ask(&at("invented")).bearer(ADMIN_TOKEN).send(&world).status, 404);
    }
    assert_eq!(delete(&at(client.id())).bearer(ADMIN_TOKEN).send(&world).status, 405);
    delete(&client.configuration()).bearer(client.token()).send(&world);
    for ask in asks {
        assert_eq!(ask(&at(client.id())).bearer(ADMIN_TOKEN).send(&world).status, 404);
    }
    assert!(world.faults().is_empty());
}
