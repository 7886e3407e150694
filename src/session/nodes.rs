//! The nodes of a user's tree for the operator: logins, consents and deliveries are listed, and any node is revoked. What lies below it is unusable from then on.

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault};
use crate::object::{Call, Class, Command, Refusal, Stop, meta};
use crate::session::delivery::{self, DeliveryNode};
use crate::session::revoke;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// The user: every login, and what was granted for longer.
    User,
    /// A client's session with all its grants, and the consent that would bring it back.
    Client(ClientId),
    /// One authorization, and the consent that would give it again without a question.
    Grant(NodeId),
    /// A token with all that it has minted.
    Token(NodeId),
    /// A sign-in on one device.
    Login(NodeId),
    /// What the user has let a client have: it has to be asked for again. What was granted by it stays.
    Consent(ClientId),
}

/// Revokes a node; refused where there is none. Sent again it changes nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeNode {
    /// The node.
    pub node: Node,
}

impl Call for RevokeNode {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RevokeNode";
    type Reply = ();
}

impl Command for RevokeNode {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        match revoke(sql, &self.node, now)? {
            true => Ok(()),
            false => Err(Refusal::NotFound.into()),
        }
    }
}

/// Whether there is such a node, which is revoked now.
fn revoke(sql: &impl Sql, node: &Node, now: Timestamp) -> Result<bool, SqlFault> {
    match node {
        Node::User => {
            revoke::everything(sql, now)?;
            Ok(meta(sql, "account")?.is_some())
        }
        Node::Client(id) => {
            revoke::tell(sql, id, now)?;
            let is_there = revoke::client_session(sql, id, now)?;
            if is_there {
                revoke::consent(sql, id)?;
            }
            Ok(is_there)
        }
        Node::Grant(id) => {
            let rows = sql.exec(
                "UPDATE grant_ SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1 RETURNING client_id",
                &[(*id).into(), now.into()],
            )?;
            if let Some(row) = rows.first() {
                revoke::consent(sql, &ClientId(row.text(0)?))?;
            }
            Ok(!rows.is_empty())
        }
        Node::Login(id) => {
            revoke::login(sql, *id, now)?;
            let rows = sql.exec("SELECT 1 FROM login WHERE id = ?", &[(*id).into()])?;
            Ok(!rows.is_empty())
        }
        Node::Token(id) => token(sql, *id, now),
        Node::Consent(id) => revoke::consent(sql, id),
    }
}

/// Revokes a token with all that it has minted; false where there is none. Only the tokens of one grant are looked at, by their index. All that was minted
/// on another token of it was minted on its one code in the end: the tokens in between may have been swept.
fn token(sql: &impl Sql, id: NodeId, now: Timestamp) -> Result<bool, SqlFault> {
    let rows = sql.exec(
        "UPDATE token SET revoked_at = coalesce(revoked_at, ?2)
         WHERE grant_id = (SELECT grant_id FROM token WHERE id = ?1) AND id IN (
            WITH RECURSIVE below(id) AS (
                SELECT ?1 UNION
                SELECT id FROM token WHERE based_on IS NOT NULL
                    AND grant_id = (SELECT grant_id FROM token WHERE id = ?1 AND class = 'authorization_code') UNION
                SELECT t.id FROM token t JOIN below b ON t.based_on = b.id
                WHERE t.grant_id = (SELECT grant_id FROM token WHERE id = ?1))
            SELECT id FROM below)
         RETURNING 1",
        &[id.into(), now.into()],
    )?;
    Ok(!rows.is_empty())
}

/// Asks for the logins, consents and deliveries.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListNodes {}

/// The nodes that stand beside the clients.
#[derive(Debug, Serialize, Deserialize)]
pub struct Nodes {
    /// The logins, the newest first.
    pub logins: Vec<LoginNode>,
    /// The consents.
    pub consents: Vec<ConsentNode>,
    /// The logout tokens that clients are owed or have been.
    pub deliveries: Vec<DeliveryNode>,
}

/// One sign-in.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LoginNode {
    pub id: NodeId,
    pub auth_time: Timestamp,
    pub acr: String,
    pub expires_at: Timestamp,
    pub revoked: bool,
    /// Browser and system; empty where they are not known.
    pub device: String,
    /// The country's code, likewise.
    pub place: String,
}

/// What the user has let a client have.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ConsentNode {
    pub client_id: ClientId,
    pub scope: Scope,
    pub claims: BTreeSet<String>,
    pub granted_at: Timestamp,
}

impl Call for ListNodes {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ListNodes";
    type Reply = Nodes;
}

impl Command for ListNodes {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<Nodes, Stop> {
        if meta(sql, "account")?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        Ok(Nodes {
            logins: logins(sql)?,
            consents: consents(sql)?,
            deliveries: delivery::list(sql)?,
        })
    }
}

/// Every login, the newest first.
pub fn logins(sql: &impl Sql) -> Result<Vec<LoginNode>, SqlFault> {
    let rows = sql.exec(
        "SELECT id, auth_time, acr, expires_at, revoked_at IS NOT NULL, device, place FROM login ORDER BY auth_time DESC, id",
        &[],
    )?;
    let login = |row: &Row| {
        Ok(LoginNode {
            id: row.node(0)?,
            auth_time: row.time(1)?,
            acr: row.text(2)?,
            expires_at: row.time(3)?,
            revoked: row.integer(4)? != 0,
            device: row.text(5)?,
            place: row.text(6)?,
        })
    };
    rows.iter().map(login).collect()
}

/// Every consent, the oldest first.
pub fn consents(sql: &impl Sql) -> Result<Vec<ConsentNode>, SqlFault> {
    let rows = sql.exec(
        "SELECT client_id, scope, claims, granted_at FROM consent ORDER BY granted_at, client_id",
        &[],
    )?;
    let consent = |row: &Row| {
        Ok(ConsentNode {
            client_id: ClientId(row.text(0)?),
            scope: row.json(1)?,
            claims: row.json(2)?,
            granted_at: row.time(3)?,
        })
    };
    rows.iter().map(consent).collect()
}
