//! Minting: new tokens of a grant, and what whoever writes them has to know.

use crate::client::release::Release;
use crate::oauth::ids::NodeId;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault, Value, to_json};
use crate::session::release;
use crate::session::usage::{TokenClass, UsageRule, UsageRules};
use serde::{Deserialize, Serialize};
use serde_json::Map;

/// Claims with their values.
pub type Claims = Map<String, serde_json::Value>;

/// What a response will bring: the ids of its tokens, and what stands in them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minted {
    /// The subject identifier.
    pub sub: String,
    /// The granted scope, or what of it was asked for.
    pub scope: Scope,
    /// The request's nonce.
    pub nonce: Option<String>,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// How.
    pub acr: String,
    /// The node behind the client's `sid`, where it is told one.
    pub sid: Option<NodeId>,
    /// Now, at the object.
    pub issued_at: Timestamp,
    /// The access token, where one comes: its id, and when it ends.
    pub access_token: Option<(NodeId, Timestamp)>,
    /// The id of the refresh token, where one comes.
    pub refresh_token: Option<NodeId>,
    /// What the ID token says of the user beyond the subject.
    pub id_token_claims: Claims,
    /// What the access token says of the user beyond the subject.
    pub access_token_claims: Claims,
}

/// A token that is to be stored.
pub struct NewToken {
    /// Its id.
    pub id: NodeId,
    /// The grant that it is of.
    pub grant_id: NodeId,
    /// The token that it is minted with.
    pub based_on: Option<NodeId>,
    /// What it is.
    pub class: TokenClass,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What it is narrowed to, where that is less than the grant.
    pub narrowed: Option<Narrowed>,
}

/// Less than was granted: a scope, and the claims that it releases at userinfo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Narrowed {
    /// The scope.
    pub scope: Scope,
    /// The claims.
    pub userinfo: crate::oauth::claims_request::Wanted,
}

/// Stores a token, and counts it at its grant.
pub fn store(sql: &impl Sql, token: &NewToken, now: Timestamp) -> Result<(), SqlFault> {
    let rule = rule(token.class);
    let narrowed = |part: Option<Result<Value, SqlFault>>| part.transpose().map(|part| part.unwrap_or(Value::Null));
    sql.exec(
        "INSERT INTO token (id, grant_id, based_on, class, usage_rules, max_usage, used, failures, issued_at, expires_at, scope, claims)
         VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?)",
        &[
            token.id.into(),
            token.grant_id.into(),
            token.based_on.into(),
            token.class.name().into(),
            to_json(&rule)?,
            rule.max_usage.into(),
            now.into(),
            token.expires_at.into(),
            narrowed(token.narrowed.as_ref().map(|narrowed| to_json(&narrowed.scope)))?,
            narrowed(token.narrowed.as_ref().map(|narrowed| to_json(&narrowed.userinfo)))?,
        ],
    )?;
    sql.exec("UPDATE grant_ SET used = used + 1 WHERE id = ?", &[token.grant_id.into()])?;
    Ok(())
}

fn rule(class: TokenClass) -> UsageRule {
    let rules = UsageRules::default();
    match class {
        TokenClass::AuthorizationCode => rules.authorization_code,
        TokenClass::AccessToken => rules.access_token,
        TokenClass::RefreshToken => rules.refresh_token,
        TokenClass::IdToken => UsageRule::default(),
    }
}

/// A token with its ancestors, for those who present it: the view `standing`.
pub struct Standing {
    /// How often it has been used.
    pub used: i64,
    expires_at: Timestamp,
    revoked: bool,
    /// The grant.
    pub grant_id: NodeId,
    /// When the grant ends.
    pub grant_expires_at: Timestamp,
    /// The client.
    pub client_id: String,
    /// The authorization request.
    pub request: crate::oauth::authorization_request::AuthorizationRequest,
    /// The scope of the token.
    pub scope: Scope,
    /// The claims of the grant.
    pub release: Release,
    sub: String,
    sid: Option<NodeId>,
    auth_time: Timestamp,
    acr: String,
    /// When it was first used.
    pub used_at: Option<Timestamp>,
    /// The token that has taken its place.
    pub superseded_by: Option<NodeId>,
}

impl Standing {
    /// Looks a token up; `None` where there is none of this id and class.
    pub fn find(sql: &impl Sql, id: NodeId, class: TokenClass) -> Result<Option<Self>, SqlFault> {
        let rows = sql.exec(
            "SELECT used, expires_at, revoked, grant_id, grant_expires_at, client_id, request, scope, claims, sub, sid, auth_time, acr,
                    superseded_by, used_at
             FROM standing WHERE id = ? AND class = ?",
            &[id.into(), class.name().into()],
        )?;
        rows.first().map(Self::read).transpose()
    }

    fn read(row: &Row) -> Result<Self, SqlFault> {
        Ok(Self {
            used: row.integer(0)?,
            expires_at: row.time(1)?,
            revoked: row.integer(2)? != 0,
            grant_id: row.node(3)?,
            grant_expires_at: row.time(4)?,
            client_id: row.text(5)?,
            request: row.json(6)?,
            scope: row.json(7)?,
            release: row.json(8)?,
            sub: row.text(9)?,
            sid: row.optional_node(10)?,
            auth_time: row.time(11)?,
            acr: row.text(12)?,
            superseded_by: row.optional_node(13)?,
            used_at: row.optional_integer(14)?.map(Timestamp),
        })
    }

    /// Whether it was first used less than so many seconds ago.
    pub fn was_just_used(&self, seconds: i64, now: Timestamp) -> bool {
        self.used_at.is_some_and(|used_at| now.since(used_at) < seconds)
    }

    /// Whether neither it nor an ancestor has ended.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at && now < self.grant_expires_at
    }

    /// What a response to its client says, without tokens yet.
    pub fn minted(self, sql: &impl Sql, now: Timestamp) -> Result<Minted, SqlFault> {
        Ok(Minted {
            id_token_claims: release::values(sql, &self.release.id_token)?,
            access_token_claims: release::values(sql, &self.release.access_token)?,
            sub: self.sub,
            scope: self.scope,
            nonce: self.request.nonce,
            auth_time: self.auth_time,
            acr: self.acr,
            sid: self.sid,
            issued_at: now,
            access_token: None,
            refresh_token: None,
        })
    }
}
