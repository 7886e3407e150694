//! Query plans: what people and clients do reads no table without an index, so that no request costs more the more a user has.
//!
//! Every command runs on a storage that takes its statements down, and SQLite says how it goes about each of them. To read a table without an index is
//! named `SCAN` in a plan, or `SEARCH` without `USING` where only a minimum is looked for.

use super::id;
use super::request::{Id, authorization, guess, node, open_login, redeem, sign_in, wrong};
use crate::flow::party::{Party, enrol};
use crate::world::{Sqlite, World};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use treeline::client::home::RevokeClient;
use treeline::oauth::claims_request::Wanted;
use treeline::oauth::ids::{ClientId, NodeId};
use treeline::oauth::time::Timestamp;
use treeline::oauth::usage::TokenClass;
use treeline::object::sql::{Row, Sql, SqlFault, Value};
use treeline::object::{Call, Class, Refusal, RunFault, outbox, read_answer, read_call, write_call};
use treeline::platform::Platform;
use treeline::session::account::{CreateAccount, PutAccount, ReadAccount};
use treeline::session::audit::ListAudit;
use treeline::session::authorize::Authorize;
use treeline::session::claims::ReadClaims;
use treeline::session::consent::{DenyConsent, GiveConsent};
use treeline::session::delete::DeleteAccount;
use treeline::session::delivery::{self, Outcome};
use treeline::session::dump::DumpTree;
use treeline::session::epoch;
use treeline::session::grant::{SessionId, sid_node};
use treeline::session::import::ImportTree;
use treeline::session::introspect::{Caller, Introspect};
use treeline::session::login::PasswordLogin;
use treeline::session::logout::{EndSession, ToldSession};
use treeline::session::mint::RefreshLifetimes;
use treeline::session::nodes::{ListNodes, Node, RevokeNode};
use treeline::session::own::{Change, ChangeAccount, Others, ViewAccount};
use treeline::session::refresh::RefreshTokens;
use treeline::session::revoke::RevokeToken;
use treeline::session::{COMMANDS, dispatch, next_alarm, sweep};

const USER: &str = "diana";

/// What the operator sends, and a person on the account page: it shows all that there is, or ends it. The rest is sent by people and clients, or for
/// them, at every step of theirs.
const OVERSEERS: &[&str] = &[
    "PutAccount",
    "CreateAccount",
    "ReadAccount",
    "DeleteAccount",
    "DumpTree",
    "ImportTree",
    "RevokeNode",
    "ListNodes",
    "ListAudit",
    "ViewAccount",
    "ChangeAccount",
];

/// Tables with a handful of rows, however long and much a user uses the provider: facts of the object, its tries at the password, claims of the user, and
/// what the object owes others, which is delivered at once.
const SMALL: &[&str] = &["meta", "try", "profile", "outbox", "sqlite_master"];

/// What a plan scans that is no table: rows that the statement has found itself.
const FOUND: &[&str] = &["b", "below", "CONSTANT"];

/// What the end of a login does to codes of grants that outlive it.
const CODES_OF_LOGIN: &str = "UPDATE grant_ SET code_revoked_at = ?2 WHERE login_id = ?1 AND offline <> 0 AND code_expires_at IS NOT NULL AND code_revoked_at IS NULL";

/// What ends a login.
const END_OF_LOGIN: &str = "UPDATE login SET revoked_at = ?1 WHERE id = ?2 AND revoked_at IS NULL \
                            AND (expires_at > ?1 OR id IN (SELECT login_id FROM grant_)) RETURNING 1";

/// Statements with the number of their parameters.
type Statements = BTreeMap<String, usize>;

/// A database that takes down which statements it runs.
struct Recording<'a> {
    sql: &'a Sqlite,
    statements: RefCell<Statements>,
}

impl Sql for Recording<'_> {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        self.statements.borrow_mut().insert(statement.to_owned(), parameters.len());
        self.sql.exec(statement, parameters)
    }

    fn wake_by(&self, at: Timestamp) {
        self.sql.wake_by(at);
    }

    fn audit_lifetime(&self) -> i64 {
        self.sql.audit_lifetime()
    }
}

