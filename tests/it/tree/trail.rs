//! The audit trail as storage: it goes by age, costs no wake of its own more often than once a day, and has an end however much happens.

use super::alarm::Alarm;
use super::request::{Id, authorization, guess, node, open_login, sign_in};
use super::{entries, id, rows, scene, sweep, tree_rows};
use crate::flow::party::{Party, enrol};
use crate::world::World;
use serde_json::json;
use treeline::oauth::time::Timestamp;
use treeline::object::sql::Sql;
use treeline::object::{Class, Refusal};
use treeline::platform::Platform;
use treeline::session::audit::{self, ListAudit};
use treeline::session::authorize::Authorize;
use treeline::session::consent::GiveConsent;
use treeline::session::delete::DeleteAccount;
use treeline::session::epoch;
use treeline::session::logout::EndSession;
use treeline::session::nodes::{ListNodes, Node, RevokeNode};
use treeline::session::schema::SCHEMA;

const USER: &str = "diana";
const DAY: i64 = 86_400;
const LIFETIME: i64 = 90 * DAY;

fn trail(world: &World) -> Vec<serde_json::Value> {
    world.ask(USER, ListAudit { before: None }).expect("a trail")
}

fn kept(world: &World) -> i64 {
    entries(world, USER)
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
    assert_eq!((tree_rows(&world, USER).get("login"), kept(&world)), (None, 30));
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
    let login_id = node(Id::Login, 0);
    let asked = |number| authorization(number, &client_id, "openid");
    world.ask(USER, open_login(0, asked(0))).expect("a login");
    let authorization = asked(0);
    world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
    for number in 1..30 {
        let authorization = asked(number);
        let silent = Authorize {
            login_id,
            max_age: None,
            authorization,
        };
        world.ask(USER, silent).expect("a grant");
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
    let kept = [
        "INSERT INTO audit VALUES (1, 50, 'revoked', NULL, '{}')",
        "INSERT INTO login (id, auth_time, acr, expires_at, entry) VALUES (x'00', 50, '', 60, '{}')",
    ];
    for statement in SCHEMA.create.iter().copied().chain(kept) {
        storage.exec(statement, &[]).expect("a statement");
    }
    audit::sweep(&storage, Timestamp(50 + DAY)).expect("a sweep");
    assert_eq!(storage.dump(), "", "nothing is left");
}

/// Every entry of the trail by its event and its client, the oldest first.
fn told(world: &World) -> Vec<(String, bool)> {
    let read = |entry: &serde_json::Value| (entry["event"].as_str().expect("an event").to_owned(), !entry["client_id"].is_null());
    trail(world).iter().rev().map(read).collect()
}

#[test]
fn a_sign_in_is_its_own_entry_and_stands_where_it_happened() {
    let (world, client_id) = scene(USER);
    let asked = |number| authorization(number, &client_id, "openid");
    world.ask(USER, open_login(1, asked(1))).expect("a login");
    assert_eq!(rows(&world, USER).get("audit"), None);
    let (login_id, authorization) = (node(Id::Login, 1), asked(1));
    world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
    let mut phone = sign_in(2);
    (phone.device, phone.place) = ("Safari, iOS".to_owned(), "SE".to_owned());
    world.ask(USER, phone).expect("a login");
    let node_of_login = |number| Node::Login(node(Id::Login, number));
    world.ask(USER, RevokeNode { node: node_of_login(2) }).expect("a login");
    world.ask(USER, open_login(3, asked(3))).expect("a login");
    assert_eq!(rows(&world, USER)["audit"], 2);
    let expected = [
        ("signed_in", true),
        ("consented", true),
        ("signed_in", false),
        ("revoked", false),
        ("signed_in", true),
    ];
    assert_eq!(told(&world), expected.map(|(event, of_client)| (event.to_owned(), of_client)));
    let trail = trail(&world);
    let of_login = |number| node(Id::Login, number).hex();
    let grant = json!({ "login": of_login(3), "device": "", "place": "", "grant": node(Id::Grant, 3).hex(), "scope": "openid" });
    assert_eq!(trail[0]["detail"], grant);
    assert_eq!(
        trail[2]["detail"],
        json!({ "login": of_login(2), "device": "Safari, iOS", "place": "SE" })
    );
    // One after the other, each is where the list goes on.
    for (entry, next) in trail.iter().zip(&trail[1..]) {
        let before = entry["id"].as_str().map(str::to_owned);
        assert!(audit::is_entry_id(before.as_deref().expect("text")) && entry["id"].as_str() > next["id"].as_str());
        let rest = world.ask(USER, ListAudit { before }).expect("a trail");
        assert_eq!(rest.first(), Some(next));
    }
}

/// Nobody is told of a login that is over and stays as an entry: it cannot be ended, and is no session.
#[test]
fn a_login_that_is_an_entry_alone_is_no_login() {
    let world = World::new();
    enrol(&world, USER);
    world.ask(USER, sign_in(1)).expect("a login");
    for is_swept in [false, true] {
        world.advance(if is_swept { DAY } else { 3600 });
        if is_swept {
            sweep(&world, USER);
        }
        assert_eq!((kept(&world), rows(&world, USER)["login"]), (1, 1));
        assert_eq!(world.ask(USER, ListNodes {}).expect("nodes").logins.len(), 0, "swept: {is_swept}");
        let login_id = node(Id::Login, 1);
        let ended = RevokeNode {
            node: Node::Login(login_id),
        };
        assert_eq!(world.ask(USER, ended), Err(Refusal::NotFound), "swept: {is_swept}");
        let ended = EndSession {
            login_id: Some(login_id),
            ..EndSession::default()
        };
        assert!(!world.ask(USER, ended).expect("an answer").was_in_force, "swept: {is_swept}");
        world.ask(USER, RevokeNode { node: Node::User }).expect("a user");
        let storage = world.storage(Class::UserSession, USER);
        epoch::enter(storage.as_ref(), world.now(), world.now()).expect("an epoch");
        assert_eq!(told(&world), [("signed_in".to_owned(), false)], "swept: {is_swept}");
        let revoked = storage.exec("SELECT 1 FROM login WHERE revoked_at IS NOT NULL", &[]);
        assert_eq!(revoked, Ok(vec![]), "swept: {is_swept}");
    }
    // The account takes it along.
    world.ask(USER, DeleteAccount {}).expect("an account");
    assert_eq!(rows(&world, USER).get("login"), None);
}

#[test]
fn a_login_outlives_its_entry_where_it_is_in_force() {
    let world = World::new();
    enrol(&world, USER);
    let mut long = sign_in(1);
    long.lifetime = 365 * DAY;
    world.ask(USER, long).expect("a login");
    let mut alarm = Alarm::new(&world, USER);
    alarm.set();
    alarm.pass(LIFETIME + DAY + 600);
    assert_eq!((kept(&world), rows(&world, USER)["login"], alarm.wakes), (0, 1, 1));
    alarm.pass(300 * DAY);
    assert_eq!((rows(&world, USER).get("login"), alarm.wakes), (None, 2));
}

#[test]
fn sign_ins_beyond_ten_thousand_go_with_the_next_sweep() {
    let world = World::new();
    enrol(&world, USER);
    let storage = world.storage(Class::UserSession, USER);
    let now = world.now().0;
    // The last three are in force.
    let earlier = format!(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 10003)
         INSERT INTO login (id, auth_time, acr, expires_at, entry) SELECT randomblob(16), {now} - n, '', {now} + 4 - n, '{{}}' FROM number"
    );
    storage.exec(&earlier, &[]).expect("logins");
    let noted = format!("INSERT INTO audit (at, event, detail) VALUES ({now} - 10010, 'granted', '{{}}'), ({now}, 'granted', '{{}}')");
    storage.exec(&noted, &[]).expect("entries");
    sweep(&world, USER);
    assert_eq!(
        (kept(&world), rows(&world, USER)["login"], rows(&world, USER)["audit"]),
        (10_000, 9999, 1)
    );
    sweep(&world, USER);
    assert_eq!(kept(&world), 10_000);
}

/// The alarm of who has been here before is set already, for sooner: to set it costs as much as a row.
#[test]
fn who_comes_back_sets_no_alarm() {
    let (world, client_id) = scene(USER);
    let asked = |number| authorization(number, &client_id, "openid");
    world.ask(USER, open_login(1, asked(1))).expect("a login");
    let (login_id, authorization) = (node(Id::Login, 1), asked(1));
    world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
    world.run_alarms();
    let alarm = || world.storage(Class::UserSession, USER).alarm.get();
    world.ask(USER, guess(10)).expect("a try");
    world.advance(1000);
    world.run_alarms();
    world.ask(USER, guess(10)).expect("a try");
    let before = alarm();
    assert!(before.is_some());
    world.ask(USER, open_login(2, asked(2))).expect("a login");
    assert_eq!(alarm(), before);
}
