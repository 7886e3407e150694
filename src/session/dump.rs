//! The whole tree of a user, for the operator. Token values are not in it: the object does not have them.

use crate::client::policy::AccessTokenFormat;
use crate::client::release::Release;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::{Row, Sql, SqlFault};
use crate::object::{Call, Class, Command, Refusal, Stop, meta};
use crate::session::import::ImportedToken;
use crate::session::mint::Claims;
use crate::session::{account, release};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::iter::successors;

/// Asks for the tree.
#[derive(Debug, Serialize, Deserialize)]
pub struct DumpTree {
    /// The one client whose grants are wanted; those of all where it is absent.
    pub client_id: Option<ClientId>,
}

/// The user node.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct UserNode {
    pub revoked: bool,
    pub clients: Vec<ClientNode>,
}

/// A client session.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ClientNode {
    pub client_id: ClientId,
    pub revoked: bool,
    pub grants: Vec<GrantNode>,
}

/// A grant. `revoked` is true as well where an ancestor is.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct GrantNode {
    pub id: NodeId,
    pub expires_at: Timestamp,
    pub issued_at: Timestamp,
    pub not_before: Timestamp,
    pub revoked: bool,
    pub usage_rules: Value,
    pub used: i64,
    pub auth_time: Timestamp,
    pub acr: String,
    pub valid_until: Timestamp,
    pub request: Value,
    pub claims: Value,
    pub access_token_claims: Claims,
    pub access_token_format: AccessTokenFormat,
    pub resources: Vec<ClientId>,
    pub scope: Scope,
    pub sub: String,
    pub sid: Option<NodeId>,
    pub tokens: Vec<TokenNode>,
    /// Members of one that comes from elsewhere, as they stood in its dump.
    pub imported: Option<Map<String, Value>>,
}

/// A token. `revoked` is true as well where an ancestor is.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TokenNode {
    pub id: NodeId,
    pub based_on: Option<NodeId>,
    pub class: String,
    pub usage_rules: Value,
    pub used: i64,
    pub issued_at: Timestamp,
    pub not_before: Timestamp,
    pub expires_at: Timestamp,
    pub revoked: bool,
    pub scope: Scope,
    /// What is known of one that comes from elsewhere.
    pub imported: Option<ImportedToken>,
}

impl Call for DumpTree {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "DumpTree";
    type Reply = UserNode;
}

impl Command for DumpTree {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<UserNode, Stop> {
        if meta(sql, "account")?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        let revoked = account::is_disabled(sql)?;
        let rows = sql.exec("SELECT client_id, revoked_at FROM client_session ORDER BY first_at, client_id", &[])?;
        let clients = rows
            .iter()
            .map(|row| {
                let client_id = ClientId(row.text(0)?);
                let revoked = revoked || row.optional_integer(1)?.is_some();
                let grants = match self.client_id.as_ref().is_none_or(|wanted| *wanted == client_id) {
                    true => grants(sql, &client_id, revoked)?,
                    false => Vec::new(),
                };
                Ok(ClientNode {
                    client_id,
                    revoked,
                    grants,
                })
            })
            .collect::<Result<_, SqlFault>>()?;
        Ok(UserNode { revoked, clients })
    }
}

fn grants(sql: &impl Sql, client_id: &ClientId, above: bool) -> Result<Vec<GrantNode>, SqlFault> {
    let rows = sql.exec(
        "SELECT g.id, g.expires_at, g.issued_at, coalesce(g.revoked_at, CASE WHEN g.offline = 0 THEN l.revoked_at END), g.usage_rules, g.used,
                l.auth_time, l.acr, l.expires_at, g.request, g.claims, g.resources, g.scope, g.sub, g.sid, g.not_before, g.access_token_format, g.imported
         FROM grant_ g JOIN login l ON l.id = g.login_id WHERE g.client_id = ? ORDER BY g.issued_at, g.id",
        &[client_id.as_str().into()],
    )?;
    let mut held = tokens(sql, client_id)?;
    rows.iter()
        .map(|row| {
            let revoked = above || row.optional_integer(3)?.is_some();
            let id = row.node(0)?;
            let tokens = held.remove(&id).unwrap_or_default();
            let tokens: Vec<TokenNode> = tokens
                .into_iter()
                .map(|token| TokenNode {
                    revoked: revoked || token.revoked,
                    ..token
                })
                .collect();
            let release: Release = row.json(10)?;
            Ok(GrantNode {
                id,
                expires_at: row.time(1)?,
                issued_at: row.time(2)?,
                revoked,
                usage_rules: row.json(4)?,
                used: row.integer(5)?.saturating_add(i64::try_from(tokens.len()).unwrap_or_default()),
                auth_time: row.time(6)?,
                acr: row.text(7)?,
                valid_until: row.time(8)?,
                request: row.json(9)?,
                access_token_claims: release::values(sql, &release.access_token)?,
                claims: row.json(10)?,
                resources: row.json(11)?,
                scope: row.json(12)?,
                sub: row.text(13)?,
                sid: row.optional_node(14)?,
                not_before: row.time(15)?,
                access_token_format: row.json(16)?,
                tokens,
                imported: row.optional_json(17)?,
            })
        })
        .collect()
}

