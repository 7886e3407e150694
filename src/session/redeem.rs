//! Redeeming an authorization code (RFC 6749, section 4.1.3; RFC 7636, section 4.6): once, by the client it was made for.

use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::pkce::Challenge;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault, to_json};
use crate::object::{Call, Class, Command, Refusal, Stop};
use crate::session::account::require_active;
use crate::session::revoke;
use crate::session::usage::{TokenClass, UsageRules};
use serde::{Deserialize, Serialize};

/// So many wrong verifiers or redirect URIs use a code up: a stolen code cannot be tried against guesses.
const FAILURES_ALLOWED: i64 = 5;

/// One presentation of a code by an authenticated client.
#[derive(Debug, Serialize, Deserialize)]
pub struct RedeemCode {
    /// The code's id.
    pub code_id: NodeId,
    /// Who presents it.
    pub client_id: ClientId,
    /// The redirect_uri that came with it.
    pub redirect_uri: Option<String>,
    /// The challenge that the presented verifier answers.
    pub challenge: Option<Challenge>,
    /// The id of the access token to be minted.
    pub access_token_id: NodeId,
    /// Its lifetime in seconds; it ends with the grant at the latest.
    pub access_token_lifetime: i64,
}

/// What the code has bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redeemed {
    /// The subject identifier.
    pub sub: String,
    /// The granted scope.
    pub scope: Scope,
    /// The request's nonce.
    pub nonce: Option<String>,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// How.
    pub acr: String,
    /// The node behind the client's `sid`, where it is told one.
    pub sid: Option<NodeId>,
    /// When the access token was minted.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Call for RedeemCode {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RedeemCode";
    type Reply = Redeemed;
}

impl Command for RedeemCode {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Redeemed, Stop> {
        require_active(sql).map_err(invalid_grant)?;
        let code = Code::find(sql, self.code_id)?.filter(|code| code.client_id == self.client_id);
        // A code of another client is as unknown as one that never was: whoever holds it learns and changes nothing.
        let Some(code) = code else {
            return Err(Refusal::InvalidGrant.into());
        };
        if code.used > 0 {
            revoke::grant(sql, code.grant_id, now)?;
            return Err(Refusal::InvalidGrant.into());
        }
        if !code.is_usable(now) {
            return Err(Refusal::InvalidGrant.into());
        }
        if !self.fits(&code.request) {
            code.count_failure(sql, self.code_id)?;
            return Err(Refusal::InvalidGrant.into());
        }
        code.consume(sql, self.code_id)?;
        self.mint_access_token(sql, &code, now)
    }
}

/// An inactive account looks to a client like a code that does not work.
fn invalid_grant(stop: Stop) -> Stop {
    match stop {
        Stop::Refused(_) => Stop::Refused(Refusal::InvalidGrant),
        failed => failed,
    }
}

impl RedeemCode {
    /// Whether redirect_uri and verifier are those of the request. A verifier where there was no challenge does not fit either
    /// (CVE-2023-48228).
    fn fits(&self, request: &AuthorizationRequest) -> bool {
        let verified = match (&request.code_challenge, &self.challenge) {
            (Some(expected), Some(presented)) => expected.matches(presented),
            (None, None) => true,
            _ => false,
        };
        verified && self.redirect_uri.as_ref() == Some(&request.redirect_uri)
    }

    fn mint_access_token(&self, sql: &impl Sql, code: &Code, now: Timestamp) -> Result<Redeemed, Stop> {
        let expires_at = now.plus(self.access_token_lifetime).min(code.grant_expires_at);
        let rule = UsageRules::default().access_token;
        sql.exec(
            "INSERT INTO token (id, grant_id, based_on, class, usage_rules, max_usage, used, failures, issued_at, expires_at)
             VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?)",
            &[
                self.access_token_id.into(),
                code.grant_id.into(),
                self.code_id.into(),
                TokenClass::AccessToken.name().into(),
                to_json(&rule)?,
                rule.max_usage.into(),
                now.into(),
                expires_at.into(),
            ],
        )?;
        sql.exec("UPDATE grant_ SET used = used + 1 WHERE id = ?", &[code.grant_id.into()])?;
        Ok(Redeemed {
            sub: code.sub.clone(),
            scope: code.scope.clone(),
            nonce: code.request.nonce.clone(),
            auth_time: code.auth_time,
            acr: code.acr.clone(),
            sid: code.sid,
            issued_at: now,
            expires_at,
        })
    }
}

/// A code with its ancestors.
struct Code {
    used: i64,
    expires_at: Timestamp,
    revoked: bool,
    grant_id: NodeId,
    grant_expires_at: Timestamp,
    client_id: ClientId,
    request: AuthorizationRequest,
    scope: Scope,
    sub: String,
    sid: Option<NodeId>,
    auth_time: Timestamp,
    acr: String,
}

impl Code {
    fn find(sql: &impl Sql, id: NodeId) -> Result<Option<Self>, SqlFault> {
        let rows = sql.exec(
            "SELECT t.used, t.expires_at,
                    coalesce(t.revoked_at, g.revoked_at, c.revoked_at, l.revoked_at) IS NOT NULL,
                    g.id, g.expires_at, g.client_id, g.request, g.scope, g.sub, g.sid, l.auth_time, l.acr
             FROM token t JOIN grant_ g ON g.id = t.grant_id
                          JOIN client_session c ON c.client_id = g.client_id
                          JOIN login l ON l.id = g.login_id
             WHERE t.id = ? AND t.class = ?",
            &[id.into(), TokenClass::AuthorizationCode.name().into()],
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
            client_id: ClientId(row.text(5)?),
            request: row.json(6)?,
            scope: row.json(7)?,
            sub: row.text(8)?,
            sid: row.optional_node(9)?,
            auth_time: row.time(10)?,
            acr: row.text(11)?,
        })
    }

    fn is_usable(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at && now < self.grant_expires_at
    }

    /// Uses the code up. The condition makes sure of it whatever came between, should commands ever interleave.
    fn consume(&self, sql: &impl Sql, id: NodeId) -> Result<(), Stop> {
        let won = sql.exec(
            "UPDATE token SET used = used + 1 WHERE id = ? AND used < coalesce(max_usage, used + 1) RETURNING used",
            &[id.into()],
        )?;
        match won.is_empty() {
            true => Err(Refusal::InvalidGrant.into()),
            false => Ok(()),
        }
    }

    fn count_failure(&self, sql: &impl Sql, id: NodeId) -> Result<(), SqlFault> {
        sql.exec(
            "UPDATE token SET failures = failures + 1, used = CASE WHEN failures + 1 >= ? THEN used + 1 ELSE used END WHERE id = ?",
            &[FAILURES_ALLOWED.into(), id.into()],
        )?;
        Ok(())
    }
}
