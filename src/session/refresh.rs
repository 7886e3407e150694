//! Refreshing (RFC 6749, section 6): a refresh token is used once and gives its successor along with a new access token (RFC 9700, section 4.14.2).

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, Command, Refusal, Stop};
use crate::session::account::require_active;
use crate::session::mint::{Minted, Narrowed, NewToken, RefreshLifetimes, Standing, store};
use crate::session::redeem::invalid_grant;
use crate::session::revoke;
use serde::{Deserialize, Serialize};

/// For so many seconds after its use a replaced refresh token is known, so that a replay shows. Then its row may go: a chain that is refreshed for
/// years stays as long as what was used in this time.
const REPLAY_MEMORY: i64 = 7 * 86_400;

/// One presentation of a refresh token by an authenticated client.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefreshTokens {
    /// The token's id.
    pub refresh_token_id: NodeId,
    /// Who presents it.
    pub client_id: ClientId,
    /// The id of the refresh token that will take its place.
    pub successor_id: NodeId,
    /// How long refresh tokens live.
    pub refresh_lifetimes: RefreshLifetimes,
    /// For how many seconds the old token, presented again, gives the same successor: the answer to the first may have been lost on its way.
    pub grace: i64,
    /// The id of the access token to be minted.
    pub access_token_id: NodeId,
    /// Its lifetime in seconds; it ends with the grant at the latest.
    pub access_token_lifetime: i64,
    /// What the access token is to be narrowed to; the next refresh begins from the whole grant again.
    pub narrowed: Option<Narrowed>,
}

impl Call for RefreshTokens {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RefreshTokens";
    type Reply = Minted;
}

impl Command for RefreshTokens {
    fn run(mut self, sql: &impl Sql, now: Timestamp) -> Result<Minted, Stop> {
        require_active(sql).map_err(invalid_grant)?;
        let presented = Standing::find_refresh_token(sql, self.refresh_token_id)?;
        // A token of another client is as unknown as one that never was: whoever holds it learns and changes nothing.
        let presented = presented.filter(|token| token.client_id == self.client_id.as_str());
        let presented = presented.filter(|token| token.is_live(now)).ok_or(Refusal::InvalidGrant)?;
        if let Some(successor) = presented.superseded_by {
            self.check_repeat(sql, &presented, successor, now)?;
        }
        let narrowed = self.narrow(&presented)?;
        let successor = match presented.superseded_by {
            Some(successor) => Some(successor),
            None if !presented.has_use_left() => return Err(Refusal::InvalidGrant.into()),
            None => self.use_up(sql, &presented, now)?,
        };
        let scope = narrowed.as_ref().map(|narrowed| narrowed.scope.clone());
        let access_token = NewToken {
            id: self.access_token_id,
            grant_id: presented.grant_id,
            based_on: Some(self.refresh_token_id),
            class: TokenClass::AccessToken,
            expires_at: presented.access_token_end(self.access_token_lifetime, now),
            narrowed,
        };
        store(sql, &access_token, &presented.rules, now)?;
        let minted = presented.minted(sql, &access_token, successor, now)?;
        Ok(Minted {
            scope: scope.unwrap_or(minted.scope),
            // The request is long answered (OpenID Connect Core, section 12.2).
            nonce: None,
            ..minted
        })
    }
}

impl RefreshTokens {
    /// A token that has been replaced gives its successor again while its grace lasts and the successor lives.
    fn check_repeat(&self, sql: &impl Sql, presented: &Standing, successor: NodeId, now: Timestamp) -> Result<(), Stop> {
        if !presented.was_just_used(self.grace, now) {
            revoke::replayed(sql, TokenClass::RefreshToken, (presented.grant_id, &self.client_id), now)?;
            return Err(Refusal::InvalidGrant.into());
        }
        let successor = Standing::find_refresh_token(sql, successor)?;
        match successor.is_some_and(|successor| successor.is_live(now)) {
            true => Ok(()),
            false => Err(Refusal::InvalidGrant.into()),
        }
    }

    /// Less than was granted, never more. Claims that the request asked for by name stay, whatever the scope.
    fn narrow(&mut self, presented: &Standing) -> Result<Option<Narrowed>, Refusal> {
        let Some(mut narrowed) = self.narrowed.take() else {
            return Ok(None);
        };
        if narrowed.scope.is_empty() || !narrowed.scope.is_subset(&presented.scope) {
            return Err(Refusal::InvalidScope);
        }
        let by_scope = narrowed.userinfo;
        let by_name = presented.request.claims.clone().unwrap_or_default().userinfo;
        let kept = presented.release.userinfo.iter().filter(|(claim, _)| {
            let plain = claim.split('#').next().unwrap_or(claim);
            by_scope.contains_key(plain) || by_name.contains_key(claim.as_str())
        });
        narrowed.userinfo = kept.map(|(claim, wish)| (claim.clone(), wish.clone())).collect();
        Ok(Some(narrowed))
    }

    /// Counts the use, and mints the token that takes its place. One that may mint none stays in use.
    fn use_up(&self, sql: &impl Sql, presented: &Standing, now: Timestamp) -> Result<Option<NodeId>, SqlFault> {
        let end = presented.refresh_token_end(self.refresh_lifetimes, now);
        let successor = presented.rule.mints(TokenClass::RefreshToken).then(|| NewToken {
            id: self.successor_id,
            grant_id: presented.grant_id,
            based_on: Some(self.refresh_token_id),
            class: TokenClass::RefreshToken,
            expires_at: end,
            narrowed: None,
        });
        if let Some(successor) = &successor {
            store(sql, successor, &presented.rules, now)?;
        }
        let successor = successor.map(|successor| successor.id);
        let own_end = successor.map_or(end, |_| now.plus(REPLAY_MEMORY));
        sql.exec(
            "UPDATE token SET used = used + 1, superseded_by = ?1, used_at = coalesce(used_at, ?2), expires_at = iif(?1 IS NULL, ?3, min(expires_at, ?3))
             WHERE id = ?4",
            &[successor.into(), now.into(), own_end.into(), self.refresh_token_id.into()],
        )?;
        // No alarm comes before the grant ends, which may be years away: its tokens are swept where they are made.
        let [first, last] = presented.grant_id.family();
        let gone = sql.exec(
            "DELETE FROM token WHERE id BETWEEN ?1 AND ?2 AND grant_id = ?3 AND expires_at <= ?4
             RETURNING iif(class = 'access_token' AND based_on = grant_id, issued_at, NULL)",
            &[first.into(), last.into(), presented.grant_id.into(), now.into()],
        )?;
        if !gone.is_empty() {
            // By the one that the code has bought the code was known to be used.
            let bought: Vec<Option<i64>> = gone.iter().map(|row| row.optional_integer(0)).collect::<Result<_, _>>()?;
            sql.exec(
                "UPDATE grant_ SET used = used + ?, code_used_at = coalesce(code_used_at, ?) WHERE id = ?",
                &[
                    i64::try_from(gone.len()).unwrap_or(i64::MAX).into(),
                    bought.into_iter().flatten().next().into(),
                    presented.grant_id.into(),
                ],
            )?;
        }
        Ok(successor)
    }
}
