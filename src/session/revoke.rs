//! Revocation: one fact on one row. What lies below a revoked node is unusable from that instant because every use looks at its ancestors.

use crate::client::home::RevokeClient;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, Command, Refusal, Stop};
use serde::{Deserialize, Serialize};

/// Revokes a grant; a revoked one keeps the time of the first revocation.
pub fn grant(sql: &impl Sql, id: NodeId, now: Timestamp) -> Result<(), SqlFault> {
    sql.exec(
        "UPDATE grant_ SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        &[now.into(), id.into()],
    )?;
    Ok(())
}

/// Revokes a client session with all its grants; false where there is none.
pub fn client_session(sql: &impl Sql, id: &ClientId, now: Timestamp) -> Result<bool, SqlFault> {
    let rows = sql.exec(
        "UPDATE client_session SET revoked_at = coalesce(revoked_at, ?) WHERE client_id = ? RETURNING 1",
        &[now.into(), id.as_str().into()],
    )?;
    Ok(!rows.is_empty())
}

/// Takes back what the user has let a client have; false where that is nothing.
pub fn consent(sql: &impl Sql, id: &ClientId) -> Result<bool, SqlFault> {
    let gone = sql.exec("DELETE FROM consent WHERE client_id = ? RETURNING 1", &[id.as_str().into()])?;
    Ok(!gone.is_empty())
}

/// Revokes every login, with it what was granted in it, and what was granted for longer.
pub fn everything(sql: &impl Sql, now: Timestamp) -> Result<(), SqlFault> {
    sql.exec("UPDATE login SET revoked_at = ? WHERE revoked_at IS NULL", &[now.into()])?;
    sql.exec(
        "UPDATE grant_ SET revoked_at = ? WHERE offline <> 0 AND revoked_at IS NULL",
        &[now.into()],
    )?;
    Ok(())
}

/// A client gives up a token of its own (RFC 7009, section 2.1); refused where it has none of this id. A refresh token takes its whole grant along, so
/// that nothing of its family is left, whatever has been minted of it at the same time.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeToken {
    /// The token's id.
    pub token_id: NodeId,
    /// Whose it has to be.
    pub client_id: ClientId,
}

impl Call for RevokeToken {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RevokeToken";
    type Reply = ();
}

impl Command for RevokeToken {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        // What has ended is unknown, be its row swept already or not: otherwise a refresh token that is long replaced would take its grant along or
        // not as the sweep comes.
        let rows = sql.exec(
            "SELECT grant_id, class FROM standing WHERE id = ? AND client_id = ? AND expires_at > ?",
            &[self.token_id.into(), self.client_id.as_str().into(), now.into()],
        )?;
        let row = rows.first().ok_or(Refusal::NotFound)?;
        if row.text(1)? == TokenClass::RefreshToken.name() {
            return Ok(grant(sql, row.node(0)?, now)?);
        }
        sql.exec(
            "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
            &[now.into(), self.token_id.into()],
        )?;
        Ok(())
    }
}

/// The client is gone: so are its session, its grants and the consent it had.
impl Command for RevokeClient {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        client_session(sql, &self.client_id, now)?;
        consent(sql, &self.client_id)?;
        Ok(())
    }
}
