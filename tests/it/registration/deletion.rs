//! Deleting a client: its grants are dead when the answer comes, whatever happens meanwhile.

use super::{MONTH, found, id, minimal, remove, revoked, sign_in, sign_in_again, with};
use crate::world::{World, delete, put};
use serde_json::json;
use treeline::client::change::{Change, ChangeRecord, NewMetadata};
use treeline::client::home::{AddUser, DeleteRecord, ReadRecord};
use treeline::client::memory::FRESH;
use treeline::client::record::{ClientRecord, TOMBSTONE};
use treeline::oauth::ids::UserId;
use treeline::object::{Class, Refusal};

#[test]
fn deletion_revokes_every_user_s_session_before_it_answers() {
    let world = World::new();
    let (client, other) = (world.register(minimal()), world.register(minimal()));
    for user in ["diana", "carol"] {
        sign_in(&world, user, &client);
        sign_in(&world, user, &other);
    }
    assert_eq!(remove(&world, &client), 204);
    for user in ["diana", "carol"] {
        assert!(revoked(&world, user, &client));
        assert!(!revoked(&world, user, &other), "another client's session stays");
    }
    assert!(!found(&world, &client));
    assert!(found(&world, &other));
}

#[test]
fn deletion_reaches_a_hundred_users() {
    let world = World::new();
    let client = world.register(minimal());
    let users: Vec<String> = (0..100).map(|number| format!("user{number}")).collect();
    for user in &users {
        sign_in(&world, user, &client);
    }
    assert_eq!(remove(&world, &client), 204);
    assert!(users.iter().all(|user| revoked(&world, user, &client)));
}

#[test]
fn an_object_that_cannot_be_reached_is_told_later() {
    let world = World::new();
    let client = world.register(minimal());
    sign_in(&world, "diana", &client);
    world.set_reachable(Class::UserSession, "diana", false);
    assert_eq!(remove(&world, &client), 204);
    assert!(!revoked(&world, "diana", &client));
    world.set_reachable(Class::UserSession, "diana", true);
    world.advance(60);
    world.run_alarms();
    assert!(revoked(&world, "diana", &client));
}

/// A login page that was open when the client was deleted, at a place whose KV still knows the client.
#[test]
fn a_session_that_is_born_in_the_race_dies() {
    let world = World::new();
    let client = world.register(minimal());
    sign_in(&world, "diana", &client);
    assert_eq!(remove(&world, &client), 204);
    sign_in_again(&world, "diana", &client);
    assert!(!revoked(&world, "diana", &client));
    world.run_alarms();
    assert!(revoked(&world, "diana", &client));
}

#[test]
fn a_place_whose_kv_lags_knows_a_deleted_client_no_longer_than_kv_lags() {
    let world = World::new();
    let client = world.register(minimal());
    world.freeze_kv();
    assert_eq!(remove(&world, &client), 204);
    assert!(found(&world, &client));
    world.thaw_kv();
    world.advance(FRESH);
    assert!(!found(&world, &client));
}

/// The provider dies after each step of a deletion in turn. Once anything of it has been done, nobody can use the client, and doing it again
/// completes it.
#[test]
fn a_deletion_that_breaks_off_leaves_a_dead_client() {
    for steps in 0..10 {
        let world = World::new();
        let client = world.register(minimal());
        sign_in(&world, "diana", &client);
        world.die_after(steps);
        let status = remove(&world, &client);
        world.revive();
        let begun = world.kv_text(&ClientRecord::kv_key(&id(&client))).as_deref() == Some(TOMBSTONE);
        let revoked_yet = revoked(&world, "diana", &client);
        assert_eq!(found(&world, &client), !begun, "after {steps} steps");
        assert!(begun || !revoked_yet, "after {steps} steps");
        if status == 204 {
            assert!(begun && revoked_yet);
            return;
        }
        assert_eq!(status, 503);
        assert_eq!(remove(&world, &client), 204, "after {steps} steps");
        assert!(revoked(&world, "diana", &client) && !found(&world, &client), "after {steps} steps");
    }
    panic!("a deletion takes more than ten steps");
}

