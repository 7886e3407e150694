//! What a request costs does not grow with the years: neither the tree of a user who has signed in ten thousand times, nor any statement's way to its rows.

use super::alarm::Alarm;
use super::request::{Id, authorization, node, open_login, redeem};
use super::{entries, id, tree_rows};
use crate::flow::party::{Party, enrol};
use crate::world::World;
use treeline::object::Class;
use treeline::object::sql::Sql;
use treeline::session::claims::ReadClaims;
use treeline::session::consent::GiveConsent;
use treeline::session::login::Progress;
use treeline::session::mint::RefreshLifetimes;
use treeline::session::refresh::RefreshTokens;

const USER: &str = "diana";

/// Rows of the tree, rows of the audit trail and bytes of the database, and the steps that the last ten rounds took.
type Size = (i64, i64, i64, u64);

fn size(world: &World, steps: u64) -> Size {
    let storage = world.storage(Class::UserSession, USER);
    let number = |pragma: &str| storage.exec(pragma, &[]).expect("a pragma")[0].integer(0).expect("a number");
    let bytes = (number("PRAGMA page_count") - number("PRAGMA freelist_count")) * number("PRAGMA page_size");
    (tree_rows(world, USER).values().sum(), entries(world, USER), bytes, steps)
}

#[test]
fn ten_thousand_logins_leave_a_tree_as_small_as_three_thousand() {
    let world = World::with(&[("CLIENT_LIFETIME", "0")]);
    enrol(&world, USER);
    let client_id = id(&Party::register(&world));
    let mut alarm = Alarm::new(&world, USER);
    let mut sizes = vec![];
    let steps = |world: &World| world.storage(Class::UserSession, USER).steps();
    let mut before = 0;
    for number in 0..10_000 {
        if number % 1000 == 990 {
            before = steps(&world);
        }
        let authorization = authorization(number, &client_id, "openid offline_access");
        let progress = world.ask(USER, open_login(number, authorization.clone())).expect("a login");
        let login_id = node(Id::Login, number);
        if progress == Progress::ConsentNeeded {
            world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
        }
        world.ask(USER, redeem(number, &client_id)).expect("tokens");
        let token_id = node(Id::AccessToken, number);
        world.ask(USER, ReadClaims { token_id }).expect("claims");
        let refresh = RefreshTokens {
            refresh_token_id: node(Id::RefreshToken, number),
            client_id: client_id.clone(),
            successor_id: node(Id::RefreshToken, 1_000_000 + number),
            refresh_lifetimes: RefreshLifetimes { all: 86_400, idle: 0 },
            grace: 30,
            access_token_id: node(Id::AccessToken, 1_000_000 + number),
            access_token_lifetime: 3600,
            narrowed: None,
        };
        world.ask(USER, refresh).expect("a refresh");
        alarm.set();
        // After three thousand the trail is as long as it gets: ninety days, and the one that is swept next.
        if number == 2999 || number == 9999 {
            sizes.push(size(&world, steps(&world) - before));
        }
        // Twenty-four a day: more than a year.
        alarm.pass(3600);
    }
    println!("rows, entries, bytes and steps of ten rounds after 3,000 and 10,000 logins: {sizes:?}");
    let [
        (early_rows, early_trail, early_bytes, early_steps),
        (late_rows, late_trail, late_bytes, late_steps),
    ] = sizes[..]
    else {
        panic!("{sizes:?}");
    };
    assert!(late_rows <= early_rows + 8, "{sizes:?}");
    assert!(late_bytes <= early_bytes + early_bytes / 5, "{sizes:?}");
    assert!(late_steps <= early_steps + early_steps / 5, "{sizes:?}");
    assert!(late_trail <= early_trail + 24 && late_trail <= 91 * 24 + 24, "{sizes:?}");
    // 256 bytes for each entry of the trail, and what a tree without one takes.
    assert!(late_rows < 200 && late_bytes < 256 * 1024 + 256 * late_trail, "{sizes:?}");
}
