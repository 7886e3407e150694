//! A ring that an earlier release has left behind.

use super::{in_state, listed, published};
use crate::world::World;
use treeline::jose::alg::Alg;
use treeline::jose::keyset::ring::{ReadKeys, Ring};
use treeline::object::sql::Sql;
use treeline::object::{Class, read_call, write_call};
use treeline::objects;
use treeline::platform::ring::KEYS_IN_KV;
use treeline::platform::{KEY_RING, Platform};

/// Makes the world forget an algorithm, as if the ring had been made before there was one, and published.
fn forget(world: &World, alg: Alg) {
    let sql = world.storage(Class::KeyRing, KEY_RING);
    let without = format!("DELETE FROM provider_key WHERE stored LIKE '%\"{}\"%'", alg.name());
    sql.exec(&without, &[]).expect("DELETE");
    let mut ring: Ring = serde_json::from_str(&world.kv_text(KEYS_IN_KV).expect("keys")).expect("a ring");
    ring.keys.retain(|key| key.public.alg != alg);
    world.set_kv(KEYS_IN_KV, &serde_json::to_string(&ring).expect("JSON"));
    world.new_isolate();
}

#[test]
fn a_lacking_algorithm_gets_a_key_that_signs_at_once() {
    for alg in Alg::ALL {
        let world = World::new();
        let before = published(&world);
        forget(&world, *alg);
        let after = published(&world);
        assert_eq!(after.len(), before.len());
        assert_eq!(
            after.iter().filter(|key| before.get(key.0) == Some(key.1)).count(),
            Alg::ALL.len() - 1
        );
        assert_eq!(in_state(&listed(&world), "active").len(), Alg::ALL.len());
        // And for every isolate from then on.
        world.new_isolate();
        assert_eq!(published(&world), after);
    }
}

/// The table of the first release allowed one key of each algorithm, and KV had a list of them.
#[test]
fn the_first_release_s_keys_go_on() {
    let world = World::new();
    let before = published(&world);
    let sql = world.storage(Class::KeyRing, KEY_RING);
    for statement in [
        "CREATE TABLE signing_key (
            kid TEXT PRIMARY KEY, alg TEXT NOT NULL UNIQUE, stored TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT",
        "INSERT INTO signing_key SELECT kid, kid, json_remove(stored, '$.active_from'), json_extract(stored, '$.created_at') FROM provider_key",
        "DROP TABLE provider_key",
        "DELETE FROM meta WHERE key IN ('revision', 'published', 'look_at')",
    ] {
        sql.exec(statement, &[]).expect(statement);
    }
    world.set_kv(KEYS_IN_KV, "[]");
    world.new_isolate();
    world.advance(86_400);
    assert_eq!(published(&world), before);
    assert_eq!(in_state(&listed(&world), "active").len(), Alg::ALL.len());
    // The ring wakes by itself to publish what it has, and then for its schedule.
    world.run_alarms();
    let ring: Ring = serde_json::from_str(&world.kv_text(KEYS_IN_KV).expect("keys")).expect("a ring");
    assert_eq!(ring.keys.len(), before.len());
    assert!(world.next_alarm(Class::KeyRing, KEY_RING) > Some(world.now()));
    // Nothing of it is done twice.
    let call = write_call(KEY_RING, &ReadKeys { rotate: false });
    let left = sql.dump();
    sql.transaction(|sql| objects::dispatch(Class::KeyRing, sql, &read_call(&call)?, world.now()))
        .expect("an answer");
    assert_eq!(sql.dump(), left);
}