/// A user's object and what it was seen to do: the statements of each command, of `next_alarm` and of `sweep`.
struct Seen {
    world: World,
    client_id: ClientId,
    statements: RefCell<BTreeMap<String, Statements>>,
}

impl Seen {
    fn new() -> Self {
        let world = World::new();
        enrol(&world, USER);
        let client_id = id(&Party::register(&world));
        Self {
            world,
            client_id,
            statements: RefCell::default(),
        }
    }

    fn record<T>(&self, what: &str, work: impl FnOnce(&Recording<'_>) -> Result<T, RunFault>) -> T {
        let storage = self.world.storage(Class::UserSession, USER);
        let result = storage.transaction(|sql| {
            let recording = Recording {
                sql,
                statements: RefCell::default(),
            };
            let result = work(&recording);
            let mut seen = self.statements.borrow_mut();
            seen.entry(what.to_owned()).or_default().extend(recording.statements.take());
            result
        });
        result.expect("no fault")
    }

    /// Sends a command, and asks for the next alarm as the object does after every one.
    fn send<C: Call>(&self, command: C) -> Result<C::Reply, Refusal> {
        let call = write_call(USER, &command);
        let answer = self.record(C::NAME, |sql| dispatch(sql, &read_call(&call)?, self.world.now()));
        self.record("next_alarm", |sql| Ok(next_alarm(sql, self.world.now())?));
        read_answer::<C>(&answer).expect("an answer")
    }

    fn sweep(&self) {
        self.record("sweep", |sql| Ok(sweep(sql, self.world.now())?));
    }

    /// Goes every way through every command.
    fn all() -> Self {
        let seen = Self::new();
        seen.use_account();
        seen.use_grants();
        seen.use_refresh_tokens();
        seen.log_out();
        seen.enter_epoch();
        seen.use_account_page();
        seen.revoke();
        seen.sweep_all();
        seen.send(DeleteAccount {}).expect("an account");
        seen
    }

    fn asked(&self, number: u64) -> treeline::session::grant::Authorization {
        let mut asked = authorization(number, &self.client_id, "openid offline_access");
        asked.request.response_type = treeline::oauth::response_type::ResponseType::CodeToken;
        asked.release.userinfo = Wanted::from_iter([("name".to_owned(), serde_json::Value::Null)]);
        asked.usage_rules.access_token.max_usage = Some(3);
        asked
    }

    fn authorize(&self, number: u64) {
        let _ = self.send(open_login(number, self.asked(number)));
        let given = GiveConsent {
            login_id: node(Id::Login, number),
            authorization: self.asked(number),
        };
        self.send(given).expect("a consent");
    }

    fn use_account(&self) {
        let account = || PutAccount {
            password_hash: Some("a hash".to_owned()),
            claims: serde_json::from_str(r#"{"name":"Diana"}"#).expect("claims"),
            disabled: Some(false),
        };
        let _ = self.send(CreateAccount(account()));
        self.send(account()).expect("an account");
        self.send(ReadAccount {}).expect("an account");
        self.send(guess(10)).expect("a try");
        let (attempt, login) = (guess(10), open_login(9, self.asked(9)));
        self.send(PasswordLogin { attempt, login }).expect("a try");
    }

    fn use_grants(&self) {
        self.authorize(1);
        // The same again, in another login, and one that is denied.
        self.authorize_again();
        self.send(open_login(3, self.asked(3))).expect("a login");
        let grant_id = node(Id::Grant, 3);
        let _ = self.send(DenyConsent { grant_id });
        let mut asking = self.asked(4);
        asking.request.prompt = Some("consent".to_owned());
        self.send(open_login(4, asking)).expect("a login");
        self.send(open_login(5, self.asked(4))).expect("a login, which the grant moves to");
        let mut asking = self.asked(5);
        asking.request.prompt = Some("consent".to_owned());
        self.send(open_login(6, asking)).expect("a login");
        let grant_id = node(Id::Grant, 5);
        self.send(DenyConsent { grant_id }).expect("a denial");
        let returning = Authorize {
            login_id: node(Id::Login, 1),
            max_age: None,
            authorization: self.asked(7),
        };
        self.send(returning).expect("a code");
    }

    fn authorize_again(&self) {
        self.send(open_login(2, self.asked(1))).expect("the same code");
    }

    fn use_refresh_tokens(&self) {
        let mut failing = redeem(1, &self.client_id);
        failing.challenge = Some(wrong());
        assert_eq!(self.send(failing), Err(Refusal::InvalidGrant));
        self.send(redeem(1, &self.client_id)).expect("tokens");
        let token_id = node(Id::AccessToken, 1);
        self.send(ReadClaims { token_id }).expect("claims");
        for (presented, number) in [(1, 2), (1, 3), (2, 4), (4, 5)] {
            // The last one finds that an access token has ended meanwhile.
            self.world.advance(i64::from(number == 5));
            let refresh = RefreshTokens {
                refresh_token_id: node(Id::RefreshToken, presented),
                client_id: self.client_id.clone(),
                successor_id: node(Id::RefreshToken, number),
                refresh_lifetimes: RefreshLifetimes { all: 86_400, idle: 0 },
                grace: 30,
                access_token_id: refreshed(number),
                access_token_lifetime: if number == 3 { 1 } else { 3600 },
                narrowed: None,
            };
            self.send(refresh).expect("tokens");
        }
        for class in [TokenClass::AccessToken, TokenClass::RefreshToken] {
            let caller = Caller::Client(self.client_id.clone());
            let _ = self.send(Introspect { token_id, class, caller });
        }
    }

    fn log_out(&self) {
        for number in 30..34 {
            let mut asked = self.asked(number);
            asked.session_id = SessionId::Told;
            self.send(open_login(number, asked.clone())).expect("a login");
            let given = GiveConsent {
                login_id: node(Id::Login, number),
                authorization: asked,
            };
            self.send(given).expect("a consent");
        }
        let told = ToldSession {
            client_id: self.client_id.clone(),
            sid: sid_node(node(Id::Login, 30), self.client_id.as_str()),
        };
        let ended = self.send(EndSession {
            login_id: Some(node(Id::Login, 31)),
            told: Some(told),
            access_token_id: Some(node(Id::AccessToken, 1)),
        });
        assert_eq!(ended.map(|ended| ended.parties.len()), Ok(2));
        for outcome in [Outcome::Answered(204), Outcome::NotOwed] {
            let now = self.world.now();
            let delivery = self.record("delivery", |sql| Ok(delivery::take_up(sql, now)?)).expect("a delivery");
            self.record("delivery", |sql| Ok(delivery::note(sql, &delivery, &outcome, now)?));
        }
    }

    fn use_account_page(&self) {
        self.send(sign_in(20)).expect("a login");
        let login_id = node(Id::Login, 20);
        let view = self.send(ViewAccount { login_id }).expect("the account");
        assert_eq!(view.applications.len(), 1);
        let change = |change| self.send(ChangeAccount { login_id, change });
        let gone = Node::Login(node(Id::Login, 99));
        assert_eq!(change(Change::Revoke(gone)), Err(Refusal::NotFound));
        let (hash, others) = ("a hash".to_owned(), Others::End);
        assert_eq!(change(Change::Password { hash, others }), Ok(()));
        self.authorize(21);
    }

    fn enter_epoch(&self) {
        let now = self.world.now();
        self.record("epoch", |sql| Ok(epoch::enter(sql, now.plus(1), now)?));
        self.authorize(40);
    }

    fn revoke(&self) {
        let mut tree = self.send(DumpTree { client_id: None }).expect("a tree");
        tree.clients[0].grants[0].id = node(Id::Grant, 9);
        tree.clients[0].grants[0].tokens[0].id = node(Id::FrontToken, 9);
        self.send(ImportTree { tree }).expect("a tree");
        self.send(ListNodes {}).expect("nodes");
        // The trail of somebody whose applications have asked ten thousand times.
        let full = "INSERT INTO audit (id, at, event, detail) VALUES (10000, 0, 'granted', '{}')";
        self.world.storage(Class::UserSession, USER).exec(full, &[]).expect("an entry");
        let _ = self.send(guess(0));
        self.send(ListAudit { before: None }).expect("a trail");
        for token_id in [refreshed(2), node(Id::RefreshToken, 4)] {
            let client_id = self.client_id.clone();
            self.send(RevokeToken { token_id, client_id }).expect("a token");
        }
        self.world.advance(3);
        assert_eq!(self.send(redeem(1, &self.client_id)), Err(Refusal::InvalidGrant));
        for node in [
            Node::Consent(self.client_id.clone()),
            Node::Token(node(Id::Grant, 1)),
            Node::Grant(node(Id::Grant, 1)),
            Node::Login(node(Id::Login, 1)),
            Node::Client(self.client_id.clone()),
            Node::User,
        ] {
            self.send(RevokeNode { node }).expect("a node");
        }
        let client_id = self.client_id.clone();
        self.send(RevokeClient { client_id }).expect("a client");
        // A revoked session begins anew.
        self.authorize(8);
    }

    fn sweep_all(&self) {
        for _ in 0..5 {
            self.sweep();
            self.world.advance(1800);
        }
        self.world.advance(20 * 365 * 86_400);
        self.sweep();
    }

    /// The reads without an index in the plan of each statement of those, and how many of them there are of a table.
    fn unindexed(&self, of: impl Fn(&str) -> bool) -> BTreeMap<String, Vec<String>> {
        let storage = self.world.storage(Class::UserSession, USER);
        let seen = self.statements.borrow();
        let statements = seen.iter().filter(|(what, _)| of(what)).flat_map(|(_, statements)| statements);
        let plans = statements.map(|(statement, parameters)| (flat(statement), unindexed(&storage, statement, *parameters)));
        plans.filter(|(_, tables)| !tables.is_empty()).collect()
    }
}

/// The access token that the refresh with a number brings: it is of the first grant's family.
fn refreshed(number: u64) -> NodeId {
    NodeId::derived("refreshed", &[&number.to_be_bytes()]).within(node(Id::Grant, 1))
}

/// A statement on one line.
fn flat(statement: &str) -> String {
    statement.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Which tables a statement reads without an index.
fn unindexed(storage: &Sqlite, statement: &str, parameters: usize) -> Vec<String> {
    if ["CREATE ", "PRAGMA "].iter().any(|verb| statement.starts_with(verb)) {
        return vec![];
    }
    // A plan does not depend on what the parameters are.
    let parameters = vec![Value::Null; parameters];
    let plan = storage.exec(&format!("EXPLAIN QUERY PLAN {statement}"), &parameters);
    let steps = plan.unwrap_or_else(|fault| panic!("{fault}"));
    let read = |step: &Row| {
        let detail = step.text(3).expect("a step");
        let (verb, rest) = detail.split_once(' ').unwrap_or((&detail, ""));
        let name = rest.split(' ').next().unwrap_or("").to_owned();
        let is_unindexed = verb == "SCAN" || (verb == "SEARCH" && !rest.contains(" USING "));
        let counts = !SMALL.contains(&name.as_str()) && !FOUND.contains(&name.as_str()) && !name.starts_with('(');
        (is_unindexed && counts).then_some(name)
    };
    steps.iter().filter_map(read).collect()
}

#[test]
fn what_people_and_clients_do_reads_no_table_without_an_index() {
    let seen = Seen::all();
    let found = seen.unindexed(|what| !["sweep", "epoch", "next_alarm"].contains(&what) && !OVERSEERS.contains(&what));
    // What ends a login, or begins anew what was ended, looks through the grants once: it is seldom, and an index is a row more at every sign-in.
    let expected = [
        (
            "SELECT client_id, sub, sid FROM grant_ WHERE login_id = ? AND sid IS NOT NULL AND authorized_at IS NOT NULL GROUP BY client_id, sub, sid",
            &["grant_"][..],
        ),
        ("SELECT login_id FROM grant_ WHERE client_id = ? AND sid = ? LIMIT 1", &["grant_"]),
        (
            "UPDATE grant_ SET revoked_at = ? WHERE client_id = ? AND revoked_at IS NULL",
            &["grant_"],
        ),
        (
            "UPDATE token SET revoked_at = ?2 WHERE class <> 'refresh_token' AND revoked_at IS NULL \
             AND grant_id IN (SELECT id FROM grant_ WHERE login_id = ?1 AND offline <> 0)",
            &["token", "grant_"],
        ),
        (CODES_OF_LOGIN, &["grant_"]),
        // Only of a login that is over it has to be known whether a grant still needs it.
        (END_OF_LOGIN, &["grant_"]),
        // The trail lies in the order of its ids, and its last row is read alone.
        (
            "INSERT INTO login (id, auth_time, acr, expires_at, device, place, entry, entry_after) \
             VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT max(id) FROM audit))",
            &["audit"],
        ),
    ]
    .map(|(statement, tables)| (statement.to_owned(), tables.iter().map(|table| (*table).to_owned()).collect()));
    assert_eq!(found, expected.into());
}

#[test]
fn every_statement_has_been_seen() {
    let seen = Seen::all();
    let statements = seen.statements.borrow();
    let sent: BTreeSet<&str> = statements.keys().map(String::as_str).collect();
    let commands: BTreeSet<&str> = COMMANDS
        .iter()
        .copied()
        .chain(["delivery", "epoch", "next_alarm", "sweep"])
        .collect();
    assert_eq!(sent, commands);
    let executed: BTreeSet<String> = statements
        .values()
        .flat_map(Statements::keys)
        .map(|statement| flat(statement))
        .collect();
    let unseen: Vec<String> = written()
        .into_iter()
        .filter(|written| !executed.iter().any(|executed| fits(written, executed)))
        .collect();
    assert_eq!(unseen, [] as [String; 0], "of {}", executed.len());
}

/// Every statement that stands in the sources of the tree.
fn written() -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/session");
    let mut written = vec![];
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("UTF-8");
        let strings = text.split('"').map(flat);
        written.extend(strings.filter(|string| {
            ["SELECT ", "INSERT ", "UPDATE ", "DELETE "]
                .iter()
                .any(|verb| string.starts_with(verb))
        }));
    }
    assert!(written.len() > 40, "{} statements", written.len());
    written
}

/// Whether a statement is what stands in the sources, where `{…}` stands for anything.
fn fits(written: &str, executed: &str) -> bool {
    let mut fixed = written.split(['{', '}']).step_by(2);
    let first = fixed.next().unwrap_or_default();
    let last = written.rsplit('}').next().unwrap_or_default();
    let Some(mut rest) = executed.strip_prefix(first) else {
        return false;
    };
    // Each part that is fixed, after the one before it.
    let all_there = fixed.all(|part| rest.find(part).map(|at| rest = &rest[at + part.len()..]).is_some());
    all_there && executed.ends_with(last)
}

#[test]
fn what_shows_or_ends_all_reads_the_tree_once() {
    let seen = Seen::all();
    let found = seen.unindexed(|what| OVERSEERS.contains(&what));
    let expected: BTreeMap<String, Vec<String>> = [
        // Lists what there is.
        (
            "SELECT client_id, revoked_at FROM client_session ORDER BY first_at, client_id",
            "client_session",
        ),
        (
            "SELECT client_id, scope, claims, granted_at FROM consent ORDER BY granted_at, client_id",
            "consent",
        ),
        (
            "SELECT jti, client_id, progress, answer, attempts, queued_at, next_at FROM delivery ORDER BY queued_at DESC, client_id",
            "delivery",
        ),
        (
            "SELECT g.client_id, g.scope, g.claims, min(g.authorized_at), max(g.authorized_at), \
             coalesce(g.revoked_at, c.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END) IS NULL AS in_force \
             FROM grant_ g JOIN client_session c ON c.client_id = g.client_id JOIN login l ON l.id = g.login_id \
             WHERE g.authorized_at IS NOT NULL AND g.expires_at > ? GROUP BY g.client_id, g.scope, g.claims, in_force ORDER BY in_force DESC",
            "g",
        ),
        (
            "SELECT g.id, g.expires_at, g.issued_at, coalesce(g.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END), g.usage_rules, g.used, \
             l.auth_time, l.acr, l.expires_at, g.request, g.claims, g.resources, g.scope, g.sub, g.sid, g.not_before, g.access_token_format, g.imported \
             FROM grant_ g JOIN login l ON l.id = g.login_id WHERE g.client_id = ? ORDER BY g.issued_at, g.id",
            "g",
        ),
        // Looks for what belongs to a login or a client, which no index tells.
        (
            "SELECT client_id, sub, sid FROM grant_ WHERE client_id = ? AND sid IS NOT NULL AND authorized_at IS NOT NULL \
             AND EXISTS (SELECT 1 FROM client_session WHERE client_id = grant_.client_id AND revoked_at IS NULL) \
             AND EXISTS (SELECT 1 FROM login WHERE id = grant_.login_id AND revoked_at IS NULL) GROUP BY sub, sid",
            "grant_",
        ),
        (
            "SELECT client_id, sub, sid FROM grant_ WHERE login_id = ? AND sid IS NOT NULL AND authorized_at IS NOT NULL GROUP BY client_id, sub, sid",
            "grant_",
        ),
        (
            "UPDATE token SET revoked_at = ?2 WHERE revoked_at IS NULL AND grant_id = coalesce((SELECT grant_id FROM token WHERE id = ?1), ?1) AND id IN ( \
             WITH RECURSIVE below(id) AS ( SELECT ?1 UNION SELECT id FROM token WHERE based_on IS NOT NULL \
             AND grant_id = coalesce((SELECT grant_id FROM token WHERE id = ?1 AND class = 'authorization_code'), ?1) UNION \
             SELECT t.id FROM token t JOIN below b ON t.based_on = b.id \
             WHERE t.grant_id = (SELECT grant_id FROM token WHERE id = ?1)) SELECT id FROM below) RETURNING 1",
            "token",
        ),
        // Revokes what there is.
        (
            "UPDATE grant_ SET revoked_at = ? WHERE offline <> 0 AND revoked_at IS NULL RETURNING 1",
            "grant_",
        ),
        // And drops what there is.
        ("DELETE FROM delivery WHERE progress <> 'pending'", "delivery"),
    ]
    .map(|(statement, table)| (statement.to_owned(), vec![table.to_owned()]))
    .into();
    let mut expected = expected;
    let of_login = "UPDATE token SET revoked_at = ?2 WHERE class <> 'refresh_token' AND revoked_at IS NULL \
                    AND grant_id IN (SELECT id FROM grant_ WHERE login_id = ?1 AND offline <> 0)";
    expected.insert(of_login.to_owned(), vec!["token".to_owned(), "grant_".to_owned()]);
    expected.insert(CODES_OF_LOGIN.to_owned(), vec!["grant_".to_owned()]);
    expected.insert(END_OF_LOGIN.to_owned(), vec!["grant_".to_owned()]);
    // Logins that stand: the others, which are entries of the trail alone, are passed by.
    for logins in [
        "SELECT id, auth_time, acr, expires_at, revoked_at IS NOT NULL, device, place FROM login \
         WHERE (expires_at > ?1 OR id IN (SELECT login_id FROM grant_)) ORDER BY auth_time DESC, id",
        "SELECT id FROM login WHERE revoked_at IS NULL AND (expires_at > ?1 OR id IN (SELECT login_id FROM grant_))",
    ] {
        expected.insert(logins.to_owned(), vec!["login".to_owned(), "grant_".to_owned()]);
    }
    let login = "SELECT 1 FROM login WHERE id = ?2 AND (expires_at > ?1 OR id IN (SELECT login_id FROM grant_))";
    expected.insert(login.to_owned(), vec!["grant_".to_owned()]);
    let trail = "SELECT id, at, event, client_id, detail FROM ( SELECT printf('%010d.%09d', at, id) AS id, at, event, client_id, detail FROM audit UNION ALL \
                 SELECT printf('%010d.%09d.%s', auth_time, entry_after, lower(hex(id))), auth_time, 'signed_in', json_extract(entry, '$.client_id'), \
                 json_patch(json_object('login', lower(hex(id)), 'device', device, 'place', place), json_extract(entry, '$.detail')) \
                 FROM login WHERE entry IS NOT NULL) WHERE (id < ?1 OR ?1 IS NULL) AND at > ?2 ORDER BY id DESC LIMIT ?3";
    expected.insert(trail.to_owned(), vec!["audit".to_owned(), "login".to_owned()]);
    let shown = "SELECT t.id, t.based_on, t.class, t.usage_rules, t.used, t.issued_at, t.expires_at, t.revoked_at, coalesce(t.scope, g.scope), \
                 t.not_before, t.imported, t.grant_id FROM token t JOIN grant_ g ON g.id = t.grant_id WHERE g.client_id = ?1 UNION ALL \
                 SELECT id, NULL, 'authorization_code', json_extract(usage_rules, '$.authorization_code'), code_used_at IS NOT NULL, authorized_at, \
                 code_expires_at, code_revoked_at, scope, 0, NULL, id FROM grant_ WHERE client_id = ?1 AND code_expires_at IS NOT NULL \
                 ORDER BY t.issued_at, t.class, t.id";
    expected.insert(shown.to_owned(), vec!["t".to_owned(), "grant_".to_owned()]);
    assert_eq!(found, expected);
}

#[test]
fn a_sweep_reads_each_table_a_few_times_and_none_for_each_row_of_another() {
    let seen = Seen::all();
    let found = seen.unindexed(|what| what == "sweep");
    let storage = seen.world.storage(Class::UserSession, USER);
    let mut reads: BTreeMap<String, usize> = BTreeMap::new();
    for (statement, tables) in &found {
        assert!(!is_repeated(&storage, statement), "{statement}");
        for table in tables {
            *reads.entry(table.clone()).or_default() += 1;
        }
    }
    // An index on their ends would cost a row at every write, and a sweep comes once in ten minutes; to the trail it comes once a day.
    assert!(reads.contains_key("grant_") && reads.values().all(|times| *times <= 8), "{reads:?}");
}

/// Whether a statement reads a table from its first row to its last for each row of another.
fn is_repeated(storage: &Sqlite, statement: &str) -> bool {
    let parameters = match statement.contains("?2") {
        true => vec![Value::Null; 2],
        false => vec![Value::Null; statement.matches('?').count().min(1)],
    };
    let plan = storage.exec(&format!("EXPLAIN QUERY PLAN {statement}"), &parameters);
    let steps: Vec<(i64, i64, String)> = plan
        .expect("a plan")
        .iter()
        .map(|step| {
            (
                step.integer(0).expect("an id"),
                step.integer(1).expect("a parent"),
                step.text(3).expect("a step"),
            )
        })
        .collect();
    let parent = |id: i64| steps.iter().find(|(of, ..)| *of == id);
    steps.iter().filter(|(.., detail)| detail.starts_with("SCAN")).any(|(_, above, _)| {
        std::iter::successors(parent(*above), |(_, above, _)| parent(*above)).any(|(.., detail)| detail.starts_with("CORRELATED"))
    })
}

#[test]
fn what_is_owed_and_due_is_found_in_what_is_owed() {
    // The alarm's own: the outbox is as long as what has not been delivered.
    let seen = Seen::new();
    let due = seen.record("due", |sql| Ok(outbox::due(sql, seen.world.now())?));
    assert_eq!(due, []);
    assert_eq!(seen.unindexed(|what| what == "due"), BTreeMap::new());
}
