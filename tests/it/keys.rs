//! Rotation of the provider's keys: a key is published before it signs, signs until its successor does, and stays until nothing that it has signed
//! is of use.

mod publication;
mod schedule;
mod upgrade;

use crate::flow::browser::Browser;
use crate::flow::party::{Party, decode, enrol, text};
use crate::world::{ADMIN_TOKEN, World, body, get, post};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use treeline::jose::alg::Alg;
use treeline::jose::keyset::schedule::ACTIVATION;
use treeline::object::Class;
use treeline::platform::{KEY_RING, Platform};

const DAY: i64 = 86_400;

/// The keys as the admin API lists them.
fn listed(world: &World) -> Vec<Value> {
    keys_of(&get("/admin/keys").bearer(ADMIN_TOKEN).send(world))
}

fn rotate(world: &World) -> Vec<Value> {
    keys_of(&post("/admin/keys/rotate").bearer(ADMIN_TOKEN).send(world))
}

fn keys_of(response: &treeline::http::Response) -> Vec<Value> {
    assert_eq!(response.status, 200, "{:?}", response.body);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    body(response)["keys"].as_array().expect("keys").clone()
}

/// The published JWKs by kid, as text.
fn published(world: &World) -> BTreeMap<String, String> {
    let keys = body(&get("/jwks").send(world))["keys"].as_array().expect("keys").clone();
    let published: BTreeMap<String, String> = keys.iter().map(|key| (text(key, "kid"), key.to_string())).collect();
    assert_eq!(published.len(), keys.len(), "a kid stands once");
    published
}

/// The kids of the keys in a state, by algorithm; there is at most one but for retired ones.
fn in_state(keys: &[Value], state: &str) -> BTreeMap<String, String> {
    let of_state: Vec<&Value> = keys.iter().filter(|key| key["state"] == state).collect();
    let kids: BTreeMap<String, String> = of_state.iter().map(|key| (text(key, "alg"), text(key, "kid"))).collect();
    assert_eq!(kids.len(), of_state.len(), "one key of each algorithm is {state}: {keys:?}");
    kids
}

/// A party that buys tokens whenever it is asked to.
struct Buyer<'w> {
    world: &'w World,
    party: Party,
}

impl<'w> Buyer<'w> {
    fn new(world: &'w World) -> Self {
        enrol(world, "diana");
        let party = Party::register(world);
        Self { world, party }
    }

    /// An access token, ES256, and an ID token, RS256.
    fn buy(&self) -> [String; 2] {
        let code = Browser::new(self.world).code(&self.party.query(), "diana");
        let tokens = self.party.tokens(self.world, &code);
        ["access_token", "id_token"].map(|name| text(&tokens, name))
    }

    /// The kids that sign now.
    fn signers(&self) -> [String; 2] {
        self.buy().map(|token| text(&decode(&token).0, "kid"))
    }
}

#[test]
fn the_first_keys_sign_at_once_and_nothing_waits() {
    let world = World::new();
    let keys = listed(&world);
    assert_eq!(in_state(&keys, "active").len(), Alg::ALL.len());
    assert_eq!(keys.len(), Alg::ALL.len());
    let jwks = published(&world);
    for key in &keys {
        assert_eq!(key["active_from"], key["created_at"]);
        let jwk: Value = serde_json::from_str(&jwks[key["kid"].as_str().expect("a kid")]).expect("JSON");
        assert_eq!((&key["use"], &key["alg"]), (&jwk["use"], &jwk["alg"]));
        let members: Vec<&String> = key.as_object().expect("an object").keys().collect();
        assert_eq!(members, ["kid", "alg", "use", "state", "created_at", "active_from"]);
    }
}

#[test]
fn a_rotation_from_next_to_retired_to_gone() {
    let world = World::new();
    let buyer = Buyer::new(&world);
    let (before, first) = (published(&world), buyer.signers());
    let old = in_state(&listed(&world), "active");

    // Published at once, old ones as they were, and nothing else signs yet.
    let began = world.now();
    let keys = rotate(&world);
    let (active, next) = (in_state(&keys, "active"), in_state(&keys, "next"));
    assert_eq!(active, old);
    assert_eq!((next.len(), keys.len()), (Alg::ALL.len(), 2 * Alg::ALL.len()));
    let both = published(&world);
    for (kid, jwk) in &before {
        assert_eq!(both.get(kid), Some(jwk));
    }
    assert!(next.values().all(|kid| both.contains_key(kid)));
    let switch = began.plus(ACTIVATION);
    for key in keys.iter().filter(|key| key["state"] == "next") {
        assert_eq!((&key["created_at"], &key["active_from"]), (&json!(began), &json!(switch)));
        assert_eq!(key["remove_at"], Value::Null);
    }
    for key in keys.iter().filter(|key| key["state"] == "active") {
        assert_eq!(key["remove_at"], json!(switch.plus(30 * DAY)));
    }

    // Until the very second.
    world.advance(ACTIVATION - 1);
    let [token, id_token] = buyer.buy();
    assert_eq!([&token, &id_token].map(|token| text(&decode(token).0, "kid")), first);
    assert_eq!(in_state(&listed(&world), "active"), old);
    world.advance(1);
    let second = buyer.signers();
    assert_eq!(second, ["ES256", "RS256"].map(|alg| next[alg].clone()));
    let keys = listed(&world);
    assert_eq!((in_state(&keys, "active"), in_state(&keys, "retired")), (next.clone(), old.clone()));
    assert!(in_state(&keys, "next").is_empty());

    // What was signed a second ago is good for its time.
    assert!(crate::flow::party::is_accepted(&world, &token));
    world.advance(3598);
    assert!(crate::flow::party::is_accepted(&world, &token));
    world.advance(1);
    assert!(!crate::flow::party::is_accepted(&world, &token));

    // An old ID token can be a hint for thirty days; then the old keys go, and no sooner.
    world.advance(switch.plus(30 * DAY - 1).since(world.now()));
    world.run_alarms();
    assert_eq!(published(&world), both);
    world.advance(1);
    world.run_alarms();
    world.advance(60);
    let left = published(&world);
    assert_eq!(left.keys().collect::<Vec<_>>(), {
        let mut kids: Vec<_> = next.values().collect();
        kids.sort();
        kids
    });
    assert!(left.iter().all(|(kid, jwk)| both.get(kid) == Some(jwk)));
    assert_eq!(listed(&world).len(), Alg::ALL.len());
    assert_eq!(world.faults(), []);
}

