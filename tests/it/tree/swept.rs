//! What a sweep takes and what it leaves. It only makes room: nobody can tell whether it has run.

use super::request::{Id, authorization, guess, node, open_login, redeem};
use super::{id, sweep, tree_rows};
use crate::flow::party::{Party, enrol};
use crate::world::World;
use treeline::client::home::AddUser;
use treeline::oauth::ids::{ClientId, NodeId, UserId};
use treeline::object::{Class, Refusal, Sweep, outbox};
use treeline::platform::Platform;
use treeline::session::claims::ReadClaims;
use treeline::session::consent::{DenyConsent, GiveConsent};
use treeline::session::mint::RefreshLifetimes;
use treeline::session::redeem::RedeemCode;
use treeline::session::refresh::RefreshTokens;

const USER: &str = "diana";

fn scene() -> (World, ClientId) {
    let world = World::new();
    enrol(&world, USER);
    let client_id = id(&Party::register(&world));
    (world, client_id)
}

/// Signs in and consents: the `number`th code is minted.
fn authorize(world: &World, client_id: &ClientId, number: u64) {
    let authorization = authorization(number, client_id, "openid");
    let login_id = node(Id::Login, number);
    world.ask(USER, open_login(number, authorization.clone())).expect("a login");
    world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
}

fn is_accepted(world: &World, number: u64) -> bool {
    let token_id = node(Id::AccessToken, number);
    world.ask(USER, ReadClaims { token_id }).is_ok()
}

fn count(world: &World, table: &str) -> i64 {
    tree_rows(world, USER).get(table).copied().unwrap_or(0)
}

#[test]
fn the_replay_of_a_code_that_has_long_expired_is_seen() {
    let (world, client_id) = scene();
    authorize(&world, &client_id, 1);
    world.ask(USER, redeem(1, &client_id)).expect("tokens");
    world.advance(3599);
    sweep(&world, USER);
    assert_eq!(count(&world, "token"), 1);
    assert!(is_accepted(&world, 1));
    assert_eq!(world.ask(USER, redeem(1, &client_id)), Err(Refusal::InvalidGrant));
    assert!(!is_accepted(&world, 1), "the replay has been seen");
    world.advance(1);
    sweep(&world, USER);
    assert_eq!(count(&world, "token"), 0, "now there is nothing to take back");
    assert_eq!(world.ask(USER, redeem(1, &client_id)), Err(Refusal::InvalidGrant));
}

/// The access token that a code has bought goes, by a refresh or by a sweep: the grant knows without it that its code is used, and when it was.
#[test]
fn a_used_code_outlives_its_access_token() {
    for is_swept in [false, true] {
        let (world, client_id) = scene();
        sign_in(&world, &client_id, 1, 1);
        let authorization = authorization(1, &client_id, "openid offline_access");
        let login_id = node(Id::Login, 1);
        world.ask(USER, GiveConsent { login_id, authorization }).expect("a consent");
        let short = || RedeemCode {
            access_token_lifetime: 1,
            ..redeem(1, &client_id)
        };
        world.ask(USER, short()).expect("tokens");
        world.advance(1);
        let drawn = |number: u8| NodeId::derived("drawn", &[&[number]]).within(node(Id::Grant, 1));
        let refreshed = |access_token| {
            world.ask(
                USER,
                RefreshTokens {
                    refresh_token_id: node(Id::RefreshToken, 1),
                    client_id: client_id.clone(),
                    successor_id: drawn(0),
                    refresh_lifetimes: RefreshLifetimes { all: 86_400, idle: 0 },
                    grace: 30,
                    access_token_id: drawn(access_token),
                    access_token_lifetime: 3600,
                    narrowed: None,
                },
            )
        };
        match is_swept {
            true => drop(sweep(&world, USER)),
            false => drop(refreshed(2).expect("tokens")),
        }
        let heir = node(Id::AccessToken, 1);
        assert!(!world.dump().contains(&format!("Blob({:?})", heir.0)), "swept: {is_swept}");
        // The form that was sent twice.
        assert_eq!(world.ask(USER, short()), Err(Refusal::InvalidGrant));
        refreshed(3).expect("nothing has ended");
        world.advance(1);
        assert_eq!(world.ask(USER, short()), Err(Refusal::InvalidGrant));
        assert_eq!(
            refreshed(4),
            Err(Refusal::InvalidGrant),
            "the replay has been seen, swept: {is_swept}"
        );
    }
}

