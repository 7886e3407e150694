//! What cannot be registered, each with its exact error. Nothing of it leaves a trace.

use super::{assert_error, minimal, register, with};
use crate::world::{World, post};
use serde_json::{Value, json};
use treeline::oauth::base64url;

pub fn ec_key() -> Value {
    // RFC 7517, appendix A.1.
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    })
}

pub fn rsa_key() -> Value {
    json!({ "kty": "RSA", "n": base64url::encode([0xc5; 256]), "e": "AQAB" })
}

fn jwks(key: Value) -> Value {
    with(json!({ "jwks": { "keys": [key] } }))
}

fn and(mut object: Value, name: &str, value: impl Into<Value>) -> Value {
    object[name] = value.into();
    object
}

/// Refused with this error, and nothing is counted or stored.
#[track_caller]
pub fn assert_refused(world: &World, metadata: &Value, code: &str) {
    let before = world.dump();
    world.take_touches();
    let response = register(world, metadata);
    assert_error(&response, 400, code);
    assert_eq!(world.take_touches(), Default::default(), "{metadata}");
    assert_eq!(world.dump(), before, "{metadata}");
}

#[test]
fn bodies_that_are_not_one_sound_object() {
    let world = World::new();
    let nested = |depth: usize| {
        format!(
            r#"{{"redirect_uris":["https://rp.example/cb"],"x":{}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    for text in [
        "",
        "null",
        "[]",
        "[{}]",
        "1",
        "\"text\"",
        "true",
        "{",
        "{}x",
        "{} {}",
        "{'a':1}",
        "\u{feff}{}",
        "{\"a\":1,}",
        "{\"a\":NaN}",
        r#"{"redirect_uris":["https://rp.example/cb"],"redirect_uris":["https://evil.example/cb"]}"#,
        r#"{"redirect_uris":["https://rp.example/cb"],"redirect\u005furis":["https://evil.example/cb"]}"#,
        r#"{"redirect_uris":["https://rp.example/cb"],"x":1,"x":1}"#,
        r#"{"redirect_uris":["https://rp.example/cb"],"jwks":{"keys":[],"keys":[]}}"#,
        r#"{"redirect_uris":["https://rp.example/cb"],"x":[{"deep":{"a":1,"a":2}}]}"#,
        &nested(16),
        &nested(100_000 / 2),
    ] {
        let response = post("/registration")
            .header("content-type", "application/json")
            .text(text)
            .send(&world);
        assert_error(&response, 400, "invalid_client_metadata");
    }
    let response = post("/registration")
        .header("content-type", "application/json")
        .text(&nested(15))
        .send(&world);
    assert_eq!(response.status, 201);
    let response = post("/registration")
        .header("content-type", "application/json")
        .bytes(b"{\"client_name\":\"\xff\"}")
        .send(&world);
    assert_error(&response, 400, "invalid_client_metadata");
    let response = post("/registration")
        .header("content-type", "application/json")
        .too_large()
        .send(&world);
    assert_error(&response, 400, "invalid_client_metadata");
}

#[test]
fn content_types_other_than_json() {
    let world = World::new();
    for content_type in [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "text/plain, application/json",
    ] {
        let response = post("/registration")
            .header("content-type", content_type)
            .text(&minimal().to_string())
            .send(&world);
        assert_error(&response, 400, "invalid_client_metadata");
    }
    for content_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json ;charset=UTF-8",
    ] {
        let response = post("/registration")
            .header("content-type", content_type)
            .text(&minimal().to_string())
            .send(&world);
        assert_eq!(response.status, 201, "{content_type}");
    }
}

