//! Taking over a tree from another provider of the same model. What this provider has no place for is kept beside the row, so that a dump shows the
//! tree as it came.

use crate::client::release::Release;
use crate::oauth::claim::OFFLINE_ACCESS;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::json;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault, Value, to_json};
use crate::object::{Call, Class, Command, OnEmpty, Stop};
use crate::session::account::{PutAccount, is_active, is_disabled};
use crate::session::dump::{GrantNode, TokenNode, UserNode};
use crate::session::expire;
use crate::session::grant::{remember_consent, tell_client};
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// The id of the row of a token that another provider has issued: it follows from the token's text, so that whoever presents the text names the row,
/// and storage does not have to keep it.
pub fn imported_token_id(text: &str) -> NodeId {
    NodeId::derived("imported token", &[text.as_bytes()])
}

/// Adds the nodes of another provider's tree to a user's, whose account is begun where there is none. A grant that is there already is left alone, so
/// that the same tree may be sent again.
#[derive(Debug, Serialize, Deserialize)]
pub struct ImportTree {
    /// The tree, as a dump of it would be. What has no end ends [`Timestamp::FOREVER`]; a revoked user is disabled where the account is new. Whoever sends
    /// it has made sure that the rules, requests and claims in it can be read.
    pub tree: UserNode,
}

/// What a dump said of a token and nothing here needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportedToken {
    /// The id that it had there.
    pub id: String,
    /// Its text, sealed: to whoever has the storage alone it is worth nothing.
    pub sealed: String,
    /// Members of the token as they stood in the dump.
    pub members: Map<String, serde_json::Value>,
    /// Where it stood among the tokens of its grant.
    #[serde(default)]
    pub place: usize,
}

/// What was new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Imported {
    pub grants: u32,
    pub tokens: u32,
}

impl Call for ImportTree {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ImportTree";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    type Reply = Imported;
}

impl Command for ImportTree {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Imported, Stop> {
        if !is_active(sql)? && !is_disabled(sql)? {
            let account = PutAccount {
                password_hash: None,
                claims: None,
                disabled: Some(self.tree.revoked),
            };
            account.run(sql, now)?;
        }
        let mut imported = Imported::default();
        for client in &self.tree.clients {
            let revoked = self.tree.revoked || client.revoked;
            begin(sql, &client.client_id, revoked, now)?;
            for grant in &client.grants {
                if insert_grant(sql, &client.client_id, grant, now)? {
                    for (place, token) in grant.tokens.iter().enumerate() {
                        insert_token(sql, grant.id, (place, token), now)?;
                        imported.tokens = imported.tokens.saturating_add(1);
                    }
                    imported.grants = imported.grants.saturating_add(1);
                }
            }
        }
        Ok(imported)
    }
}

/// Begins a client session, unless there is one.
fn begin(sql: &impl Sql, client_id: &ClientId, revoked: bool, now: Timestamp) -> Result<(), SqlFault> {
    let begun = sql.exec(
        "INSERT INTO client_session (client_id, first_at, revoked_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
        &[client_id.as_str().into(), now.into(), since(revoked, now)],
    )?;
    match begun.is_empty() {
        true => Ok(()),
        false => tell_client(sql, client_id, now),
    }
}

/// Whether the grant is new. The person is not asked again for what an unrevoked one says that they have let the client have.
fn insert_grant(sql: &impl Sql, client_id: &ClientId, grant: &GrantNode, now: Timestamp) -> Result<bool, SqlFault> {
    let login_id = NodeId::derived("imported login", &[&grant.id.0]);
    let inserted = sql.exec(
        "INSERT INTO grant_ (id, client_id, login_id, sub, request, scope, claims, resources, usage_rules, sid, offline, userinfo_jwt,
                             access_token_format, used, issued_at, authorized_at, not_before, expires_at, sweep_at, revoked_at, imported)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1",
        &[
            grant.id.into(),
            client_id.as_str().into(),
            login_id.into(),
            grant.sub.as_str().into(),
            to_json(&grant.request),
            to_json(&grant.scope),
            to_json(&grant.claims),
            to_json(&grant.resources),
            to_json(&grant.usage_rules),
            grant.sid.into(),
            i64::from(grant.scope.contains(OFFLINE_ACCESS)).into(),
            to_json(&grant.access_token_format),
            // Its tokens are counted where they stand.
            grant
                .used
                .saturating_sub(i64::try_from(grant.tokens.len()).unwrap_or_default())
                .into(),
            grant.issued_at.into(),
            // From here on the lifetimes of this provider's refresh tokens count.
            now.into(),
            grant.not_before.into(),
            grant.expires_at.into(),
            grant.expires_at.into(),
            since(grant.revoked, now),
            to_json(&grant.imported),
        ],
    )?;
    if inserted.is_empty() {
        return Ok(false);
    }
    sql.exec(
        "INSERT INTO login (id, auth_time, acr, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        &[
            login_id.into(),
            grant.auth_time.into(),
            grant.acr.as_str().into(),
            grant.valid_until.into(),
        ],
    )?;
    expire::ends_at(sql, grant.expires_at);
    if !grant.revoked && !grant.scope.is_empty() {
        let release: Release = json::of_value(&grant.claims).unwrap_or_default();
        remember_consent(sql, client_id, &grant.scope, &release, now)?;
    }
    Ok(true)
}

fn insert_token(sql: &impl Sql, grant_id: NodeId, (place, token): (usize, &TokenNode), now: Timestamp) -> Result<(), SqlFault> {
    let imported = token.imported.clone().map(|imported| ImportedToken { place, ..imported });
    sql.exec(
        "INSERT INTO token (id, grant_id, based_on, class, usage_rules, max_usage, used, issued_at, not_before, expires_at, revoked_at, imported)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        &[
            token.id.into(),
            grant_id.into(),
            token.based_on.into(),
            token.class.as_str().into(),
            to_json(&token.usage_rules),
            token.usage_rules.get("max_usage").and_then(serde_json::Value::as_i64).into(),
            token.used.into(),
            token.issued_at.into(),
            token.not_before.into(),
            token.expires_at.into(),
            since(token.revoked, now),
            to_json(&imported),
        ],
    )?;
    Ok(())
}

fn since(revoked: bool, now: Timestamp) -> Value {
    if revoked { now.into() } else { Value::Null }
}