/// The tokens of a client's grants, in the order in which they were issued. A code is used once it has bought something.
fn tokens(sql: &impl Sql, client_id: &ClientId) -> Result<LiteMap<NodeId, Vec<TokenNode>>, SqlFault> {
    let rows = sql.exec(
        "SELECT t.id, t.based_on, t.class, t.usage_rules, t.used, t.issued_at, t.expires_at, t.revoked_at, coalesce(t.scope, g.scope), t.not_before, t.imported,
                t.grant_id
         FROM token t JOIN grant_ g ON g.id = t.grant_id WHERE g.client_id = ?1
         UNION ALL
         SELECT id, NULL, 'authorization_code', json_extract(usage_rules, '$.authorization_code'), code_used_at IS NOT NULL, authorized_at,
                code_expires_at, code_revoked_at, scope, 0, NULL, id
         FROM grant_ WHERE client_id = ?1 AND code_expires_at IS NOT NULL
         ORDER BY t.issued_at, t.class, t.id",
        &[client_id.as_str().into()],
    )?;
    let mut held: LiteMap<NodeId, Vec<TokenNode>> = LiteMap::new_vec();
    for row in &rows {
        let grant_id = row.node(11)?;
        match held.get_mut(&grant_id) {
            Some(tokens) => tokens.push(token(row)?),
            None => drop(held.insert(grant_id, vec![token(row)?])),
        }
    }
    for (_, tokens) in held.iter_mut() {
        let bases: Vec<NodeId> = tokens.iter().filter_map(|token| token.based_on).collect();
        let order: LiteMap<NodeId, Place> = tokens.iter().map(|token| (token.id, place(token, tokens))).collect();
        tokens.sort_by_key(|token| order.get(&token.id).copied());
        for code in tokens
            .iter_mut()
            .filter(|token| token.class == TokenClass::AuthorizationCode.name())
        {
            code.used = code.used.max(i64::from(bases.contains(&code.id)));
        }
    }
    Ok(held)
}

/// Where a token stands among those of its grant: what was imported first, as it stood, then the code, then by how far it is from what all of them come from. Of those that come from one, a
/// code's access token is the first, and a refresh token's successor.
fn place(token: &TokenNode, among: &[TokenNode]) -> Place {
    let base = |token: &TokenNode| among.iter().find(|other| Some(other.id) == token.based_on);
    let is_code = |token: &TokenNode| token.class == TokenClass::AuthorizationCode.name();
    let distance = successors(base(token), |token| base(token)).take(among.len()).count();
    let is_last = (token.class == TokenClass::RefreshToken.name()) == base(token).is_none_or(is_code);
    let place = token.imported.as_ref().map_or(usize::MAX, |imported| imported.place);
    (place, !is_code(token), distance, is_last, token.issued_at)
}

/// See [`place`].
type Place = (usize, bool, usize, bool, Timestamp);

fn token(row: &Row) -> Result<TokenNode, SqlFault> {
    Ok(TokenNode {
        id: row.node(0)?,
        based_on: row.optional_node(1)?,
        class: row.text(2)?,
        usage_rules: row.json(3)?,
        used: row.integer(4)?,
        issued_at: row.time(5)?,
        expires_at: row.time(6)?,
        revoked: row.optional_integer(7)?.is_some(),
        scope: row.json(8)?,
        not_before: row.time(9)?,
        imported: row.optional_json(10)?,
    })
}