#[test]
fn keys() {
    let world = World::new();
    for metadata in [
        jwks(and(ec_key(), "d", "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE")),
        jwks(and(rsa_key(), "d", "AQAB")),
        jwks(and(rsa_key(), "p", "AQAB")),
        jwks(and(rsa_key(), "d", Value::Null)),
        jwks(json!({ "kty": "oct", "k": "AQAB" })),
        jwks(json!({ "kty": "oct" })),
        jwks(and(ec_key(), "y", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4")),
        jwks(and(ec_key(), "x", "AQAB")),
        jwks(and(rsa_key(), "n", base64url::encode([0xc5; 255]))),
        jwks(json!({ "kty": "RSA" })),
        jwks(json!({ "kty": "EC", "crv": "P-256" })),
        jwks(json!({})),
        jwks(json!("key")),
        with(json!({ "jwks": { "keys": [ec_key(), { "kty": "oct", "k": "AQAB" }] } })),
        with(json!({ "jwks": { "keys": vec![ec_key(); 51] } })),
        with(json!({ "jwks": { "keys": {} } })),
        with(json!({ "jwks": {} })),
        with(json!({ "jwks": [] })),
        with(json!({ "jwks": "https://rp.example/jwks" })),
        with(json!({ "jwks": { "keys": [ec_key()] }, "jwks_uri": "https://rp.example/jwks" })),
    ] {
        assert_refused(&world, &metadata, "invalid_client_metadata");
    }
}

#[test]
fn values_that_the_provider_does_not_support() {
    let world = World::new();
    for member in [
        json!({ "response_types": ["token"] }),
        json!({ "response_types": ["code", "token"] }),
        json!({ "response_types": ["code  id_token"] }),
        json!({ "response_types": ["code code"] }),
        json!({ "response_types": ["code none"] }),
        json!({ "response_types": ["CODE"] }),
        json!({ "response_types": [""] }),
        json!({ "response_types": [] }),
        json!({ "grant_types": ["authorization_code", "password"] }),
        json!({ "grant_types": [] }),
        json!({ "application_type": "desktop" }),
        json!({ "application_type": "Web" }),
        json!({ "subject_type": "Pairwise" }),
        json!({ "subject_type": "transient" }),
        json!({ "subject_type": "pairwise", "redirect_uris": ["https://rp.example/cb", "https://other.example/cb"] }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "token_endpoint_auth_method": "tls_client_auth" }),
        json!({ "token_endpoint_auth_method": "" }),
        json!({ "token_endpoint_auth_signing_alg": "none" }),
        json!({ "token_endpoint_auth_signing_alg": "None" }),
        json!({ "id_token_signed_response_alg": "HS512" }),
        json!({ "id_token_signed_response_alg": "rs256" }),
        json!({ "id_token_encrypted_response_alg": "RSA-OAEP" }),
        json!({ "id_token_encrypted_response_enc": "A128GCM" }),
        json!({ "userinfo_signed_response_alg": "none" }),
        json!({ "userinfo_encrypted_response_alg": "RSA-OAEP" }),
        json!({ "userinfo_encrypted_response_enc": "A128GCM" }),
        json!({ "request_object_signing_alg": "RS256" }),
        json!({ "request_object_encryption_enc": "A128GCM" }),
        json!({ "scope": "openid \"profile\"" }),
        json!({ "scope": "openid\\" }),
        json!({ "scope": "openid é" }),
        json!({ "default_max_age": -1 }),
        json!({ "default_max_age": 1.5 }),
        json!({ "default_max_age": 1e300 }),
        json!({ "default_max_age": u64::MAX }),
        json!({ "software_id": "a\u{0}b" }),
        json!({ "software_version": "a".repeat(2049) }),
        json!({ "contacts": vec!["ops@rp.example"; 51] }),
    ] {
        assert_refused(&world, &with(member), "invalid_client_metadata");
    }
}

#[test]
fn wrong_json_types() {
    let world = World::new();
    let texts = [
        "application_type",
        "token_endpoint_auth_method",
        "id_token_signed_response_alg",
        "subject_type",
        "scope",
        "client_name",
        "client_name#fr",
        "logo_uri",
        "logo_uri#fr",
        "client_uri",
        "policy_uri",
        "tos_uri",
        "software_id",
        "software_version",
        "jwks_uri",
        "initiate_login_uri",
        "frontchannel_logout_uri",
        "backchannel_logout_uri",
        "token_endpoint_auth_signing_alg",
    ];
    for (name, value) in texts
        .iter()
        .flat_map(|name| [json!(1), json!(true), json!([]), json!({})].map(|value| (name, value)))
    {
        assert_refused(&world, &with(json!({ *name: value })), "invalid_client_metadata");
    }
    for name in [
        "response_types",
        "grant_types",
        "contacts",
        "default_acr_values",
        "request_uris",
        "post_logout_redirect_uris",
    ] {
        for value in [json!("code"), json!(1), json!({}), json!([1]), json!([null]), json!([["code"]])] {
            assert_refused(&world, &with(json!({ name: value })), "invalid_client_metadata");
        }
    }
    for name in [
        "require_auth_time",
        "frontchannel_logout_session_required",
        "backchannel_logout_session_required",
    ] {
        for value in [json!("true"), json!(1), json!([])] {
            assert_refused(&world, &with(json!({ name: value })), "invalid_client_metadata");
        }
    }
    for value in [json!("3600"), json!(true), json!([3600])] {
        assert_refused(&world, &with(json!({ "default_max_age": value })), "invalid_client_metadata");
    }
}
