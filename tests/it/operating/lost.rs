//! What comes back where something is lost: Workers KV has no only copy.

use crate::flow::browser::{Browser, Shown, shown};
use crate::flow::party::{Party, enrol};
use crate::world::{ADMIN_TOKEN, Touches, World, body, get, post};
use serde_json::{Value, json};
use treeline::object::Class;

fn publish(world: &World, client_id: &str) -> u16 {
    let target = format!("/admin/clients/{client_id}/publish");
    post(&target).bearer(ADMIN_TOKEN).send(world).status
}

/// What one authorization request touches.
fn cost(world: &World, party: &Party) -> Touches {
    world.take_touches();
    assert_eq!(shown(&Browser::new(world).open(&party.query())), Shown::Login);
    world.take_touches()
}

#[test]
fn a_client_is_found_at_its_object_and_published_from_there() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let before = world.kv_text(&format!("client/{}", party.client.id()));
    world.lose_kv();
    // It goes on, with one hop more, until its record is back.
    assert_eq!(cost(&world, &party).asked(Class::Registration), 1);
    assert_eq!(publish(&world, party.client.id()), 204);
    assert_eq!(world.kv_text(&format!("client/{}", party.client.id())), before);
    assert_eq!(cost(&world, &party).all_asked(), 0);
    assert_eq!(publish(&world, party.client.id()), 204, "as often as one likes");
}

#[test]
fn a_client_that_was_imported_is_known_again_once_it_is_published() {
    let world = World::at(1_619_400_000, &[("ISSUER", "https://127.0.0.1:5000")]);
    let database: Value = serde_json::from_str(include_str!("../../vectors/oidcop/client-record.json")).unwrap();
    let response = post("/admin/import").bearer(ADMIN_TOKEN).json(&database).send(&world);
    assert_eq!(response.status, 200, "{}", response.body.as_str());
    let listed = || body(&get("/admin/clients").bearer(ADMIN_TOKEN).send(&world));
    let before = listed();
    let client_id = before.as_object().unwrap().keys().next().unwrap();
    world.lose_kv();
    assert_eq!(listed(), json!({}));
    assert_eq!(publish(&world, client_id), 204);
    assert_eq!(listed(), before);
}

#[test]
fn nothing_is_published_that_is_not_there() {
    let world = World::new();
    let party = Party::register(&world);
    let target = format!("/admin/clients/{}/publish", party.client.id());
    assert_eq!(post(&target).send(&world).status, 401);
    assert_eq!(get(&target).bearer(ADMIN_TOKEN).send(&world).status, 405);
    for client_id in ["nobody", "%20", &"x".repeat(200)] {
        assert_eq!(publish(&world, client_id), 404, "{client_id}");
    }
    assert_eq!(
        world.stored(Class::Registration),
        [party.client.id()],
        "and nothing is stored of it"
    );
    let line = world.take_lines().pop().unwrap();
    assert!(line.contains(r#""route":"/admin/clients/{client_id}/publish""#), "{line}");
    party.delete(&world);
    world.lose_kv();
    assert_eq!(publish(&world, party.client.id()), 404, "it is no more");
    let world = World::with(&[("CLIENT_LIFETIME", "100")]);
    let party = Party::register(&world);
    world.advance(100);
    assert_eq!(publish(&world, party.client.id()), 404, "its time is over");
}

#[test]
fn the_keys_come_from_the_ring_and_go_to_kv_with_the_next_ones() {
    let world = World::new();
    let keys = |world: &World| body(&get("/jwks").send(world))["keys"].clone();
    let before = keys(&world);
    world.lose_kv();
    world.new_isolate();
    assert_eq!(keys(&world), before);
    assert_eq!(world.kv_text("keys"), None);
    assert_eq!(post("/admin/keys/rotate").bearer(ADMIN_TOKEN).send(&world).status, 200);
    assert!(world.kv_text("keys").is_some());
}
