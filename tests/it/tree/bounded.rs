//! A tree does not grow without end: months of use leave what is in force and nothing else.

use super::alarm::Alarm;
use super::request::{Id, authorization, guess, node, open_login, redeem};
use super::{entries, id, rows, tree_rows};
use crate::flow::party::{Party, enrol};
use crate::world::World;
use std::collections::BTreeMap;
use treeline::oauth::ids::ClientId;
use treeline::object::{Class, Refusal};
use treeline::session::claims::ReadClaims;
use treeline::session::consent::{DenyConsent, GiveConsent};
use treeline::session::login::Progress;

const USER: &str = "diana";
const DAY: i64 = 86_400;

/// What an account without any session holds.
fn account_alone() -> BTreeMap<String, i64> {
    [("credential", 1), ("meta", 3), ("profile", 6)]
        .map(|(table, rows)| (table.to_owned(), rows))
        .into()
}

/// How many rows the tree has.
fn size(world: &World) -> i64 {
    tree_rows(world, USER).values().sum()
}

fn count_try(world: &World, user: &str) {
    world.ask(user, guess(10)).expect("a try");
}

/// One visit: a sign-in with a wrong password first, and then, by turns, all that people and clients do.
fn visit(world: &World, client_id: &ClientId, number: u64) {
    count_try(world, USER);
    count_try(world, USER);
    let scope = ["openid", "openid email", "openid phone"][number as usize % 3];
    let authorization = authorization(number, client_id, scope);
    let progress = world.ask(USER, open_login(number, authorization.clone())).expect("a login");
    let login_id = node(Id::Login, number);
    if progress == Progress::ConsentNeeded {
        match number % 5 {
            // Leaves the page open.
            0 => return,
            1 => {
                let grant_id = authorization.grant_id;
                return world.ask(USER, DenyConsent { grant_id }).expect("a denial");
            }
            _ => {
                world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
            }
        }
    }
    match number % 4 {
        // Never redeems the code.
        0 => {}
        // Presents it twice.
        1 => {
            world.ask(USER, redeem(number, client_id)).expect("tokens");
            assert_eq!(world.ask(USER, redeem(number, client_id)), Err(Refusal::InvalidGrant));
        }
        // Presents it wrongly.
        2 => {
            let mut wrong = redeem(number, client_id);
            wrong.challenge = None;
            assert_eq!(world.ask(USER, wrong), Err(Refusal::InvalidGrant));
        }
        _ => {
            world.ask(USER, redeem(number, client_id)).expect("tokens");
            let token_id = node(Id::AccessToken, number);
            world.ask(USER, ReadClaims { token_id }).expect("claims");
        }
    }
}

#[test]
fn three_hundred_logins_over_a_hundred_days_leave_what_is_in_force() {
    let world = World::with(&[("CLIENT_LIFETIME", "0")]);
    enrol(&world, USER);
    let client_id = id(&Party::register(&world));
    let mut alarm = Alarm::new(&world, USER);
    let mut totals: Vec<i64> = vec![];
    for number in 0..300 {
        visit(&world, &client_id, number);
        alarm.set();
        totals.push(size(&world));
        alarm.pass(8 * 3600);
    }
    let most = |range: std::ops::Range<usize>| totals[range].iter().copied().max().expect("rows");
    assert!(most(100..300) <= most(0..100), "{} rows, then {}", most(0..100), most(100..300));
    // A visit every eight hours and grants of twelve: never more than two visits' rows beside the account's own.
    assert!(most(0..300) <= 30, "{}", most(0..300));
    // Ninety days of three visits, and a day's, each with three entries at most.
    let trail = entries(&world, USER);
    assert!((270..=91 * 9).contains(&trail), "{trail} entries");
    assert!(alarm.wakes <= 320, "{} wakes", alarm.wakes);

    // The trail is the last to go.
    alarm.pass(92 * DAY);
    let mut expected = account_alone();
    expected.insert("consent".to_owned(), 1);
    assert_eq!(rows(&world, USER), expected);
    assert_eq!(world.next_alarm(Class::UserSession, USER), None, "it sleeps until somebody comes");
}

