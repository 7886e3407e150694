//! What one object owes another arrives at least once, however long the other cannot be reached.

use super::request::{Id, authorization, node, open_login};
use super::{id, rows};
use crate::flow::party::{Party, enrol};
use crate::world::{World, delete};
use treeline::client::home::{AddUser, RevokeClient};
use treeline::oauth::ids::{ClientId, UserId};
use treeline::oauth::time::Timestamp;
use treeline::object::{Class, outbox};
use treeline::platform::Platform;
use treeline::session::consent::GiveConsent;

const USER: &str = "diana";

fn scene() -> (World, Party, ClientId) {
    let world = World::new();
    enrol(&world, USER);
    let party = Party::register(&world);
    let client_id = id(&party);
    (world, party, client_id)
}

fn authorize(world: &World, user: &str, client_id: &ClientId, number: u64) {
    let authorization = authorization(number, client_id, "openid");
    world.ask(user, open_login(number, authorization.clone())).expect("a login");
    let login_id = node(Id::Login, number);
    world.ask(user, GiveConsent { login_id, authorization }).expect("a consent");
}

fn owed(world: &World) -> i64 {
    rows(world, USER).get("outbox").copied().unwrap_or(0)
}

#[test]
fn a_client_is_told_of_a_user_once_per_session() {
    let (world, _, client_id) = scene();
    authorize(&world, USER, &client_id, 1);
    assert_eq!(owed(&world), 1);
    assert_eq!(world.next_alarm(Class::UserSession, USER), Some(world.now()), "at once");
    authorize(&world, USER, &client_id, 2);
    assert_eq!(owed(&world), 1, "the session is there already");
    world.run_alarms();
    assert_eq!(owed(&world), 0);
    authorize(&world, USER, &client_id, 3);
    assert_eq!(owed(&world), 0);
}

#[test]
fn what_is_not_answered_is_tried_again_after_waits_that_double() {
    let (world, _, client_id) = scene();
    world.set_reachable(Class::Registration, client_id.as_str(), false);
    authorize(&world, USER, &client_id, 1);
    let mut waits = vec![];
    for _ in 0..15 {
        world.run_alarms();
        assert_eq!(owed(&world), 1);
        let storage = world.storage(Class::UserSession, USER);
        let next = outbox::next_due(storage.as_ref()).expect("a database").expect("something owed");
        let wait = next.since(world.now());
        waits.push(wait);
        // A second too early nothing is tried.
        world.advance(wait - 1);
        world.run_alarms();
        assert_eq!(outbox::next_due(storage.as_ref()).expect("a database"), Some(next));
        world.advance(1);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
    world.set_reachable(Class::Registration, client_id.as_str(), true);
    world.run_alarms();
    assert_eq!(owed(&world), 0);
}

#[test]
fn a_deletion_waits_for_every_user() {
    let (world, party, client_id) = scene();
    enrol(&world, "rigo");
    authorize(&world, USER, &client_id, 1);
    authorize(&world, "rigo", &client_id, 1);
    world.run_alarms();
    world.set_reachable(Class::UserSession, "rigo", false);
    assert_eq!(
        delete(&party.client.configuration())
            .bearer(party.client.token())
            .send(&world)
            .status,
        204
    );
    let revoked = |user: &str| {
        let storage = world.storage(Class::UserSession, user);
        let rows = treeline::object::sql::Sql::exec(storage.as_ref(), "SELECT revoked_at FROM client_session", &[]).expect("rows");
        rows[0].optional_integer(0).expect("a time").map(Timestamp)
    };
    assert_eq!(
        (revoked(USER), revoked("rigo")),
        (Some(world.now()), None),
        "one object that fails keeps nothing from the others"
    );
    world.advance(600);
    world.run_alarms();
    assert_eq!(revoked("rigo"), None);
    world.set_reachable(Class::UserSession, "rigo", true);
    world.advance(3600);
    world.run_alarms();
    assert_eq!(revoked("rigo"), Some(world.now()));
}

#[test]
fn what_arrives_twice_has_arrived_once() {
    let (world, _, client_id) = scene();
    authorize(&world, USER, &client_id, 1);
    let add = || AddUser {
        user_id: UserId::from_canonical(USER.to_owned()),
        client_id: client_id.clone(),
    };
    world.run_alarms();
    let before = world.dump();
    world.ask(client_id.as_str(), add()).expect("the client");
    assert_eq!(world.dump(), before);

    let revoke = || RevokeClient {
        client_id: client_id.clone(),
    };
    world.ask(USER, revoke()).expect("the user");
    let after = world.dump();
    assert_ne!(after, before);
    world.advance(10);
    world.ask(USER, revoke()).expect("the user");
    assert_eq!(world.dump(), after, "the time of the first revocation stays");
}

#[test]
fn more_than_one_batch_is_delivered() {
    let (world, party, client_id) = scene();
    let users: Vec<String> = (0..100).map(|number| format!("user{number}")).collect();
    for user in &users {
        enrol(&world, user);
        world
            .ask(user, open_login(1, authorization(1, &client_id, "openid")))
            .expect("a login");
    }
    world.run_alarms();
    assert_eq!(
        delete(&party.client.configuration())
            .bearer(party.client.token())
            .send(&world)
            .status,
        204
    );
    world.run_alarms();
    for user in &users {
        let dump = world.storage(Class::UserSession, user).dump();
        let session = dump.lines().find(|line| line.contains("client_session")).expect("a session");
        assert!(!session.contains("Null"), "{user} has not been told: {session}");
    }
    let owed = world.storage(Class::Registration, client_id.as_str()).dump();
    assert!(!owed.contains("outbox"), "{owed}");
}
