//! Keys behind `jwks_uri`: how long they are kept, when they are fetched again, and that nobody can make the provider fetch often.

use super::party;
use super::party::{By, about, assert_in, assert_out, jwk, jws, present, register};
use crate::world::{Registered, World};
use serde_json::{Value, json};
use treeline::jose::alg::Alg;
use treeline::jose::client_keys::ClientKeys;
use treeline::jose::key_cache::{Advice, KeyCache, LIMIT};
use treeline::jose::keyset::SigningKey;
use treeline::oauth::time::Timestamp;

const ADDRESS: &str = "https://rp.example/jwks.json";

fn key(number: u64) -> &'static SigningKey {
    party::key(Alg::ES256, number)
}

fn client(world: &World) -> Registered {
    register(
        world,
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": ADDRESS }),
    )
}

fn serve(world: &World, keys: &[(u64, &str)]) {
    let keys: Vec<Value> = keys.iter().map(|(number, kid)| jwk(key(*number), Some(kid))).collect();
    world.web.serve(ADDRESS, json!({ "keys": keys }).to_string());
}

fn is_in(world: &World, client: &Registered, number: u64, kid: Option<&str>) -> bool {
    let header = kid.map_or(json!({}), |kid| json!({ "kid": kid }));
    let claims = about(world, client, json!({})).to_string();
    let response = present(world, &jws(By::Key(key(number)), header, claims.as_bytes()));
    match response.status {
        400 => assert_in(&response),
        _ => assert_out(&response),
    }
    response.status == 400
}

#[test]
fn nothing_is_fetched_before_it_is_needed() {
    let world = World::new();
    serve(&world, &[(1, "one")]);
    let client = client(&world);
    assert_eq!(world.web.all_visits(), 0);
    assert!(is_in(&world, &client, 1, Some("one")));
    assert_eq!(world.web.visits(ADDRESS), 1);
}

#[test]
fn keys_are_fresh_for_five_minutes() {
    let world = World::new();
    serve(&world, &[(1, "one")]);
    let client = client(&world);
    for (seconds, visits) in [(0, 1), (0, 0), (299, 0), (1, 1), (299, 0)] {
        world.advance(seconds);
        assert!(is_in(&world, &client, 1, Some("one")));
        assert_eq!(world.web.visits(ADDRESS), visits, "after {seconds} s");
    }
}

#[test]
fn an_unknown_key_is_asked_for_at_once_and_then_no_more_than_once_in_ten_seconds() {
    let world = World::new();
    serve(&world, &[(1, "one")]);
    let client = client(&world);
    assert!(is_in(&world, &client, 1, Some("one")));
    serve(&world, &[(2, "two")]);
    assert!(is_in(&world, &client, 2, Some("two")), "a new key right after a fetch");
    assert_eq!(world.web.visits(ADDRESS), 2);
    assert!(!is_in(&world, &client, 1, Some("one")), "the old one is gone");
    serve(&world, &[(3, "three")]);
    for _ in 0..20 {
        assert!(!is_in(&world, &client, 3, Some("three")));
    }
    assert_eq!(world.web.visits(ADDRESS), 0);
    world.advance(9);
    assert!(!is_in(&world, &client, 3, Some("three")));
    world.advance(1);
    assert!(is_in(&world, &client, 3, Some("three")));
    assert_eq!(world.web.visits(ADDRESS), 1);
}

/// A client may give a new key an old name, or none.
#[test]
fn a_key_is_new_whatever_it_is_called() {
    for kid in [Some("one"), None] {
        let world = World::new();
        serve(&world, &[(1, "one")]);
        let client = client(&world);
        assert!(is_in(&world, &client, 1, kid));
        serve(&world, &[(2, "one")]);
        assert!(is_in(&world, &client, 2, kid), "{kid:?}");
    }
}

#[test]
fn a_fetch_that_has_just_been_made_is_not_repeated() {
    let world = World::new();
    serve(&world, &[(1, "one")]);
    let client = client(&world);
    assert!(!is_in(&world, &client, 2, Some("two")));
    assert_eq!(world.web.visits(ADDRESS), 1);
    world.web.close(ADDRESS);
    world.advance(300);
    assert!(!is_in(&world, &client, 2, Some("two")));
    assert_eq!(world.web.visits(ADDRESS), 1);
}

#[test]
fn kept_keys_serve_for_an_hour_where_there_are_no_newer() {
    let world = World::new();
    serve(&world, &[(1, "one")]);
    let client = client(&world);
    assert!(is_in(&world, &client, 1, Some("one")));
    for bad in [
        "",
        "<!doctype html>",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[],"keys":[]}"#,
        "{\"keys\":[",
    ] {
        world.web.serve(ADDRESS, bad);
        world.advance(300);
        assert!(is_in(&world, &client, 1, Some("one")), "{bad}");
    }
    world.web.serve(ADDRESS, vec![b' '; 64 * 1024 + 1]);
    world.advance(300);
    assert!(is_in(&world, &client, 1, Some("one")));
    world.web.close(ADDRESS);
    world.advance(1199);
    assert!(is_in(&world, &client, 1, Some("one")));
    world.advance(1);
    assert!(!is_in(&world, &client, 1, Some("one")), "an hour is over");
    serve(&world, &[(1, "one")]);
    world.advance(10);
    assert!(is_in(&world, &client, 1, Some("one")), "they are back");
    assert!(world.faults().is_empty());
}

#[test]
fn a_site_that_is_away_is_not_asked_by_every_request() {
    let world = World::new();
    let client = client(&world);
    for _ in 0..20 {
        assert!(!is_in(&world, &client, 1, Some("one")));
    }
    // One for the keys, and the one that is always allowed for a key that is not known.
    assert_eq!(world.web.visits(ADDRESS), 2);
}

#[test]
fn keys_that_the_client_serves_no_more_do_not_come_back() {
    let world = World::new();
    serve(&world, &[(1, "one"), (2, "two")]);
    let client = client(&world);
    assert!(is_in(&world, &client, 1, Some("one")));
    serve(&world, &[(2, "two")]);
    world.advance(300);
    assert!(!is_in(&world, &client, 1, Some("one")));
}

#[test]
fn a_production_provider_never_goes_to_a_developers_machine() {
    let local = "http://127.0.0.1:8080/jwks";
    let world = World::local();
    world.web.serve(local, json!({ "keys": [jwk(key(1), None)] }).to_string());
    let metadata = json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": local });
    let client = register(&world, metadata);
    assert!(is_in(&world, &client, 1, None));
    // The same record at a provider that has gone into production: the rules of registration hold once more.
    let production = World::new();
    let kv = format!("client/{}", client.id());
    production.set_kv(&kv, &world.kv_text(&kv).unwrap());
    production.web.serve(local, json!({ "keys": [jwk(key(1), None)] }).to_string());
    assert!(!is_in(&production, &client, 1, None));
    assert_eq!(production.web.all_visits(), 0);
}

#[test]
fn the_memory_is_bounded() {
    let cache = KeyCache::default();
    let keys = ClientKeys::parse(&json!({ "keys": [jwk(key(1), None)] }));
    for number in 0..10_000_i64 {
        let address = format!("https://rp.example/{number}");
        cache.keep(&address, Some(keys.clone()), Timestamp(number / 100));
        cache.may_ask_again(&format!("{address}/unknown"), Timestamp(number / 100));
        assert!(cache.size() <= LIMIT);
    }
    let now = Timestamp(100);
    assert_eq!(cache.advise("https://rp.example/9999", now), Advice::Use(keys));
    assert_eq!(cache.advise("https://rp.example/0", now), Advice::Fetch);
}