/// Two days with a visit every five minutes: the most rows there were after one day and after two.
fn two_busy_days(after_each_visit: impl Fn(&mut Alarm<'_>)) -> (i64, i64) {
    let world = World::new();
    enrol(&world, USER);
    let client_id = id(&Party::register(&world));
    let mut alarm = Alarm::new(&world, USER);
    let mut totals: Vec<i64> = vec![];
    for number in 0..576 {
        visit(&world, &client_id, number);
        alarm.set();
        after_each_visit(&mut alarm);
        totals.push(size(&world));
        alarm.pass(300);
    }
    // What is over goes every ten minutes, and the client is told of the user once.
    assert!(alarm.wakes <= 2 * 24 * 6 + 10, "{} wakes", alarm.wakes);
    // The trail says last that the client has come to its end.
    alarm.pass(200 * DAY);
    let left = rows(&world, USER);
    assert!(
        left.keys().all(|table| account_alone().contains_key(table) || table == "consent"),
        "{left:?}"
    );
    let most = |range: std::ops::Range<usize>| totals[range].iter().copied().max().expect("rows");
    (most(240..288), most(480..576))
}

#[test]
fn a_busy_day_is_swept_as_well() {
    // Grants live twelve hours: after a day there are as many as after two.
    let (first, second) = two_busy_days(|_| {});
    assert!(second <= first + 10, "{first} rows after a day, {second} after two");
}

#[test]
fn an_object_that_forgets_its_alarm_is_swept_as_well() {
    // Between two visits the object is dropped from memory, and the next one finds it without a memory of its alarm.
    let (first, second) = two_busy_days(|alarm| alarm.evict());
    assert!(second <= first + 10, "{first} rows after a day, {second} after two");
}

#[test]
fn consents_go_with_their_clients() {
    let world = World::new();
    enrol(&world, USER);
    let mut alarm = Alarm::new(&world, USER);
    let mut consents: Vec<i64> = vec![];
    for number in 0..90 {
        let client_id = id(&Party::register(&world));
        let authorization = authorization(number, &client_id, "openid");
        let progress = world.ask(USER, open_login(number, authorization.clone())).expect("a login");
        assert_eq!(progress, Progress::ConsentNeeded, "every day another client");
        let login_id = node(Id::Login, number);
        world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
        alarm.set();
        consents.push(rows(&world, USER)["consent"]);
        alarm.pass(DAY);
        // The clients' own alarms.
        world.run_alarms();
        alarm.set();
    }
    // A client that registers itself lives thirty days.
    assert_eq!(consents.iter().max(), Some(&30), "{consents:?}");
    // And what the trail says of them goes in its time.
    alarm.pass(31 * DAY);
    world.run_alarms();
    alarm.set();
    alarm.pass(92 * DAY);
    assert_eq!(rows(&world, USER), account_alone());
    assert_eq!(world.stored(Class::Registration), [] as [String; 0]);
}

#[test]
fn a_name_without_an_account_leaves_nothing() {
    let world = World::new();
    let mut alarm = Alarm::new(&world, "nobody");
    for _ in 0..3 {
        count_try(&world, "nobody");
    }
    alarm.set();
    assert_eq!(world.stored(Class::UserSession), ["nobody"]);
    alarm.pass(899);
    assert_eq!(
        world.stored(Class::UserSession),
        ["nobody"],
        "the count holds as long as the window"
    );
    alarm.pass(601);
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
    assert_eq!(alarm.wakes, 1);
    // And again.
    count_try(&world, "nobody");
    alarm.set();
    alarm.pass(1500);
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
}

#[test]
fn an_account_keeps_its_object() {
    let world = World::new();
    enrol(&world, USER);
    let mut alarm = Alarm::new(&world, USER);
    count_try(&world, USER);
    alarm.set();
    alarm.pass(3650 * DAY);
    assert_eq!(rows(&world, USER), account_alone());
    alarm.wake();
    assert_eq!(rows(&world, USER), account_alone());
}
