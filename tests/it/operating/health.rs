//! Health: what it costs to ask, and what is said where a part does not answer.

use crate::world::call::request;
use crate::world::{ADMIN_TOKEN, Outgoing, World, body, get};
use serde_json::json;
use treeline::http::Method;
use treeline::object::Class;
use treeline::platform::KEY_RING;

const DEEP: &str = "/health?deep=1";

fn asked(world: &World, request: Outgoing) -> (u16, serde_json::Value) {
    let response = request.send(world);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    (response.status, body(&response))
}

#[test]
fn a_sound_provider_says_so_for_one_look_at_kv() {
    let world = World::new();
    world.take_touches();
    assert_eq!(asked(&world, get("/health")), (200, json!({ "status": "ok" })));
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.all_asked()), (1, 0));
    assert_eq!(request(Method::Head, "/health").send(&world).status, 200);
    assert_eq!(request(Method::Post, "/health").send(&world).status, 405);
}

#[test]
fn a_deep_look_is_the_operator_s_and_asks_the_key_ring() {
    let world = World::new();
    world.take_touches();
    assert_eq!(get(DEEP).send(&world).status, 401);
    assert_eq!(world.take_touches(), Default::default(), "nobody else costs anything by it");
    assert_eq!(get(DEEP).bearer("guess").send(&world).status, 401);
    assert_eq!(world.take_touches().all_asked(), 1, "a guess is counted as at the admin API");
    assert_eq!(asked(&world, get(DEEP).bearer(ADMIN_TOKEN)), (200, json!({ "status": "ok" })));
    assert_eq!(world.take_touches().asked(Class::KeyRing), 1);
}

#[test]
fn what_does_not_answer_is_named() {
    let world = World::new();
    let unavailable = |silent: &[&str]| (503, json!({ "status": "unavailable", "silent": silent }));
    world.set_reachable(Class::KeyRing, KEY_RING, false);
    assert_eq!(asked(&world, get(DEEP).bearer(ADMIN_TOKEN)), unavailable(&["keys"]));
    assert_eq!(asked(&world, get("/health")).0, 200, "the isolate has its keys");
    world.set_reachable(Class::KeyRing, KEY_RING, true);
    world.die_after(0);
    assert_eq!(asked(&world, get("/health")), unavailable(&["kv"]));
    assert_eq!(asked(&world, get(DEEP).bearer(ADMIN_TOKEN)), unavailable(&["kv", "keys"]));
    world.revive();
    assert_eq!(asked(&world, get("/health")).0, 200);
    let line = world.take_lines().into_iter().find(|line| line.contains("503")).expect("a line");
    assert!(line.contains(r#""outcome":"temporarily_unavailable""#), "{line}");
}
