//! How the keys reach every copy: KV, the isolates, and what caches keep.

use super::{in_state, listed, published, rotate};
use crate::world::{World, get};
use serde_json::json;
use treeline::endpoint::jwks::MAX_AGE;
use treeline::jose::alg::Alg;
use treeline::jose::keyset::ring::{RETRY, Ring};
use treeline::jose::keyset::schedule::{ACTIVATION, FRESH};
use treeline::object::Class;
use treeline::platform::ring::KEYS_IN_KV;
use treeline::platform::{KEY_RING, Platform};

/// How old a value of KV may be, in seconds.
const KV_LAG: i64 = 60;

fn in_kv(world: &World) -> Ring {
    serde_json::from_str(&world.kv_text(KEYS_IN_KV).expect("keys in KV")).expect("a ring")
}

#[test]
fn a_key_waits_for_longer_than_any_copy_may_be_old() {
    assert!(ACTIVATION >= 2 * (KV_LAG + FRESH + i64::from(MAX_AGE)));
}

#[test]
fn the_isolate_that_rotates_keeps_its_keys_while_kv_lags() {
    let world = World::new();
    let before = published(&world);
    world.freeze_kv();
    rotate(&world);
    let both = published(&world);
    assert_eq!(both.len(), 2 * before.len());
    // Whenever it looks, KV has an older set than its own.
    for _ in 0..3 {
        world.advance(FRESH);
        assert_eq!(published(&world), both);
    }
    // Another isolate believes KV, for as long as KV may lag.
    world.new_isolate();
    assert_eq!(published(&world), before);
    world.thaw_kv();
    assert_eq!(published(&world), before);
    world.advance(FRESH);
    assert_eq!(published(&world), both);
}

#[test]
fn without_kv_the_ring_is_asked() {
    let world = World::new();
    rotate(&world);
    let both = published(&world);
    for text in ["", "[]", "{}", r#"{"revision":9,"keys":[]}"#] {
        world.set_kv(KEYS_IN_KV, text);
        world.new_isolate();
        assert_eq!(published(&world), both, "{text:?}");
    }
}

#[test]
fn keys_that_kv_refuses_wait_until_it_takes_them() {
    let world = World::new();
    let first = in_kv(&world);
    world.advance(1);
    world.refuse_keys(true);
    let began = world.now();
    let keys = rotate(&world);
    assert_eq!(in_state(&keys, "next").len(), Alg::ALL.len(), "they are there all the same");
    assert_eq!((in_kv(&world), world.faults().len()), (first.clone(), 1));
    // Every try that fails puts their time off: nobody signs with what others cannot know.
    for tries in 1..=50 {
        assert_eq!(world.next_alarm(Class::KeyRing, KEY_RING), Some(began.plus(tries * RETRY)));
        world.advance(RETRY);
        world.run_alarms();
        assert_eq!(in_kv(&world), first);
    }
    assert!(world.now() > began.plus(ACTIVATION), "by now they would have signed");
    world.refuse_keys(false);
    world.advance(RETRY);
    world.run_alarms();
    let waiting = in_state(&listed(&world), "next");
    assert_eq!(waiting, in_state(&keys, "next"), "the same keys, not yet in use");
    for key in listed(&world).iter().filter(|key| key["state"] == "next") {
        assert_eq!(key["active_from"], json!(world.now().plus(ACTIVATION)));
    }
    assert_eq!(in_kv(&world).keys.len(), keys.len());
    // Now that they are out, their time comes.
    world.advance(ACTIVATION);
    world.run_alarms();
    assert_eq!(in_state(&listed(&world), "active"), waiting);
}

#[test]
fn the_first_keys_work_whatever_kv_says() {
    let world = World::new();
    world.refuse_keys(true);
    world.set_kv(KEYS_IN_KV, "");
    world.new_isolate();
    assert_eq!(get("/jwks").send(&world).status, 200);
}

#[test]
fn the_keys_that_sign_stand_first() {
    let world = World::new();
    let order = |world: &World| -> Vec<String> {
        let keys = pollster::block_on(world.keys()).expect("keys");
        Alg::ALL
            .iter()
            .map(|alg| keys.of_alg(*alg).next().expect("a key").public.kid.clone())
            .collect()
    };
    let old = order(&world);
    rotate(&world);
    world.advance(ACTIVATION - 1);
    assert_eq!(order(&world), old);
    world.advance(1 + FRESH);
    assert_ne!(order(&world), old);
    let keys = pollster::block_on(world.keys()).expect("keys");
    for alg in Alg::ALL {
        assert_eq!(keys.of_alg(*alg).count(), 2, "both may decrypt");
        let first = keys.of_alg(*alg).next().expect("a key");
        assert_eq!(first.public, keys.signing(*alg, world.now()).expect("a key").public);
    }
}
