//! The audit trail as storage: it goes by age, costs no wake of its own more often than once a day, and has an end however much happens.

use super::alarm::Alarm;
use super::request::{authorization, guess, open_login, sign_in};
use super::{id, rows};
use crate::flow::party::{Party, enrol};
use crate::world::World;
use treeline::object::sql::Sql;
use treeline::object::{Class, Refusal};
use treeline::platform::Platform;
use treeline::session::audit::{self, ListAudit};

const USER: &str = "diana";
const DAY: i64 = 86_400;
const LIFETIME: i64 = 90 * DAY;

fn trail(world: &World) -> Vec<serde_json::Value> {
    world.ask(USER, ListAudit { before: None }).expect("a trail")
}

fn kept(world: &World) -> i64 {
    rows(world, USER).get("audit").copied().unwrap_or(0)
}

#[test]
fn an_entry_is_shown_for_its_lifetime_and_removed_within_a_day_of_its_end() {
    let world = World::new();
    enrol(&world, USER);
    let mut alarm = Alarm::new(&world, USER);
    world.ask(USER, sign_in(1)).expect("a login");
    alarm.set();
    alarm.pass(LIFETIME - 1);
    assert_eq!((trail(&world).len(), kept(&world)), (1, 1));
    alarm.pass(1);
    assert_eq!((trail(&world).len(), kept(&world)), (0, 1), "nobody sees it any more");
    alarm.pass(DAY + 600);
    assert_eq!(kept(&world), 0);
    assert_eq!(rows(&world, USER).get("meta"), Some(&3));
    assert_eq!(world.next_alarm(Class::UserSession, USER), None, "it sleeps until somebody comes");
    assert_eq!(alarm.wakes, 2, "for the login, and for the trail");
}

#[test]
fn a_trail_wakes_its_object_once_a_day_at_most() {
    let world = World::new();
    enrol(&world, USER);
    let mut alarm = Alarm::new(&world, USER);
    // Ten days of three sign-ins a day; then nothing but the trail is left.
    for number in 0..30 {
        world.ask(USER, sign_in(number)).expect("a login");
        alarm.set();
        alarm.pass(8 * 3600);
    }
    alarm.pass(2 * DAY);
    assert_eq!((rows(&world, USER).get("login"), kept(&world)), (None, 30));
    let before = alarm.wakes;
    alarm.pass(LIFETIME);
    assert_eq!(kept(&world), 0);
    assert!((1..=11).contains(&(alarm.wakes - before)), "{} wakes", alarm.wakes - before);
}

#[test]
fn a_trail_has_ten_thousand_entries_at_most() {
    let world = World::new();
    enrol(&world, USER);
    let client_id = id(&Party::register(&world));
    let storage = world.storage(Class::UserSession, USER);
    for id in [5, 25, 9990] {
        let earlier = format!(
            "INSERT INTO audit (id, at, event, detail) VALUES ({id}, {}, 'granted', '{{}}')",
            world.now().0
        );
        storage.exec(&earlier, &[]).expect("an entry");
    }
    for number in 0..30 {
        let asked = authorization(number, &client_id, "openid");
        world.ask(USER, open_login(number, asked)).expect("a login");
    }
    let ids = storage.exec("SELECT min(id), max(id) FROM audit", &[]).expect("ids");
    assert_eq!(
        (ids[0].integer(0), ids[0].integer(1)),
        (Ok(25), Ok(10_020)),
        "whatever is below 21 has gone"
    );
}

#[test]
fn where_no_trail_is_kept_nothing_is_written() {
    let world = World::with(&[("AUDIT_LIFETIME", "0")]);
    enrol(&world, USER);
    world.ask(USER, sign_in(1)).expect("a login");
    assert_eq!(world.ask(USER, guess(0)).err(), Some(Refusal::TooMany));
    assert_eq!(
        (kept(&world), rows(&world, USER).get("meta")),
        (0, Some(&3)),
        "the facts of the account"
    );
    assert_eq!(trail(&world), [] as [serde_json::Value; 0]);
}

#[test]
fn a_trail_that_is_kept_no_longer_goes_with_its_sweep() {
    let world = World::new();
    enrol(&world, USER);
    world.ask(USER, sign_in(1)).expect("a login");
    let at = audit::next_sweep(world.storage(Class::UserSession, USER).as_ref())
        .expect("a database")
        .expect("a time");
    assert_eq!(at.since(world.now()), LIFETIME + DAY);
    let storage = crate::world::Sqlite::with_audit_lifetime(0);
    for statement in [
        "CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, client_id TEXT, detail TEXT NOT NULL) STRICT",
        "INSERT INTO audit VALUES (1, 50, 'signed_in', NULL, '{}')",
    ] {
        storage.exec(statement, &[]).expect("a table");
    }
    audit::sweep(&storage, treeline::oauth::time::Timestamp(50 + DAY)).expect("a sweep");
    assert_eq!(storage.dump(), "", "nothing is left");
}
