//! An assertion is used once, and what is remembered of that ends by itself.

use super::assertions::{by_secret, ways};
use super::party::{By, about, assert_in, assert_out, changed, jwt, present};
use crate::world::{ISSUER, Registered, World, post};
use serde_json::json;
use treeline::client::assertion::TYPE;
use treeline::object::Class;
use treeline::platform::Platform;

#[test]
fn an_assertion_works_once() {
    let world = World::new();
    for (client, by) in ways(&world) {
        let assertion = jwt(by, &about(&world, &client, json!({})));
        assert_in(&present(&world, &assertion));
        assert_out(&present(&world, &assertion));
        world.run_alarms();
        world.advance(59);
        world.run_alarms();
        assert_out(&present(&world, &assertion));
    }
}

#[test]
fn of_fifty_at_once_one_is_let_in() {
    let world = World::new();
    for (client, by) in ways(&world) {
        let assertion = jwt(by, &about(&world, &client, json!({})));
        let form = [
            ("grant_type", "unknown"),
            ("client_assertion_type", TYPE),
            ("client_assertion", &assertion),
        ];
        let requests: Vec<_> = (0..50).map(|_| post("/token").form(&form).build()).collect();
        let responses = world.send_all(&requests);
        assert_eq!(responses.iter().filter(|response| response.status == 400).count(), 1);
        responses.iter().filter(|response| response.status != 400).for_each(assert_out);
    }
}

/// One jti is another at another client, and in another assertion of the same client it is the same.
#[test]
fn a_jti_is_the_clients_own() {
    let world = World::new();
    let (one, other) = (by_secret(&world), by_secret(&world));
    let sign = |client: &Registered, changes| {
        jwt(
            By::Secret(client.secret()),
            &about(&world, client, changed(json!({ "jti": "the same" }), changes)),
        )
    };
    assert_in(&present(&world, &sign(&one, json!({}))));
    assert_in(&present(&world, &sign(&other, json!({}))));
    assert_out(&present(&world, &sign(&one, json!({ "exp": world.now().0 + 600 }))));
    assert_out(&present(&world, &sign(&one, json!({ "aud": [ISSUER] }))));
}

#[test]
fn what_is_remembered_ends_by_itself_and_names_no_jti() {
    let world = World::new();
    let client = by_secret(&world);
    let others = world.stored(Class::Pending).len();
    let sign = || {
        jwt(
            By::Secret(client.secret()),
            &about(&world, &client, json!({ "jti": "the same", "exp": world.now().0 + 60 })),
        )
    };
    assert_in(&present(&world, &sign()));
    assert_eq!(world.stored(Class::Pending).len(), others + 1);
    assert!(!world.dump().contains("the same"));
    world.advance(119);
    world.run_alarms();
    assert_out(&present(&world, &sign()));
    world.advance(1);
    // The alarm is late, and yet the jti may be used anew.
    assert_in(&present(&world, &sign()));
    world.advance(120);
    world.run_alarms();
    assert!(world.stored(Class::Pending).is_empty());
}