#[test]
fn tokens_outlive_a_short_key() {
    // Keys of an hour, tokens of a day.
    let world = World::with(&[
        ("KEY_LIFETIME", "3600"),
        ("ACCESS_TOKEN_LIFETIME", "86400"),
        ("GRANT_LIFETIME", "864000"),
    ]);
    let buyer = Buyer::new(&world);
    rotate(&world);
    world.advance(ACTIVATION - 1);
    let [token, _] = buyer.buy();
    // Everything that the ring does by itself, as often as it does it.
    for _ in 0..4 {
        world.advance(5 * 3600);
        world.run_alarms();
        assert!(crate::flow::party::is_accepted(&world, &token), "{:?}", listed(&world));
    }
    world.advance(DAY - 4 * 5 * 3600 - 1);
    world.run_alarms();
    assert!(crate::flow::party::is_accepted(&world, &token));
    world.advance(1);
    assert!(!crate::flow::party::is_accepted(&world, &token));
}

#[test]
fn rotating_again_while_keys_wait_makes_nothing() {
    let world = World::new();
    let first = rotate(&world);
    world.advance(ACTIVATION - 1);
    assert_eq!(rotate(&world), first);
    world.advance(1);
    let second = rotate(&world);
    assert_eq!(second.len(), 3 * Alg::ALL.len());
    assert_eq!(in_state(&second, "active"), in_state(&first, "next"));
}

#[test]
fn rotations_at_once_give_one_set_of_next_keys() {
    for turns in 0..8 {
        let world = World::new();
        let request = || post("/admin/keys/rotate").bearer(ADMIN_TOKEN).build();
        let answers = world.send_staggered(&[(0, request()), (turns, request())]);
        let [one, other] = [&answers[0], &answers[1]].map(keys_of);
        assert_eq!(one, other, "{turns}");
        assert_eq!(in_state(&one, "next").len(), Alg::ALL.len());
        assert_eq!(listed(&world), one);
        world.new_isolate();
        assert_eq!(published(&world).len(), one.len(), "{turns}");
    }
}

#[test]
fn the_private_halves_are_sealed() {
    let world = World::new();
    rotate(&world);
    let dump = world.dump();
    assert_eq!(dump.matches("provider_key").count(), 2 * Alg::ALL.len());
    assert!(!dump.contains("generation"), "the private half lies open");
    for response in [get("/jwks").send(&world), get("/admin/keys").bearer(ADMIN_TOKEN).send(&world)] {
        assert!(!response.body.as_str().contains("generation") && !response.body.as_str().contains("sealed"));
    }
}

#[test]
fn keys_are_the_operator_s() {
    let world = World::new();
    let keys = || (world.kv_text("keys"), world.storage(Class::KeyRing, KEY_RING).dump());
    let before = keys();
    for outgoing in [get("/admin/keys"), post("/admin/keys/rotate")] {
        assert_eq!(outgoing.send(&world).status, 401);
    }
    for outgoing in [get("/admin/keys"), post("/admin/keys/rotate")] {
        assert_eq!(outgoing.bearer("not-the-token").send(&world).status, 401);
    }
    for (outgoing, allow) in [(post("/admin/keys"), "GET"), (get("/admin/keys/rotate"), "POST")] {
        let response = outgoing.bearer(ADMIN_TOKEN).send(&world);
        assert_eq!((response.status, response.header("allow")), (405, Some(allow)));
    }
    assert_eq!(keys(), before);
    // A ring that is away is a fault of ours, and nothing is lost by it.
    world.set_reachable(Class::KeyRing, KEY_RING, false);
    assert_eq!(post("/admin/keys/rotate").bearer(ADMIN_TOKEN).send(&world).status, 503);
    assert_eq!(get("/jwks").send(&world).status, 200);
}
