//! What a person sees of the own account, and changes there. Both commands name the login that the person gives them in, and do nothing where that has
//! ended: a browser that was signed out from elsewhere acts no more, whatever pages it still shows.

use crate::client::release::Release;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, Command, Posting, Refusal, Stop};
use crate::session::account::{clear_tries, profile, put_password};
use crate::session::audit::{self, By, Event};
use crate::session::login::require_current;
use crate::session::nodes::{ConsentNode, LoginNode, Node, RevokeNode, consents, end, logins};
use crate::session::revoke;
use serde::{Deserialize, Serialize};

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
    /// The clients that may have something.
    pub applications: Vec<Application>,
}

/// A client that may have something: by a consent, by what has been granted to it, or by both.
#[derive(Debug, Serialize, Deserialize)]
pub struct Application {
    /// What it may have, and since when, as if all of it had been consented to.
    pub access: ConsentNode,
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
            devices: logins(sql, now)?.into_iter().filter(in_force).collect(),
            applications: applications(sql, now)?,
        })
    }
}

/// Every client that the person has consented to, or that holds a grant which has neither ended nor been revoked. Grants that are alike are read as
/// one, however many there are.
fn applications(sql: &impl Sql, now: Timestamp) -> Result<Vec<Application>, SqlFault> {
    let consented = consents(sql)?.into_iter();
    let mut found: Vec<Application> = consented.map(|access| Application { access, last_used: None }).collect();
    // What is in force comes first: what is not tells of an application that is there already when it was last used, and makes none.
    let granted = sql.exec(
        "SELECT g.client_id, g.scope, g.claims, min(g.authorized_at), max(g.authorized_at),
                coalesce(g.revoked_at, c.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END) IS NULL AS in_force
         FROM grant_ g JOIN client_session c ON c.client_id = g.client_id JOIN login l ON l.id = g.login_id
         WHERE g.authorized_at IS NOT NULL AND g.expires_at > ? GROUP BY g.client_id, g.scope, g.claims, in_force ORDER BY in_force DESC",
        &[now.into()],
    )?;
    for row in &granted {
        let client_id = ClientId(row.text(0)?);
        let (since, last_used) = (row.time(3)?, Some(row.time(4)?));
        let held: Option<(Scope, Release)> = match row.integer(5)? {
            0 => None,
            _ => Some((row.json(1)?, row.json(2)?)),
        };
        match (found.iter_mut().find(|known| known.access.client_id == client_id), held) {
            (Some(known), held) => {
                known.last_used = known.last_used.max(last_used);
                if let Some((scope, release)) = held {
                    let access = &mut known.access;
                    access.scope = std::mem::take(&mut access.scope).union(&scope);
                    access.claims = std::mem::take(&mut access.claims).with(release.names().iter());
                    access.granted_at = access.granted_at.min(since);
                }
            }
            (None, Some((scope, release))) => {
                let access = ConsentNode {
                    client_id,
                    scope,
                    claims: release.names(),
                    granted_at: since,
                };
                found.push(Application { access, last_used });
            }
            (None, None) => {}
        }
    }
    Ok(found)
}

/// Changes something of the person's own; refused where the login that it is asked in has ended, or where there is no such node.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeAccount {
    /// The login of the browser that asks.
    pub login_id: NodeId,
    /// What is to change.
    pub change: Change,
}

/// What a person can change.
#[derive(Debug, Serialize, Deserialize)]
pub enum Change {
    /// A node is revoked.
    Revoke(Node),
    /// The password is another one. Whoever asks for it has checked the present one.
    Password {
        /// The Argon2id hash of the new one, in PHC form.
        hash: String,
        /// What becomes of everything but this login.
        others: Others,
    },
}

/// What a new password does to the other devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Others {
    /// They stay signed in.
    Stay,
    /// They are signed out, and what was granted for longer than a login ends as well.
    End,
}

impl Call for ChangeAccount {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ChangeAccount";
    const POSTING: Posting = RevokeNode::POSTING;
    type Reply = ();
}

impl Command for ChangeAccount {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        require_current(sql, self.login_id, now)?;
        match self.change {
            Change::Revoke(Node::Client(id)) => withdraw(sql, id, now),
            Change::Revoke(node) => end(sql, &node, By::Person, now),
            Change::Password { hash, others } => {
                put_password(sql, hash)?;
                clear_tries(sql)?;
                let ended = match others {
                    Others::Stay => "stayed",
                    Others::End => "ended",
                };
                let told = [("login", &*self.login_id.hex()), ("others", ended), By::Person.told()];
                audit::note(sql, Event::PasswordChanged, (None, &told), now)?;
                match others {
                    Others::Stay => Ok(()),
                    Others::End => Ok(end_others(sql, self.login_id, now)?),
                }
            }
        }
    }
}

/// Takes back what a client has. A consent may be all that is left of it: its grants have ended, and with them its session.
fn withdraw(sql: &impl Sql, id: ClientId, now: Timestamp) -> Result<(), Stop> {
    match end(sql, &Node::Client(id.clone()), By::Person, now) {
        Err(Stop::Refused(Refusal::NotFound)) => end(sql, &Node::Consent(id), By::Person, now),
        ended => ended,
    }
}

fn end_others(sql: &impl Sql, login_id: NodeId, now: Timestamp) -> Result<(), SqlFault> {
    for other in logins(sql, now)?.iter().filter(|other| other.id != login_id && !other.revoked) {
        revoke::login(sql, other.id, now)?;
    }
    revoke::for_longer(sql, now).map(drop)
}