#[test]
fn a_code_goes_with_its_grant() {
    let (world, client_id) = scene();
    authorize(&world, &client_id, 1);
    assert_eq!((count(&world, "token"), count(&world, "grant_")), (0, 1));
    world.advance(60);
    sweep(&world, USER);
    assert_eq!(world.ask(USER, redeem(1, &client_id)), Err(Refusal::InvalidGrant));
    assert_eq!(count(&world, "grant_"), 1);
    world.advance(43_200);
    sweep(&world, USER);
    assert_eq!(count(&world, "grant_"), 0);
}

#[test]
fn a_login_stays_while_a_grant_needs_it() {
    let (world, client_id) = scene();
    authorize(&world, &client_id, 1);
    world.advance(3600);
    sweep(&world, USER);
    assert_eq!(count(&world, "login"), 1, "the grant's tokens say when the person signed in");
    world.advance(43_200 - 3600 - 1);
    sweep(&world, USER);
    assert_eq!(
        (count(&world, "grant_"), count(&world, "client_session"), count(&world, "login")),
        (1, 1, 1)
    );
    world.advance(1);
    sweep(&world, USER);
    assert_eq!(
        (count(&world, "grant_"), count(&world, "client_session"), count(&world, "login")),
        (0, 0, 0)
    );
    assert_eq!(count(&world, "consent"), 1);
}

#[test]
fn a_grant_that_nobody_answered_goes_with_its_form() {
    let (world, client_id) = scene();
    world
        .ask(USER, open_login(1, authorization(1, &client_id, "openid")))
        .expect("a login");
    world.advance(1799);
    sweep(&world, USER);
    assert_eq!((count(&world, "grant_"), count(&world, "client_session")), (1, 1));
    world.advance(1);
    sweep(&world, USER);
    assert_eq!(
        (count(&world, "grant_"), count(&world, "client_session"), count(&world, "login")),
        (0, 0, 1)
    );
    world.advance(1800);
    sweep(&world, USER);
    assert_eq!(count(&world, "login"), 0);
}

#[test]
fn a_sweep_that_runs_twice_is_one_sweep() {
    let (world, client_id) = scene();
    for number in 1..4 {
        authorize(&world, &client_id, number);
        world.ask(USER, redeem(number, &client_id)).expect("tokens");
        world.advance(3000);
    }
    for _ in 0..20 {
        assert_eq!(sweep(&world, USER), Sweep::Keep);
        // Rows that only others held go one sweep later.
        sweep(&world, USER);
        let before = world.dump();
        assert_eq!(sweep(&world, USER), Sweep::Keep);
        assert_eq!(world.dump(), before);
        world.advance(3000);
    }
}

#[test]
fn the_alarm_is_set_for_ten_minutes_after_the_first_end() {
    let (world, client_id) = scene();
    let wakes_in = |world: &World| {
        let next = world.next_alarm(Class::UserSession, USER);
        next.map(|next| next.since(world.now()) - 600)
    };
    assert_eq!(wakes_in(&world), None, "an account alone sleeps");
    let asked = authorization(1, &client_id, "openid");
    world.ask(USER, open_login(1, asked.clone())).expect("a login");
    world.run_alarms();
    assert_eq!(wakes_in(&world), Some(1800), "the form");
    let login_id = node(Id::Login, 1);
    world
        .ask(
            USER,
            GiveConsent {
                login_id,
                authorization: asked,
            },
        )
        .expect("a consent");
    assert_eq!(
        wakes_in(&world),
        Some(43_200),
        "the grant; tokens go with it, and a login stays as long"
    );
    world.ask(USER, guess(10)).expect("a try");
    assert_eq!(wakes_in(&world), Some(900));
    world.advance(900);
    assert_eq!(wakes_in(&world), Some(0), "however late it is asked");
    world.advance(5000);
    assert_eq!(wakes_in(&world), Some(-600), "at once where that is over");
    sweep(&world, USER);
    assert_eq!(wakes_in(&world), Some(43_200 - 5900));
    let grant_id = node(Id::Grant, 2);
    world
        .ask(USER, open_login(2, authorization(2, &client_id, "openid email")))
        .expect("a login");
    world.ask(USER, DenyConsent { grant_id }).expect("a denial");
    assert_eq!(wakes_in(&world), Some(3600), "a login without a grant");
}

