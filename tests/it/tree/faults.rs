//! A storage that fails in the middle of a command: whichever statement it is, the object is as it was before, and the same command, sent
//! again, does its work.

use super::request::{Id, authorization, guess, node, open_login, redeem, sign_in, wrong};
use super::{scene, tables};
use crate::flow::party::set_disabled;
use crate::world::{Sqlite, World};
use std::cell::Cell;
use treeline::client::change::{Change as ClientChange, ChangeRecord, NewMetadata};
use treeline::client::home::{AddUser, CreateRecord, DeleteRecord, ReadRecord, RevokeClient};
use treeline::jose::alg::Alg;
use treeline::jose::jwk::{PublicJwk, PublicNumbers};
use treeline::jose::keyset::StoredKey;
use treeline::jose::keyset::ring::{self, Keeping, ReadKeys};
use treeline::jose::keyset::schedule::{ACTIVATION, Rules};
use treeline::oauth::ids::UserId;
use treeline::oauth::time::Timestamp;
use treeline::oauth::usage::TokenClass;
use treeline::object::sql::{Row, Sql, SqlFault, Value};
use treeline::object::{Call, Class, Refusal, RunFault, Sweep, read_answer, read_call, write_call};
use treeline::objects;
use treeline::pending::rate::CountRequest;
use treeline::platform::Platform;
use treeline::session::account::{PutAccount, ReadAccount};
use treeline::session::authorize::Authorize;
use treeline::session::claims::ReadClaims;
use treeline::session::consent::{DenyConsent, GiveConsent};
use treeline::session::delete::DeleteAccount;
use treeline::session::dump::DumpTree;
use treeline::session::introspect::{Caller, Introspect};
use treeline::session::login::Progress;
use treeline::session::nodes::Node;
use treeline::session::own::{Change, ChangeAccount, Others, ViewAccount};
use treeline::session::refresh::RefreshTokens;
use treeline::session::revoke::RevokeToken;

const USER: &str = "diana";

/// When the failing statement fails.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Before it has done anything.
    Before,
    /// When it has done its work: only the answer is lost.
    After,
}

/// A database whose statement number `fails_at` fails.
struct Failing<'a> {
    sql: &'a Sqlite,
    fails_at: usize,
    moment: Moment,
    executed: Cell<usize>,
}

impl Failing<'_> {
    fn has_failed(&self) -> bool {
        self.executed.get() > self.fails_at
    }
}

impl Sql for Failing<'_> {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let number = self.executed.replace(self.executed.get() + 1);
        let fault = Err(SqlFault::new("the storage has failed".to_owned()));
        match (number == self.fails_at, self.moment) {
            (false, _) => self.sql.exec(statement, parameters),
            (true, Moment::Before) => fault,
            (true, Moment::After) => self.sql.exec(statement, parameters).and(fault),
        }
    }

    fn wake_by(&self, at: Timestamp) {
        self.sql.wake_by(at);
    }

    fn audit_lifetime(&self) -> i64 {
        self.sql.audit_lifetime()
    }
}

/// Everything in a database, its tables included.
fn state(storage: &Sqlite) -> String {
    format!("{:?}\n{}", tables(storage), storage.dump())
}

