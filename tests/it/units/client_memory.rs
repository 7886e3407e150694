//! What an isolate remembers of clients.

use crate::world::World;
use serde_json::json;
use std::rc::Rc;
use treeline::client::memory::{ClientMemory, FRESH, LIMIT};
use treeline::client::record::ClientRecord;
use treeline::endpoint::client_lookup::{find, find_newer};
use treeline::oauth::ids::ClientId;
use treeline::oauth::time::Timestamp;

fn record(world: &World) -> Rc<ClientRecord> {
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let found = pollster::block_on(find(world, &ClientId(client.id().to_owned())));
    found.expect("no fault").expect("the client")
}

fn named(record: &ClientRecord, name: &str) -> Rc<ClientRecord> {
    let client_id = ClientId(name.to_owned());
    Rc::new(ClientRecord {
        client_id,
        ..record.clone()
    })
}

#[test]
fn it_remembers_for_as_long_as_it_says() {
    let memory = ClientMemory::default();
    let record = record(&World::new());
    let at = |moment: i64| memory.recall(&record.client_id, Timestamp(moment)).map(|known| known.at.0);
    assert_eq!(at(0), None);
    memory.keep(Rc::clone(&record), Timestamp(100));
    assert_eq!((at(100), at(99 + FRESH), at(100 + FRESH)), (Some(100), Some(100), None));
    assert_eq!(at(99), None, "a clock that was set back renews nothing");
    memory.keep(Rc::clone(&record), Timestamp(110));
    assert_eq!(at(100 + FRESH), Some(110));
    memory.forget(&record.client_id);
    assert_eq!(at(110), None);
}

#[test]
fn it_has_a_bound_and_lets_the_oldest_go() {
    let memory = ClientMemory::default();
    let record = record(&World::new());
    let name = |number: usize| format!("client {number}");
    for number in 0..LIMIT {
        memory.keep(named(&record, &name(number)), Timestamp(100 + i64::from(number > 0)));
    }
    memory.keep(named(&record, &name(1)), Timestamp(102));
    assert_eq!(memory.size(), LIMIT, "one that is known takes no place");
    memory.keep(named(&record, "another"), Timestamp(103));
    assert_eq!(memory.size(), LIMIT);
    let knows = |name: String| memory.recall(&ClientId(name), Timestamp(103)).is_some();
    assert!(!knows(name(0)) && knows(name(1)) && knows("another".to_owned()));
    memory.keep(named(&record, "much later"), Timestamp(103 + FRESH));
    assert_eq!(memory.size(), 1, "what is not fresh goes first");
}

/// Another isolate has changed the client: what it would be refused for is looked at again, and only once.
#[test]
fn who_asks_for_a_newer_record_is_told_of_a_change() {
    let world = World::new();
    let old = record(&world);
    let newer = || pollster::block_on(find_newer(&world, &old.client_id)).expect("no fault");
    world.take_touches();
    assert_eq!(newer(), None);
    assert_eq!(world.take_touches().kv_gets, 0, "it was read this very second");
    world.advance(1);
    assert_eq!(newer(), None);
    assert_eq!(world.take_touches().kv_gets, 1, "there was none");
    assert_eq!(newer(), None);
    assert_eq!(world.take_touches().kv_gets, 0, "nobody has it read for every refusal");
    let mut changed = (*old).clone();
    changed.issued_at = Timestamp(1);
    world.set_kv(&ClientRecord::kv_key(&old.client_id), &serde_json::to_string(&changed).unwrap());
    world.advance(1);
    assert_eq!(newer(), Some(Rc::new(changed)));
    world.take_touches();
    assert_eq!(newer(), None, "it is remembered");
    assert_eq!(world.take_touches().kv_gets, 0);
}
