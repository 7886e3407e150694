//! Whatever stands where an assertion or a request object should be, it is answered.

use super::party::{By, CALLBACK, about, ask, jws, key, present, register, with_keys};
use crate::robustness::{config, nearly, odd_text};
use crate::world::World;
use proptest::prelude::*;
use serde_json::{Value, json};
use treeline::jose::alg::Alg;
use treeline::oauth::jwt_claims;
use treeline::oauth::time::Timestamp;

/// JSON of some shape, under the names that matter.
fn claims() -> impl Strategy<Value = Value> {
    let names = vec![
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "client_id",
        "response_type",
        "redirect_uri",
        "state",
        "max_age",
        "claims",
        "request",
        "scope",
    ];
    let value = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        odd_text().prop_map(Value::from),
        prop::collection::vec(odd_text(), 0..3).prop_map(Value::from),
        Just(json!({ "userinfo": null })),
    ];
    prop::collection::vec((prop::sample::select(names), value), 0..8)
        .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..config() })]

    #[test]
    fn garbage_is_answered(text in prop_oneof![odd_text(), "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,6}"]) {
        let world = World::new();
        let client = register(&world, json!({}));
        prop_assert!([400, 401].contains(&present(&world, &text).status));
        let (_, answer) = ask(&world, &client, &[("response_type", "code"), ("redirect_uri", CALLBACK), ("request", &text)]);
        prop_assert!(text.is_empty() || answer["error"] == "invalid_request_object");
        prop_assert!(world.faults().is_empty());
    }

    #[test]
    fn signed_garbage_is_answered(claims in claims()) {
        let world = World::new();
        let own = key(Alg::ES256, 1);
        let client = with_keys(&world, &[own]);
        let mut members = about(&world, &client, json!({}));
        members.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let signed = jws(By::Key(own), json!({}), members.to_string().as_bytes());
        prop_assert!([400, 401].contains(&present(&world, &signed).status));
        let object = jws(By::Key(own), json!({}), claims.to_string().as_bytes());
        ask(&world, &client, &[("response_type", "code"), ("redirect_uri", CALLBACK), ("request", &object)]);
        prop_assert!(world.faults().is_empty());
    }

    #[test]
    fn nearly_sound_is_answered(change in nearly(Just(String::from("{}"))), turn in any::<prop::sample::Index>()) {
        let world = World::new();
        let own = key(Alg::EdDSA, 1);
        let client = with_keys(&world, &[own]);
        let mut text = jws(By::Key(own), json!({}), about(&world, &client, json!({})).to_string().as_bytes());
        let at = turn.index(text.len());
        text.replace_range(at..at, &change);
        prop_assert!([400, 401].contains(&present(&world, &text).status));
        prop_assert!(world.faults().is_empty());
    }

    #[test]
    fn times_never_overflow(claims in claims(), now in any::<i64>()) {
        let claims = claims.as_object().unwrap();
        let now = Timestamp(now);
        let sound = jwt_claims::is_current(claims, now);
        if let (true, Ok(Some(end))) = (sound, jwt_claims::time(claims, "exp")) {
            prop_assert!(now < end);
        }
    }
}