/// Runs `work` with a fault at the first statement, then at the second, and so on, until it succeeds. After every fault nothing has changed.
fn against_faults<T>(what: &str, storage: &Sqlite, work: impl Fn(&Failing<'_>) -> Result<T, RunFault>) -> T {
    for fails_at in 0..100 {
        for moment in [Moment::Before, Moment::After] {
            let before = state(storage);
            let mut has_failed = false;
            let result = storage.transaction(|sql| {
                let failing = Failing {
                    sql,
                    fails_at,
                    moment,
                    executed: Cell::new(0),
                };
                let result = work(&failing);
                has_failed = failing.has_failed();
                result
            });
            match result {
                Ok(done) if !has_failed => {
                    assert!(fails_at > 0, "{what} runs no statement");
                    return done;
                }
                Ok(_) => panic!("{what} does not notice that statement {fails_at} has failed"),
                Err(RunFault::Sql(_)) => assert_eq!(state(storage), before, "{what}, statement {fails_at}, {moment:?}"),
                Err(other) => panic!("{what}: {other}"),
            }
        }
    }
    panic!("{what} never ends")
}

/// Sends a command to an object whose storage fails at each statement in turn.
fn send<C: Call>(world: &World, name: &str, command: C) -> Result<C::Reply, Refusal> {
    let call = write_call(name, &command);
    let storage = world.storage(C::CLASS, name);
    let answer = against_faults(C::NAME, &storage, |sql| {
        objects::dispatch(C::CLASS, sql, &read_call(&call)?, world.now())
    });
    read_answer::<C>(&answer).expect("an answer")
}

fn sweep(world: &World, class: Class, name: &str) -> Sweep {
    let storage = world.storage(class, name);
    against_faults("the sweep", &storage, |sql| Ok(objects::sweep(class, sql, world.now())?))
}

fn next_alarm(world: &World, class: Class, name: &str) -> Option<Timestamp> {
    let storage = world.storage(class, name);
    against_faults("the alarm", &storage, |sql| Ok(objects::next_alarm(class, sql, world.now())?))
}

#[test]
fn an_account_is_put_whole_or_not_at_all() {
    let world = World::new();
    let put = |disabled| PutAccount {
        password_hash: Some("a hash".to_owned()),
        claims: serde_json::from_str(r#"{"name":"Diana","email":"diana@example.com"}"#).expect("claims"),
        disabled,
    };
    send(&world, USER, put(None)).expect("a new account");
    send(&world, USER, put(Some(true))).expect("a change");
    send(&world, USER, put(Some(false))).expect("a change");
    assert_eq!(send(&world, USER, ReadAccount {}).expect("an account").claims.len(), 2);
}

#[test]
fn a_try_counts_once() {
    let (world, _) = scene(USER);
    for name in [USER, "nobody"] {
        for expected in [true, true, false] {
            assert_eq!(send(&world, name, guess(2)).is_ok(), expected, "{name}");
        }
        world.advance(900);
        assert!(send(&world, name, guess(2)).is_ok());
    }
}

#[test]
fn a_refresh_meets_a_fault_at_every_statement() {
    let (world, client_id) = scene(USER);
    let authorization = authorization(1, &client_id, "openid offline_access");
    let login_id = node(Id::Login, 1);
    send(&world, USER, open_login(1, authorization.clone())).expect("a login");
    send(&world, USER, GiveConsent { login_id, authorization }).expect("a consent");
    let bought = send(&world, USER, redeem(1, &client_id)).expect("tokens");
    let first = bought.refresh_token.expect("a refresh token");
    let refresh = |refresh_token_id, number| RefreshTokens {
        refresh_token_id,
        client_id: client_id.clone(),
        successor_id: node(Id::RefreshToken, number),
        refresh_lifetimes: treeline::session::mint::RefreshLifetimes { all: 1000, idle: 0 },
        grace: 30,
        access_token_id: node(Id::AccessToken, number),
        access_token_lifetime: 1000,
        narrowed: None,
    };
    let second = send(&world, USER, refresh(first, 2)).expect("the first refresh");
    let again = send(&world, USER, refresh(first, 3)).expect("the same again");
    assert_eq!(again.refresh_token, second.refresh_token);
    let ask = Introspect {
        token_id: node(Id::AccessToken, 2),
        class: TokenClass::AccessToken,
        caller: Caller::Client(client_id.clone()),
    };
    send(&world, USER, ask).expect("an access token that works");
    world.advance(30);
    assert_eq!(send(&world, USER, refresh(first, 4)), Err(Refusal::InvalidGrant));
    let second = second.refresh_token.expect("a refresh token");
    assert_eq!(send(&world, USER, refresh(second, 5)), Err(Refusal::InvalidGrant));
    for token_id in [second, node(Id::AccessToken, 2)] {
        let client_id = client_id.clone();
        send(&world, USER, RevokeToken { token_id, client_id }).expect("a revocation");
    }
    sweep(&world, Class::UserSession, USER);
}

#[test]
fn a_flow_meets_a_fault_at_every_statement() {
    let (world, client_id) = scene(USER);
    let asked = |number| authorization(number, &client_id, if number == 1 { "openid" } else { "openid email" });
    assert_eq!(send(&world, USER, open_login(1, asked(1))), Ok(Progress::ConsentNeeded));
    let give = |number| GiveConsent {
        login_id: node(Id::Login, 1),
        authorization: asked(number),
    };
    send(&world, USER, give(1)).expect("the first consent");
    send(&world, USER, give(1)).expect("the same again");
    send(&world, USER, give(2)).expect("a consent to more");

    let progress = send(&world, USER, open_login(3, asked(3)));
    assert!(matches!(progress, Ok(Progress::Authorized(_))), "{progress:?}");
    let authorize = |number| Authorize {
        login_id: node(Id::Login, 1),
        max_age: None,
        authorization: asked(number),
    };
    send(&world, USER, authorize(4)).expect("a code at once");

    // Wrongly, rightly, and once more.
    let mut failing = redeem(1, &client_id);
    failing.challenge = Some(wrong());
    assert_eq!(send(&world, USER, failing), Err(Refusal::InvalidGrant));
    let redeemed = send(&world, USER, redeem(1, &client_id)).expect("tokens");
    assert_eq!(redeemed.sub, "sub");
    let token_id = node(Id::AccessToken, 1);
    send(&world, USER, ReadClaims { token_id }).expect("claims");
    send(&world, USER, DumpTree { client_id: None }).expect("a dump");
    world.advance(2);
    assert_eq!(send(&world, USER, redeem(1, &client_id)), Err(Refusal::InvalidGrant));
    assert!(send(&world, USER, ReadClaims { token_id }).is_err());

    // Four failures and a fifth, each counted once however often its command was begun.
    for _ in 0..4 {
        let mut failing = redeem(2, &client_id);
        failing.challenge = None;
        assert_eq!(send(&world, USER, failing), Err(Refusal::InvalidGrant));
    }
    send(&world, USER, redeem(2, &client_id)).expect("the code is still good");

    let open = authorization(5, &client_id, "openid phone");
    send(&world, USER, open_login(5, open)).expect("a login");
    let grant_id = node(Id::Grant, 5);
    send(&world, USER, DenyConsent { grant_id }).expect("a denial");

    // Revoked, and begun anew.
    let revoke = RevokeClient {
        client_id: client_id.clone(),
    };
    send(&world, USER, revoke).expect("the account");
    assert_eq!(send(&world, USER, open_login(6, asked(6))), Ok(Progress::ConsentNeeded));
    let anew = GiveConsent {
        login_id: node(Id::Login, 6),
        authorization: asked(6),
    };
    send(&world, USER, anew).expect("a consent");
    assert!(send(&world, USER, redeem(3, &client_id)).is_err(), "of before");
    send(&world, USER, redeem(6, &client_id)).expect("tokens");

    set_disabled(&world, USER, true);
    assert!(send(&world, USER, redeem(4, &client_id)).is_err());
    assert!(send(&world, USER, open_login(7, asked(7))).is_err());
    send(&world, USER, DeleteAccount {}).expect("the account");
    assert_eq!(send(&world, USER, DeleteAccount {}), Err(Refusal::NotFound));
}

#[test]
fn what_a_person_changes_is_changed_whole_or_not_at_all() {
    let (world, client_id) = scene(USER);
    send(&world, USER, sign_in(1)).expect("a login");
    let login_id = node(Id::Login, 1);
    for number in [2, 3] {
        let authorization = authorization(number, &client_id, "openid offline_access");
        send(&world, USER, open_login(number, authorization.clone())).expect("a login");
        let login_id = node(Id::Login, number);
        send(&world, USER, GiveConsent { login_id, authorization }).expect("a consent");
    }
    let view = || send(&world, USER, ViewAccount { login_id }).expect("the account");
    assert_eq!((view().devices.len(), view().applications.len()), (3, 1));
    let change = |change| send(&world, USER, ChangeAccount { login_id, change });
    let revoke = |node| change(Change::Revoke(node));
    assert_eq!(revoke(Node::Login(node(Id::Login, 2))), Ok(()));
    let (hash, others) = ("another hash".to_owned(), Others::End);
    assert_eq!(change(Change::Password { hash, others }), Ok(()));
    assert_eq!((view().devices.len(), view().applications.len()), (1, 1), "the consent is left");
    assert_eq!(revoke(Node::Client(client_id.clone())), Ok(()));
    assert_eq!(view().applications.len(), 0);
    assert_eq!(revoke(Node::User), Ok(()));
    assert_eq!(revoke(Node::User), Err(Refusal::NotFound), "the login has ended");
}

#[test]
fn a_sweep_meets_a_fault_at_every_statement() {
    let (world, client_id) = scene(USER);
    send(&world, USER, open_login(1, authorization(1, &client_id, "openid"))).expect("a login");
    send(&world, "nobody", guess(2)).expect("a try");
    world.run_alarms();
    for _ in 0..4 {
        next_alarm(&world, Class::UserSession, USER);
        assert_eq!(sweep(&world, Class::UserSession, USER), Sweep::Keep);
        world.advance(1800);
    }
    next_alarm(&world, Class::UserSession, "nobody");
    assert_eq!(sweep(&world, Class::UserSession, "nobody"), Sweep::DeleteAll);
}

#[test]
fn a_client_s_object_meets_a_fault_at_every_statement() {
    let (world, client_id) = scene(USER);
    let name = client_id.as_str();
    let record = send(&world, name, ReadRecord {}).expect("a record");
    let new = NewMetadata {
        metadata: record.metadata.clone(),
        sealed_secret: record.sealed_secret.clone(),
        expires_at: None,
    };
    let change = ClientChange::Metadata(Box::new(new));
    assert_eq!(send(&world, name, ChangeRecord { change }), Ok(record.clone()));
    let change = ClientChange::Secret("another".to_owned());
    send(&world, name, ChangeRecord { change }).expect("the client");
    let add = |user: &str| AddUser {
        user_id: UserId::from_canonical(user.to_owned()),
        client_id: client_id.clone(),
    };
    send(&world, name, add(USER)).expect("the client");
    send(&world, name, add("rigo")).expect("the client");
    next_alarm(&world, Class::Registration, name);
    assert_eq!(sweep(&world, Class::Registration, name), Sweep::Keep);
    send(&world, name, DeleteRecord {}).expect("the client");
    send(&world, name, DeleteRecord {}).expect("the client, again");
    send(&world, name, add("lisa")).expect("the client that was");
    let owed = world.storage(Class::Registration, name).dump();
    assert_eq!(owed.matches("  outbox ").count(), 3, "each user once: {owed}");
    send(&world, "another-client", CreateRecord { record }).expect("a new client");
    world.advance(31 * 86_400);
    assert_eq!(sweep(&world, Class::Registration, "another-client"), Sweep::DeleteAll);
}

#[test]
fn a_rate_and_a_key_ring_meet_a_fault_at_every_statement() {
    let world = World::new();
    for expected in [true, true, false] {
        let count = CountRequest { limit: 2, window: 60 };
        assert_eq!(send(&world, "registration/somewhere", count).is_ok(), expected);
    }
    next_alarm(&world, Class::Pending, "registration/somewhere");
    world.advance(60);
    assert_eq!(sweep(&world, Class::Pending, "registration/somewhere"), Sweep::DeleteAll);

    let key = |x: &str| {
        let numbers = PublicNumbers::Ec {
            crv: "P-256".to_owned(),
            x: x.to_owned(),
            y: "AAAA".to_owned(),
        };
        StoredKey::seal(&world.config().sealer, PublicJwk::new(numbers, Alg::ES256), "{}")
    };
    // Not the world's own.
    let name = "another ring";
    let storage = world.storage(Class::KeyRing, name);
    let rules = Rules {
        lifetime: 3600,
        retention: 3600,
    };
    let keeping = Keeping {
        rules,
        sealer: world.config().sealer.clone(),
    };
    let plan = || against_faults("the plan", &storage, |sql| Ok(ring::plan(sql, false, rules, world.now())?));
    let keep = |x: &str, rotate| {
        against_faults("keeping", &storage, |sql| {
            Ok(ring::keep(sql, vec![key(x)], rotate, &keeping, world.now())?)
        })
    };
    let note = |put| against_faults("the note", &storage, |sql| Ok(ring::note_put(sql, put)?));
    assert_eq!(plan(), Alg::ALL);
    let kept = keep("AAAA", false).expect("keys");
    assert_eq!(note(Some(kept.revision)), None);
    assert_eq!(keep("BBBB", false), None, "the first to come wins");
    assert_eq!(send(&world, name, ReadKeys { rotate: false }), Ok(kept));
    let rotated = keep("CCCC", true).expect("keys");
    assert_eq!(rotated.keys.len(), 2);
    assert_eq!(note(None), None);
    next_alarm(&world, Class::KeyRing, name);
    world.advance(ACTIVATION + 3600);
    let left = keep("DDDD", false).expect("keys");
    assert_eq!(left.keys.len(), 2, "one is over, one is new");
    assert_eq!(note(Some(rotated.revision)), Some(left), "the older put may have come last");
}
