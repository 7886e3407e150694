//! How the parameters of a request object stand beside those of the query.

use super::party::{By, CALLBACK, jwt};
use super::request_objects::{OTHER, assert_accepted, assert_error, claims, client, send, send_beside};
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn parameters_inside_win_and_those_outside_remain() {
    let world = World::new();
    let client = client(&world, json!({ "response_types": ["code", "id_token token"] }));
    let outside = [
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("state", "outside"),
        ("response_mode", "query"),
        ("prompt", "login"),
        ("scope", "openid"),
    ];
    let inside = json!({ "redirect_uri": OTHER, "state": "inside", "response_mode": "fragment", "prompt": "none" });
    let (address, answer) = send_beside(&world, &client, &jwt(By::Nobody, &inside), &outside);
    assert_eq!(address, OTHER);
    assert_accepted(&answer);
    // What is given twice outside stays an error, though it is once inside.
    for again in [("state", "again"), ("prompt", "consent")] {
        let twice: Vec<_> = outside.into_iter().chain([again]).collect();
        assert_error(
            &send_beside(&world, &client, &jwt(By::Nobody, &inside), &twice).1,
            "invalid_request",
        );
    }
    let twice: Vec<_> = outside.into_iter().chain([("redirect_uri", CALLBACK)]).collect();
    assert_eq!(send_beside(&world, &client, &jwt(By::Nobody, &inside), &twice).0, "", "a page");
    // An empty one counts as omitted, inside as well.
    let (_, answer) = send_beside(
        &world,
        &client,
        &jwt(By::Nobody, &json!({ "state": "", "prompt": "none" })),
        &outside,
    );
    assert_eq!(answer.get("state").map(String::as_str), Some("outside"));
    // The words of a response type have no order.
    let words = json!({ "response_type": "token id_token", "prompt": "none", "nonce": "n", "state": "inside" });
    let outside = [("response_type", "id_token token"), ("redirect_uri", CALLBACK), ("scope", "openid")];
    assert_accepted(&send_beside(&world, &client, &jwt(By::Nobody, &words), &outside).1);
    // The claims of the JWT are no parameters, though some are called so.
    let (_, answer) = send_beside(
        &world,
        &client,
        &jwt(By::Nobody, &claims(&client, json!({ "sub": "x", "jti": "y" }))),
        &[("response_type", "code")],
    );
    assert_accepted(&answer);
}

#[test]
fn a_redirect_uri_inside_that_is_not_registered_is_a_page() {
    let world = World::new();
    let client = client(&world, json!({}));
    let object = jwt(By::Nobody, &claims(&client, json!({ "redirect_uri": "https://evil.example/" })));
    let outside = [("response_type", "code"), ("redirect_uri", CALLBACK)];
    assert_eq!(send_beside(&world, &client, &object, &outside), (String::new(), BTreeMap::new()));
}

#[test]
fn parameters_of_other_types() {
    let world = World::new();
    let client = client(&world, json!({}));
    for (changes, error) in [
        (json!({ "max_age": 10 }), "login_required"),
        (json!({ "max_age": "10" }), "login_required"),
        (json!({ "max_age": -1 }), "invalid_request"),
        (json!({ "max_age": 1.5 }), "invalid_request"),
        (json!({ "max_age": true }), "invalid_request_object"),
        (json!({ "claims": { "userinfo": { "name": null } } }), "login_required"),
        (json!({ "claims": "{\"userinfo\":{\"name\":null}}" }), "login_required"),
        (
            json!({ "claims": { "id_token": { "acr": { "essential": true, "value": "unknown" } } } }),
            "unmet_authentication_requirements",
        ),
        (json!({ "claims": "x" }), "invalid_request"),
        (json!({ "claims": [] }), "invalid_request_object"),
        (json!({ "registration": {} }), "registration_not_supported"),
        (json!({ "registration": "{}" }), "registration_not_supported"),
        (json!({ "state": 1 }), "invalid_request_object"),
        (json!({ "scope": ["openid"] }), "invalid_request_object"),
        (json!({ "redirect_uri": [CALLBACK] }), "invalid_request_object"),
        (json!({ "prompt": {} }), "invalid_request_object"),
        (json!({ "nonce": false }), "invalid_request_object"),
    ] {
        let answer = send(&world, &client, &jwt(By::Nobody, &claims(&client, changes)));
        assert_error(&answer, error);
    }
    let mut null = claims(&client, json!({}));
    null["nonce"] = Value::Null;
    assert_error(&send(&world, &client, &jwt(By::Nobody, &null)), "invalid_request_object");
}
