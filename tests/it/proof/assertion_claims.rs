//! What an assertion has to say, and what it may not.

use super::assertions::{by_secret, ways};
use super::party::{about, assert_in, assert_out, jws, jwt, present};
use crate::world::{ISSUER, World};
use serde_json::{Value, json};
use treeline::object::Class;
use treeline::platform::Platform;

#[test]
fn the_claims_that_let_in() {
    let world = World::new();
    let now = world.now().0;
    let token = format!("{ISSUER}/token");
    for (client, by) in ways(&world) {
        for changes in [
            json!({ "aud": token }),
            json!({ "aud": [ISSUER] }),
            json!({ "aud": [token, ISSUER] }),
            json!({ "iat": null }),
            json!({ "exp": now + 1 }),
            json!({ "exp": now + 86_400 }),
            json!({ "exp": now as f64 + 30.5 }),
            json!({ "iat": now + 10, "nbf": now + 10 }),
            json!({ "iat": now + 60, "nbf": now + 60 }),
            json!({ "iat": now - 86_400, "nbf": 0 }),
            json!({ "jti": "\u{0}é/../" }),
            json!({ "jti": "x".repeat(10_000) }),
            json!({ "more": { "of": ["what", 1] } }),
        ] {
            assert_in(&present(&world, &jwt(by, &about(&world, &client, changes))));
        }
    }
}

#[test]
fn no_wrong_claim_differs_from_another_and_none_leaves_anything() {
    let world = World::new();
    let now = world.now().0;
    let token = format!("{ISSUER}/token");
    let other = by_secret(&world);
    let ways = ways(&world);
    let before = world.stored(Class::Pending);
    for (client, by) in &ways {
        let mut wrong = vec![
            json!({ "iss": other.id() }),
            json!({ "sub": other.id() }),
            json!({ "iss": other.id(), "sub": other.id() }),
            json!({ "iss": "unknown", "sub": "unknown" }),
            json!({ "iss": "", "sub": "" }),
            json!({ "iss": [client.id()], "sub": [client.id()] }),
            json!({ "aud": [ISSUER, "https://other.example"] }),
            json!({ "aud": [ISSUER, 1] }),
            json!({ "aud": [] }),
            json!({ "aud": format!("{ISSUER}/") }),
            json!({ "aud": format!("{ISSUER}/authorization") }),
            json!({ "aud": format!("{ISSUER} {token}") }),
            json!({ "aud": ISSUER.to_uppercase() }),
            json!({ "exp": now }),
            json!({ "exp": now - 120 }),
            json!({ "exp": now + 86_401 }),
            json!({ "exp": i64::MAX }),
            json!({ "exp": 1e300 }),
            json!({ "exp": -1e300 }),
            json!({ "exp": (now + 60).to_string() }),
            json!({ "nbf": now + 61 }),
            json!({ "nbf": "now" }),
            json!({ "iat": now + 61 }),
            json!({ "iat": now - 86_401 }),
            json!({ "iat": i64::MIN }),
            json!({ "iat": true }),
            json!({ "jti": "" }),
            json!({ "jti": 1 }),
        ];
        for name in ["iss", "sub", "aud", "exp", "jti"] {
            wrong.push(json!({ name: null }));
        }
        for changes in wrong {
            assert_out(&present(&world, &jwt(*by, &about(&world, client, changes))));
        }
        // A null is there and is none of the type.
        for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"] {
            let mut claims = about(&world, client, json!({}));
            claims[name] = Value::Null;
            assert_out(&present(&world, &jwt(*by, &claims)));
        }
        let sound = about(&world, client, json!({})).to_string();
        let twice = sound.replacen('{', r#"{"jti":"another","#, 1);
        for payload in [twice.as_str(), &format!("[{sound}]"), &format!("{sound}x"), "null", "1", "", "{"] {
            assert_out(&present(&world, &jws(*by, json!({}), payload.as_bytes())));
        }
    }
    assert_eq!(world.stored(Class::Pending), before);
    assert_eq!(world.stored(Class::Registration).len(), ways.len() + 1);
    assert!(world.faults().is_empty());
}