/// In whichever order their steps fall, the client is dead in both stores.
#[test]
fn an_update_and_a_deletion_at_once_leave_a_dead_client() {
    for (first, second) in (0..8).flat_map(|turns| [(0, turns), (turns, 0)]) {
        let world = World::new();
        let client = world.register(minimal());
        let update = with(json!({ "client_id": client.id(), "client_name": "new" }));
        world.slow_next_put(if first == 0 { 0 } else { 20 });
        world.send_staggered(&[
            (first, delete(&client.configuration()).bearer(client.token()).build()),
            (second, put(&client.configuration()).bearer(client.token()).json(&update).build()),
        ]);
        assert!(!found(&world, &client), "{first} {second}");
        assert_eq!(world.ask(client.id(), ReadRecord {}).err(), Some(Refusal::NotFound));
    }
}

#[test]
fn updates_at_once_leave_one_record_in_both_stores() {
    for turns in 0..6 {
        let world = World::new();
        let client = world.register(minimal());
        let update = |number: usize| {
            let metadata = with(json!({ "client_id": client.id(), "client_name": format!("name {number}") }));
            (
                number * turns,
                put(&client.configuration()).bearer(client.token()).json(&metadata).build(),
            )
        };
        // The first copy to KV is the last to arrive.
        world.slow_next_put(20);
        let responses = world.send_staggered(&[update(0), update(1), update(2)]);
        assert!(responses.iter().all(|response| response.status == 200));
        let strong = world.ask(client.id(), ReadRecord {}).unwrap();
        let copy = world.kv_text(&ClientRecord::kv_key(&id(&client))).unwrap();
        assert_eq!(serde_json::from_str::<ClientRecord>(&copy).unwrap(), strong);
    }
}

#[test]
fn commands_of_a_client_s_object_may_come_twice() {
    let world = World::new();
    let client = world.register(minimal());
    let record = world.ask(client.id(), ReadRecord {}).unwrap();
    let add = || AddUser {
        user_id: UserId::from_canonical("diana".to_owned()),
        client_id: id(&client),
    };
    assert_eq!(world.ask(client.id(), add()), Ok(()));
    assert_eq!(world.ask(client.id(), add()), Ok(()));
    assert_eq!(world.ask(client.id(), DeleteRecord {}), Ok(()));
    assert_eq!(world.ask(client.id(), DeleteRecord {}), Ok(()));
    assert_eq!(world.ask(client.id(), ReadRecord {}), Err(Refusal::NotFound));
    let new = NewMetadata {
        metadata: record.metadata,
        sealed_secret: None,
        expires_at: None,
    };
    for change in [
        Change::Metadata(Box::new(new)),
        Change::Secret(String::new()),
        Change::Policy(Box::new(record.policy)),
    ] {
        assert_eq!(world.ask(client.id(), ChangeRecord { change }), Err(Refusal::NotFound));
    }
    assert_eq!(world.stored(Class::UserSession), Vec::<String>::new(), "the news creates no user");
    assert_eq!(world.ask("another", add()), Err(Refusal::NotFound));
    assert_eq!(world.stored(Class::Registration), [client.id()]);
}

#[test]
fn a_deleted_client_without_an_end_is_forgotten_in_time() {
    let world = World::with(&[("CLIENT_LIFETIME", "0")]);
    let client = world.register(minimal());
    assert_eq!(remove(&world, &client), 204);
    world.advance(MONTH - 1);
    world.run_alarms();
    assert_eq!(world.stored(Class::Registration), [client.id()]);
    world.advance(1);
    world.run_alarms();
    assert_eq!(world.stored(Class::Registration), Vec::<String>::new());
    assert!(!found(&world, &client));
}
