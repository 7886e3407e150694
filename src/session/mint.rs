//! Minting: new tokens of a grant, and what whoever writes them has to know.

use crate::client::policy::AccessTokenFormat;
use crate::client::release::Release;
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::claims_request::Wanted;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::{TokenClass, UsageRule, UsageRules};
use crate::object::sql::{Row, Sql, SqlFault, to_json};
use crate::session::release;
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
    /// The clients that the access token is for.
    pub resources: Vec<ClientId>,
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
    /// The access token, where one comes.
    pub access_token: Option<MintedAccessToken>,
    /// The id of the refresh token, where one comes.
    pub refresh_token: Option<NodeId>,
    /// Whether an ID token may come, where the scope has one.
    pub id_token: bool,
    /// What the ID token says of the user beyond the subject.
    pub id_token_claims: Claims,
    /// What the access token says of the user beyond the subject.
    pub access_token_claims: Claims,
}

/// An access token that a response will bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MintedAccessToken {
    /// Its id.
    pub id: NodeId,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What it looks like.
    pub format: AccessTokenFormat,
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
    pub userinfo: Wanted,
}

/// Stores a token under the rules of its grant, and counts it there.
pub fn store(sql: &impl Sql, token: &NewToken, rules: &UsageRules, now: Timestamp) -> Result<(), SqlFault> {
    let rule = rules.of(token.class);
    sql.exec(
        "INSERT INTO token (id, grant_id, based_on, class, usage_rules, max_usage, used, issued_at, expires_at, scope, claims)
         VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)",
        &[
            token.id.into(),
            token.grant_id.into(),
            token.based_on.into(),
            token.class.name().into(),
            to_json(&rule),
            rule.max_usage.into(),
            now.into(),
            token.expires_at.into(),
            token.narrowed.as_ref().map(|narrowed| to_json(&narrowed.scope)).into(),
            token.narrowed.as_ref().map(|narrowed| to_json(&narrowed.userinfo)).into(),
        ],
    )?;
    Ok(())
}

/// How long refresh tokens live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshLifetimes {
    /// From the authorization of the grant to the end of the last of them, where the rules of the grant do not say.
    pub all: i64,
    /// From one use to the next; 0 where it does not matter.
    pub idle: i64,
}

/// A code or a refresh token with its ancestors, for those who present it: a row of the view `code` or of the view `standing`.
pub struct Standing {
    /// How often it has been used.
    pub used: i64,
    /// Its own rules.
    pub rule: UsageRule,
    /// The rules of its grant: for what it mints.
    pub rules: UsageRules,
    not_before: Timestamp,
    authorized_at: Timestamp,
    expires_at: Timestamp,
    revoked: bool,
    /// The grant.
    pub grant_id: NodeId,
    /// When the grant ends.
    pub grant_expires_at: Timestamp,
    /// The client.
    pub client_id: String,
    /// The authorization request.
    pub request: AuthorizationRequest,
    /// The scope of the token.
    pub scope: Scope,
    /// The claims of the grant.
    pub release: Release,
    sub: String,
    sid: Option<NodeId>,
    auth_time: Timestamp,
    acr: String,
    access_token_format: AccessTokenFormat,
    resources: Vec<ClientId>,
    /// When it was first used.
    pub used_at: Option<Timestamp>,
    /// The token that has taken its place.
    pub superseded_by: Option<NodeId>,
}

/// What [`Standing::read`] reads of either view.
const COLUMNS: &str = "used, expires_at, revoked, grant_id, grant_expires_at, client_id, request, scope, claims, sub, sid, auth_time, acr,
    superseded_by, usage_rules, grant_rules, not_before, authorized_at, access_token_format, resources";

impl Standing {
    /// Looks the code of a grant up; `None` where there is none. What it has bought says when it was used.
    pub fn find_code(sql: &impl Sql, grant_id: NodeId) -> Result<Option<Self>, SqlFault> {
        let rows = sql.exec(
            &format!("SELECT {COLUMNS}, coalesce(used_at, (SELECT issued_at FROM token WHERE id = ?2)) FROM code WHERE id = ?1"),
            &[grant_id.into(), grant_id.heir().into()],
        )?;
        rows.first().map(Self::read).transpose()
    }

    /// Looks a refresh token up; `None` where there is none of this id.
    pub fn find_refresh_token(sql: &impl Sql, id: NodeId) -> Result<Option<Self>, SqlFault> {
        let rows = sql.exec(
            &format!("SELECT {COLUMNS}, used_at FROM standing WHERE id = ? AND class = 'refresh_token'"),
            &[id.into()],
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
            rule: row.json(14)?,
            rules: row.json(15)?,
            not_before: row.time(16)?,
            authorized_at: row.time(17)?,
            access_token_format: row.json(18)?,
            resources: row.json(19)?,
            used_at: row.optional_integer(20)?.map(Timestamp),
        })
    }

    /// Whether it was first used less than so many seconds ago.
    pub fn was_just_used(&self, seconds: i64, now: Timestamp) -> bool {
        self.used_at.is_some_and(|used_at| now.since(used_at) < seconds)
    }

    /// Whether it may be used once more.
    pub fn has_use_left(&self) -> bool {
        self.rule.max_usage.is_none_or(|times| self.used < times)
    }

    /// When an access token ends that it mints now: `lifetime` is for a grant whose rules do not say.
    pub fn access_token_end(&self, lifetime: i64, now: Timestamp) -> Timestamp {
        let lifetime = self.rules.access_token.expires_in.unwrap_or(lifetime);
        now.plus(lifetime).min(self.grant_expires_at)
    }

    /// When a refresh token ends that it mints now, or that it is and has just been used: refreshing does not put off the end of the whole.
    pub fn refresh_token_end(&self, lifetimes: RefreshLifetimes, now: Timestamp) -> Timestamp {
        let all = self.rules.refresh_token.expires_in.unwrap_or(lifetimes.all);
        let end = self.authorized_at.plus(all).min(self.grant_expires_at);
        match lifetimes.idle {
            0 => end,
            idle => end.min(now.plus(idle)),
        }
    }

    /// Whether it and its ancestors have begun and none has ended.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.revoked && self.not_before <= now && now < self.expires_at && now < self.grant_expires_at
    }

    /// What a response to its client says that brings an access token it has minted, and maybe a refresh token.
    pub fn minted(
        self,
        sql: &impl Sql,
        access_token: &NewToken,
        refresh_token: Option<NodeId>,
        now: Timestamp,
    ) -> Result<Minted, SqlFault> {
        Ok(Minted {
            id_token_claims: release::values(sql, &self.release.id_token)?,
            access_token_claims: release::values(sql, &self.release.access_token)?,
            sub: self.sub,
            scope: self.scope,
            resources: self.resources,
            nonce: self.request.nonce,
            auth_time: self.auth_time,
            acr: self.acr,
            sid: self.sid,
            issued_at: now,
            access_token: Some(MintedAccessToken {
                id: access_token.id,
                expires_at: access_token.expires_at,
                format: self.access_token_format,
            }),
            refresh_token,
            // Refresh tokens keep to it too: oidcop's list for them says nothing of ID tokens, which come with a refresh all the same.
            id_token: self.rules.authorization_code.mints(TokenClass::IdToken),
        })
    }
}
