//! The nodes of a user's tree for the operator: logins, consents and deliveries are listed, and any node is revoked. What lies below it is unusable from then on.

use crate::client::release::ClaimNames;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault};
use crate::object::{Call, Class, Command, Refusal, Stop, meta};
use crate::session::audit::{self, By, Event};
use crate::session::delivery::{self, DeliveryNode};
use crate::session::login::STANDS;
use crate::session::revoke;
use serde::{Deserialize, Serialize};

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
        end(sql, &self.node, By::Operator, now)
    }
}

/// Revokes a node for somebody, and notes it where it was in force; refused where there is none.
pub fn end(sql: &impl Sql, node: &Node, by: By, now: Timestamp) -> Result<(), Stop> {
    let Found { ended, client_id } = revoke(sql, node, now)?.ok_or(Refusal::NotFound)?;
    if !ended {
        return Ok(());
    }
    let (event, kind, id) = entry(node, by);
    let id = id.map(|id| id.hex()).unwrap_or_default();
    let told: &[_] = match event {
        Event::ConsentWithdrawn => &[by.told()],
        Event::SignedOut => &[("login", &id), by.told()],
        _ if id.is_empty() => &[("node", kind), by.told()],
        _ => &[("node", kind), ("id", &id), by.told()],
    };
    Ok(audit::note(sql, event, (client_id.as_ref(), told), now)?)
}

/// What the audit trail calls a node that ends, and the id by which it names it.
fn entry(node: &Node, by: By) -> (Event, &'static str, Option<NodeId>) {
    match (node, by) {
        (Node::Consent(_), _) | (Node::Client(_), By::Person) => (Event::ConsentWithdrawn, "consent", None),
        (Node::Login(id), By::Person) => (Event::SignedOut, "login", Some(*id)),
        (Node::User, _) => (Event::Revoked, "user", None),
        (Node::Client(_), _) => (Event::Revoked, "client", None),
        (Node::Grant(id), _) => (Event::Revoked, "grant", Some(*id)),
        (Node::Token(id), _) => (Event::Revoked, "token", Some(*id)),
        (Node::Login(id), _) => (Event::Revoked, "login", Some(*id)),
    }
}

/// A node that is there.
struct Found {
    /// Whether anything of it was in force until now.
    ended: bool,
    /// Whose it is, where it is a client's.
    client_id: Option<ClientId>,
}

/// Revokes a node; `None` where there is none.
fn revoke(sql: &impl Sql, node: &Node, now: Timestamp) -> Result<Option<Found>, SqlFault> {
    let found = |ended, client_id| Some(Found { ended, client_id });
    Ok(match node {
        Node::User => {
            let ended = revoke::everything(sql, now)?;
            meta(sql, "account")?.and_then(|_| found(ended, None))
        }
        Node::Client(id) => {
            revoke::tell(sql, id, now)?;
            let ended = revoke::client_session(sql, id, now)?;
            let rows = sql.exec("SELECT 1 FROM client_session WHERE client_id = ?", &[id.as_str().into()])?;
            match rows.is_empty() {
                true => None,
                false => found(revoke::consent(sql, id)? || ended, Some(id.clone())),
            }
        }
        Node::Grant(id) => {
            let rows = sql.exec("SELECT client_id FROM grant_ WHERE id = ?", &[(*id).into()])?;
            match rows.first().map(|row| row.text(0)).transpose()?.map(ClientId) {
                None => None,
                Some(client_id) => {
                    let ended = revoke::grant(sql, *id, now)?;
                    found(revoke::consent(sql, &client_id)? || ended, Some(client_id))
                }
            }
        }
        Node::Login(id) => {
            let ended = revoke::login(sql, *id, now)?;
            let rows = sql.exec(
                &format!("SELECT 1 FROM login WHERE id = ?2 AND {STANDS}"),
                &[now.into(), (*id).into()],
            )?;
            rows.first().and_then(|_| found(ended, None))
        }
        Node::Token(id) => {
            let rows = sql.exec(
                "SELECT client_id FROM grant_ WHERE id = coalesce((SELECT grant_id FROM token WHERE id = ?1), ?1)
                    AND (id <> ?1 OR code_expires_at IS NOT NULL)",
                &[(*id).into()],
            )?;
            match rows.first() {
                None => None,
                Some(row) => found(token(sql, *id, now)?, Some(ClientId(row.text(0)?))),
            }
        }
        Node::Consent(id) => match revoke::consent(sql, id)? {
            true => found(true, Some(id.clone())),
            false => None,
        },
    })
}

/// Revokes a token with all that it has minted; false where all of it is revoked already. All that was minted on another token of a grant was minted on its
/// one code in the end: the tokens in between may have been swept. A code has the id of its grant, unless it was imported.
fn token(sql: &impl Sql, id: NodeId, now: Timestamp) -> Result<bool, SqlFault> {
    let code = sql.exec(
        "UPDATE grant_ SET code_revoked_at = ? WHERE id = ? AND code_expires_at IS NOT NULL AND code_revoked_at IS NULL RETURNING 1",
        &[now.into(), id.into()],
    )?;
    let tokens = sql.exec(
        "UPDATE token SET revoked_at = ?2
         WHERE revoked_at IS NULL AND grant_id = coalesce((SELECT grant_id FROM token WHERE id = ?1), ?1) AND id IN (
            WITH RECURSIVE below(id) AS (
                SELECT ?1 UNION
                SELECT id FROM token WHERE based_on IS NOT NULL
                    AND grant_id = coalesce((SELECT grant_id FROM token WHERE id = ?1 AND class = 'authorization_code'), ?1) UNION
                SELECT t.id FROM token t JOIN below b ON t.based_on = b.id
                WHERE t.grant_id = (SELECT grant_id FROM token WHERE id = ?1))
            SELECT id FROM below)
         RETURNING 1",
        &[id.into(), now.into()],
    )?;
    Ok(!code.is_empty() || !tokens.is_empty())
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
    pub claims: ClaimNames,
    pub granted_at: Timestamp,
}

impl Call for ListNodes {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ListNodes";
    type Reply = Nodes;
}

impl Command for ListNodes {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Nodes, Stop> {
        if meta(sql, "account")?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        Ok(Nodes {
            logins: logins(sql, now)?,
            consents: consents(sql)?,
            deliveries: delivery::list(sql)?,
        })
    }
}

/// Every login that stands, the newest first.
pub fn logins(sql: &impl Sql, now: Timestamp) -> Result<Vec<LoginNode>, SqlFault> {
    let rows = sql.exec(
        &format!(
            "SELECT id, auth_time, acr, expires_at, revoked_at IS NOT NULL, device, place FROM login WHERE {STANDS} ORDER BY auth_time DESC, id"
        ),
        &[now.into()],
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
