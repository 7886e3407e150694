//! Input that is none: it is named, and nothing happens.

use super::{assert_names, send};
use crate::world::{World, body, post, put};
use serde_json::json;

#[test]
fn what_is_no_account_is_named() {
    let world = World::new();
    let before = world.dump();
    for (text, name) in [
        ("", "body"),
        ("{", "body"),
        ("[]", "body"),
        ("null", "body"),
        (r#""diana""#, "body"),
        (r#"{"password":"a","password":"b"}"#, "body"),
        (r#"{"password":1}"#, "password"),
        (r#"{"password":["a"]}"#, "password"),
        (r#"{"password":""}"#, "password"),
        (r#"{"password":"a\u0000b"}"#, "password"),
        (r#"{"claims":[]}"#, "claims"),
        (r#"{"claims":"name"}"#, "claims"),
        (r#"{"disabled":"yes"}"#, "disabled"),
        (r#"{"disabled":1}"#, "disabled"),
        (r#"{"password":"a","admin":true}"#, "admin"),
        (r#"{"Password":"a"}"#, "Password"),
        (r#"{"roles":null}"#, "roles"),
        (r#"{"\u0007\"quoted\"":1}"#, "??quoted?"),
    ] {
        assert_names(&send(&world, put("/admin/users/diana").text(text)), "invalid_request", name);
    }
    assert_names(&send(&world, put("/admin/users/diana").too_large()), "invalid_request", "body");
    assert_names(&send(&world, put("/admin/users/a%20b").text("{}")), "invalid_request", "username");
    let deep = format!(r#"{{"claims":{}1{}}}"#, r#"{"a":"#.repeat(20), "}".repeat(20));
    assert_names(&send(&world, put("/admin/users/diana").text(&deep)), "invalid_request", "body");
    let long = format!(r#"{{"{}":1}}"#, "n".repeat(10_000));
    assert_names(
        &send(&world, put("/admin/users/diana").text(&long)),
        "invalid_request",
        &"n".repeat(64),
    );
    assert!(world.dump() == before, "nothing has changed");
}

#[test]
fn null_says_nothing() {
    let world = World::new();
    let response = send(
        &world,
        put("/admin/users/diana").json(&json!({ "password": null, "claims": null, "disabled": null })),
    );
    assert_eq!(response.status, 201, "{}", response.body.as_str());
}

#[test]
fn what_is_no_policy_is_named_to_the_innermost_member() {
    let world = World::new();
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let before = world.dump();
    for (policy, name) in [
        (json!([]), "body"),
        (json!({ "skip_consent": true }), "skip_consent"),
        (json!({ "allowed_scopes": ["openid"], "skip_consent": true }), "skip_consent"),
        (json!({ "allowed_scopes": "openid" }), "allowed_scopes"),
        (json!({ "deny_unknown_scopes": "true" }), "deny_unknown_scopes"),
        (json!({ "scopes_to_claims": { "a": ["name"], "b": "name" } }), "scopes_to_claims.b"),
        (
            json!({ "add_claims": { "always": { "everywhere": {} } } }),
            "add_claims.always.everywhere",
        ),
        (
            json!({ "add_claims": { "by_scope": { "id_token": true, "userinfo": 1 } } }),
            "add_claims.by_scope.userinfo",
        ),
        (json!({ "access_token_format": "JWT" }), "access_token_format"),
        (json!({ "resources": vec!["api"; 17] }), "resources"),
        (json!({ "refresh_grace": 601 }), "refresh_grace"),
        (json!({ "token_usage_rules": { "id_token": {} } }), "token_usage_rules.id_token"),
        (
            json!({ "token_usage_rules": { "access_token": { "max_use": 1 } } }),
            "token_usage_rules.access_token.max_use",
        ),
        (
            json!({ "token_usage_rules": { "access_token": { "max_usage": 0 } } }),
            "token_usage_rules.access_token.max_usage",
        ),
        (
            json!({ "token_usage_rules": { "authorization_code": { "supports_minting": [] } } }),
            "token_usage_rules.authorization_code.supports_minting",
        ),
    ] {
        let response = send(&world, put(&format!("/admin/clients/{}/policy", client.id())).json(&policy));
        assert_names(&response, "invalid_request", name);
    }
    assert!(world.dump() == before, "nothing has changed");
}

#[test]
fn what_cannot_be_imported_is_named() {
    let world = World::new();
    for (request, name) in [
        (post("/admin/import").text("{"), "body"),
        (post("/admin/import").too_large(), "body"),
        (post("/admin/import").json(&json!({ "db": 1 })), "db"),
        (post("/admin/import").json(&json!({ "db": { "a;;b;;c;;d": 1 } })), "a;;b;;c;;d"),
        (post("/admin/import").json(&json!({ "shop": 1 })), "shop"),
        (post("/admin/import").json(&json!({ "shop": {} })), "client shop"),
    ] {
        assert_names(&send(&world, request), "invalid_request", name);
    }
    let too_large = body(&send(&world, post("/admin/import").too_large()));
    assert!(too_large["error_description"].as_str().unwrap().contains("4194304"), "{too_large}");
}
