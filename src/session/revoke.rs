//! Revocation: one fact on one row. What lies below a revoked node is unusable from that instant because every use looks at its ancestors.

use crate::client::home::RevokeClient;
use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Command, Stop};

/// Revokes a grant; a revoked one keeps the time of the first revocation.
pub fn grant(sql: &impl Sql, id: NodeId, now: Timestamp) -> Result<(), SqlFault> {
    sql.exec(
        "UPDATE grant_ SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
        &[now.into(), id.into()],
    )?;
    Ok(())
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

/// The client is gone: so are its session, its grants and the consent it had.
impl Command for RevokeClient {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        let client_id = self.client_id.as_str();
        sql.exec(
            "UPDATE client_session SET revoked_at = ? WHERE client_id = ? AND revoked_at IS NULL",
            &[now.into(), client_id.into()],
        )?;
        sql.exec("DELETE FROM consent WHERE client_id = ?", &[client_id.into()])?;
        Ok(())
    }
}
