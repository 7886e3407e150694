//! What a person sees of the own account, and changes there. Each command names the login that the person gives it in, and does nothing where that has
//! ended: a browser that was signed out from elsewhere acts no more, whatever pages it still shows.

use crate::client::release::Release;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, Command, Posting, Refusal, Stop};
use crate::session::account::{clear_tries, profile, put_password};
use crate::session::login::require_current;
use crate::session::nodes::{LoginNode, Node, RevokeNode, consents, logins};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Asks for what the account page shows.
#[derive(Debug, Serialize, Deserialize)]
pub struct ViewAccount {
    /// The login of the browser that asks.
    pub login_id: NodeId,
}

/// The devices and applications that a person has let in.
#[derive(Debug, Serialize, Deserialize)]
pub struct AccountView {
    /// The claim `name`.
    pub name: Option<String>,
    /// The logins in force, the newest first.
    pub devices: Vec<LoginNode>,
    /// The clients that may have something, by their ids.
    pub applications: BTreeMap<String, Access>,
}

/// What a client may have: by a consent, by what has been granted to it, or by both.
#[derive(Debug, Serialize, Deserialize)]
pub struct Access {
    /// The scope.
    pub scope: Scope,
    /// The claims about the person, by the scope or beyond it.
    pub claims: BTreeSet<String>,
    /// Since when.
    pub since: Timestamp,
    /// When the person was last there, as far as that is still known.
    pub last_used: Option<Timestamp>,
}

impl Call for ViewAccount {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ViewAccount";
    type Reply = AccountView;
}

impl Command for ViewAccount {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<AccountView, Stop> {
        require_current(sql, self.login_id, now)?;
        let name = profile(sql)?.get("name").and_then(serde_json::Value::as_str).map(str::to_owned);
        let in_force = |login: &LoginNode| !login.revoked && login.expires_at > now;
        Ok(AccountView {
            name,
            devices: logins(sql)?.into_iter().filter(in_force).collect(),
            applications: applications(sql, now)?,
        })
    }
}

/// Every client that the person has consented to, or that holds a grant which has neither ended nor been revoked. What is equal is read once,
/// however often it was granted.
fn applications(sql: &impl Sql, now: Timestamp) -> Result<BTreeMap<String, Access>, SqlFault> {
    let mut found = BTreeMap::new();
    for consent in consents(sql)? {
        let access = Access {
            scope: consent.scope,
            claims: consent.claims,
            since: consent.granted_at,
            last_used: None,
        };
        found.insert(consent.client_id.0, access);
    }
    // What is in force comes first, so that an application is there when it is asked for what it has used up.
    let granted = sql.exec(
        "SELECT g.client_id, g.scope, g.claims, min(g.authorized_at), max(g.authorized_at),
                coalesce(g.revoked_at, c.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END) IS NULL AS in_force
         FROM grant_ g JOIN client_session c ON c.client_id = g.client_id JOIN login l ON l.id = g.login_id
         WHERE g.authorized_at IS NOT NULL AND g.expires_at > ? GROUP BY g.client_id, g.scope, g.claims, in_force ORDER BY in_force DESC",
        &[now.into()],
    )?;
    for row in &granted {
        let (client_id, since, last_used) = (row.text(0)?, row.time(3)?, Some(row.time(4)?));
        if row.integer(5)? != 0 {
            let (scope, release): (Scope, Release) = (row.json(1)?, row.json(2)?);
            let access = found.entry(client_id.clone()).or_insert_with(|| Access {
                scope: Scope::default(),
                claims: BTreeSet::new(),
                since,
                last_used,
            });
            access.scope = std::mem::take(&mut access.scope).union(&scope);
            access.claims.extend(release.names());
            access.since = access.since.min(since);
        }
        if let Some(access) = found.get_mut(&client_id) {
            access.last_used = access.last_used.max(last_used);
        }
    }
    Ok(found)
}

/// Revokes a node of the person's own; refused where the login that it is asked in has ended, or where there is no such node.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeOwn {
    /// The login of the browser that asks.
    pub login_id: NodeId,
    /// The node.
    pub node: Node,
}

impl Call for RevokeOwn {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RevokeOwn";
    const POSTING: Posting = RevokeNode::POSTING;
    type Reply = ();
}

impl Command for RevokeOwn {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        require_current(sql, self.login_id, now)?;
        let node = self.node.clone();
        match (RevokeNode { node }.run(sql, now), self.node) {
            // A consent may be all that is left of a client: its grants have ended, and with them its session.
            (Err(Stop::Refused(Refusal::NotFound)), Node::Client(id)) => consent_alone(sql, id, now),
            (revoked, _) => revoked,
        }
    }
}

fn consent_alone(sql: &impl Sql, id: ClientId, now: Timestamp) -> Result<(), Stop> {
    let node = Node::Consent(id);
    RevokeNode { node }.run(sql, now)
}

/// Gives the account another password; refused where the login that it is asked in has ended. Whoever sends it has checked the present one.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangePassword {
    /// The login of the browser that asks; it stays.
    pub login_id: NodeId,
    /// The Argon2id hash of the new one, in PHC form.
    pub password_hash: String,
    /// What becomes of everything else.
    pub others: Others,
}

/// What a new password does to the other devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Others {
    /// They stay signed in.
    Stay,
    /// They are signed out, and what was granted for longer than a login ends as well.
    End,
}

impl Call for ChangePassword {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ChangePassword";
    const POSTING: Posting = RevokeNode::POSTING;
    type Reply = ();
}

impl Command for ChangePassword {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        require_current(sql, self.login_id, now)?;
        put_password(sql, self.password_hash)?;
        clear_tries(sql)?;
        match self.others {
            Others::Stay => Ok(()),
            Others::End => end_others(sql, self.login_id, now),
        }
    }
}

fn end_others(sql: &impl Sql, login_id: NodeId, now: Timestamp) -> Result<(), Stop> {
    for login in logins(sql)?.iter().filter(|login| login.id != login_id && !login.revoked) {
        let node = Node::Login(login.id);
        RevokeNode { node }.run(sql, now)?;
    }
    sql.exec(
        "UPDATE grant_ SET revoked_at = ? WHERE offline <> 0 AND revoked_at IS NULL",
        &[now.into()],
    )?;
    Ok(())
}