/// Signs in with the form of the request `asked`, in a login of its own.
fn sign_in(world: &World, client_id: &ClientId, login: u64, asked: u64) {
    let mut command = open_login(login, authorization(asked, client_id, "openid offline_access"));
    command.authorization.grant_lifetime = 3650 * 86_400;
    world.ask(USER, command).expect("a login");
}

#[test]
fn a_login_that_loses_its_grant_or_never_had_one_goes_at_its_own_end() {
    // The form is sent again before the person has said yes, in which case the grant moves, or after that.
    for moves in [true, false] {
        let (world, client_id) = scene();
        sign_in(&world, &client_id, 1, 1);
        // Tells the client of the user, and sweeps: nothing does after this.
        world.run_alarms();
        let consent = |login| GiveConsent {
            login_id: node(Id::Login, login),
            authorization: {
                let mut asked = authorization(1, &client_id, "openid offline_access");
                asked.grant_lifetime = 3650 * 86_400;
                asked
            },
        };
        if !moves {
            world.ask(USER, consent(1)).expect("a consent");
        }
        sign_in(&world, &client_id, 2, 1);
        if moves {
            world.ask(USER, consent(2)).expect("a consent");
        }
        let next = world.next_alarm(Class::UserSession, USER).expect("an alarm");
        assert_eq!(next.since(world.now()), 3600 + 600, "moves: {moves}");
        world.advance(3600);
        sweep(&world, USER);
        assert_eq!((count(&world, "login"), count(&world, "grant_")), (1, 1), "moves: {moves}");
        let next = world.next_alarm(Class::UserSession, USER).expect("an alarm");
        assert!(next.since(world.now()) > 86_400, "the years of the grant");
    }
}

#[test]
fn a_login_that_outlives_its_grant_goes_at_its_own_end() {
    let (world, client_id) = scene();
    sign_in(&world, &client_id, 1, 1);
    world.run_alarms();
    world.advance(1800);
    sweep(&world, USER);
    assert_eq!((count(&world, "login"), count(&world, "grant_")), (1, 0));
    let next = world.next_alarm(Class::UserSession, USER).expect("an alarm");
    assert_eq!(next.since(world.now()), 1800 + 600);
    // What got a grant again is held by it, and the note goes with the next sweep.
    world
        .ask(USER, open_login(2, authorization(2, &client_id, "openid")))
        .expect("a login");
    world.advance(3600);
    sweep(&world, USER);
    assert_eq!((count(&world, "login"), count(&world, "meta")), (0, 3), "the facts of the account");
}

#[test]
fn a_sweep_of_nothing_makes_nothing() {
    let world = World::new();
    assert_eq!(sweep(&world, USER), Sweep::Keep);
    assert_eq!(world.next_alarm(Class::UserSession, USER), None);
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
}

#[test]
fn tries_at_an_account_go_and_leave_the_account() {
    let world = World::new();
    enrol(&world, USER);
    let before = world.dump();
    world.ask(USER, guess(10)).expect("a try");
    assert_ne!(world.dump(), before);
    world.advance(900);
    assert_eq!(sweep(&world, USER), Sweep::Keep);
    assert_eq!(world.dump(), before);
}

#[test]
fn an_object_that_owes_something_is_not_deleted() {
    // A name without an account never owes anything; should it ever, what is owed goes first.
    let world = World::new();
    world.ask(USER, guess(10)).expect("a try");
    let client_id = ClientId("some-client".to_owned());
    let user_id = UserId::from_canonical(USER.to_owned());
    let notice = AddUser { user_id, client_id };
    let storage = world.storage(Class::UserSession, USER);
    outbox::post(storage.as_ref(), "some-client", &notice, world.now()).expect("an outbox");
    world.advance(900);
    assert_eq!(sweep(&world, USER), Sweep::Keep);
    // Refused by a client that is not there, and so answered.
    world.run_alarms();
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
}
