//! Redeeming an authorization code (RFC 6749, section 4.1.3; RFC 7636, section 4.6): once, by the client it was made for.

use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::claim::OFFLINE_ACCESS;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::pkce::Challenge;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, Command, Refusal, Stop};
use crate::session::account::require_active;
use crate::session::mint::{Minted, NewToken, RefreshLifetimes, Standing, store};
use crate::session::revoke;
use serde::{Deserialize, Serialize};

/// So many wrong verifiers or redirect URIs use a code up: a stolen code cannot be tried against guesses.
const FAILURES_ALLOWED: i64 = 5;

/// One presentation of a code by an authenticated client.
#[derive(Debug, Serialize, Deserialize)]
pub struct RedeemCode {
    /// The grant that the code is of.
    pub grant_id: NodeId,
    /// Who presents it.
    pub client_id: ClientId,
    /// The redirect_uri that came with it.
    pub redirect_uri: Option<String>,
    /// The challenge that the presented verifier answers.
    pub challenge: Option<Challenge>,
    /// The lifetime of the access token to be minted, in seconds; it ends with the grant at the latest.
    pub access_token_lifetime: i64,
    /// The id of the refresh token to be minted, where one is due.
    pub refresh_token_id: NodeId,
    /// How long it and its successors live.
    pub refresh_lifetimes: RefreshLifetimes,
    /// When one is due.
    pub refresh: RefreshPolicy,
    /// For how many seconds after its use a code that comes again with the verifier to its challenge is taken for a form that was sent twice: it is
    /// refused, and what it bought stays. 0 takes every repeat for a replay, and so is every repeat of a code that had no challenge.
    pub double_submit: i64,
}

/// When a code buys a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshPolicy {
    /// Always: the client has registered the grant type.
    Always,
    /// Where `offline_access` was granted (OpenID Connect Core, section 11).
    OfflineAccess,
}

impl Call for RedeemCode {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RedeemCode";
    type Reply = Minted;
}

impl Command for RedeemCode {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Minted, Stop> {
        require_active(sql).map_err(invalid_grant)?;
        let code = Standing::find_code(sql, self.grant_id)?;
        // A code of another client is as unknown as one that never was: whoever holds it learns and changes nothing.
        let Some(code) = code.filter(|code| code.client_id == self.client_id.as_str()) else {
            return Err(Refusal::InvalidGrant.into());
        };
        if let Some(used_at) = code.used_at {
            if !self.is_double_submit(&code, used_at, now) {
                revoke::replayed(sql, TokenClass::AuthorizationCode, (code.grant_id, &self.client_id), now)?;
            }
            return Err(Refusal::InvalidGrant.into());
        }
        if !code.is_live(now) || !code.has_use_left() {
            return Err(Refusal::InvalidGrant.into());
        }
        if !self.fits(&code.request) {
            self.count_failure(sql)?;
            return Err(Refusal::InvalidGrant.into());
        }
        self.mint(sql, code, now)
    }
}

/// An inactive account looks to a client like a code that does not work.
pub fn invalid_grant(stop: Stop) -> Stop {
    match stop {
        Stop::Refused(_) => Stop::Refused(Refusal::InvalidGrant),
        failed => failed,
    }
}

impl RedeemCode {
    /// Who stole a code alone cannot answer its challenge; whoever can is the client itself, or knows as much.
    fn is_double_submit(&self, code: &Standing, used_at: Timestamp, now: Timestamp) -> bool {
        self.challenge.is_some() && now.since(used_at) < self.double_submit && self.fits(&code.request)
    }

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

    fn count_failure(&self, sql: &impl Sql) -> Result<(), SqlFault> {
        sql.exec(
            "UPDATE grant_ SET code_failures = code_failures + 1, code_used_at = iif(code_failures + 1 >= ?, 0, NULL) WHERE id = ?",
            &[FAILURES_ALLOWED.into(), self.grant_id.into()],
        )?;
        Ok(())
    }

    fn mint(&self, sql: &impl Sql, code: Standing, now: Timestamp) -> Result<Minted, Stop> {
        let token = |id, class, expires_at| NewToken {
            id,
            grant_id: self.grant_id,
            based_on: Some(self.grant_id),
            class,
            expires_at,
            narrowed: None,
        };
        let access_token = token(
            self.grant_id.heir(),
            TokenClass::AccessToken,
            code.access_token_end(self.access_token_lifetime, now),
        );
        store(sql, &access_token, &code.rules, now)?;
        let due = self.refresh == RefreshPolicy::Always || code.scope.contains(OFFLINE_ACCESS);
        let due = due && code.rule.mints(TokenClass::RefreshToken);
        if due {
            let end = code.refresh_token_end(self.refresh_lifetimes, now);
            store(sql, &token(self.refresh_token_id, TokenClass::RefreshToken, end), &code.rules, now)?;
        }
        Ok(code.minted(sql, &access_token, due.then_some(self.refresh_token_id), now)?)
    }
}
