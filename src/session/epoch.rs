//! An epoch: what was issued before it is of no use any more. It is how an operator makes sure that an object which was set back to an earlier state, or whose
//! secrets have leaked, accepts nothing of before.

use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{exists, meta, set_meta};
use crate::session::login::STANDS;
use crate::session::revoke;

const ENTERED: &str = "epoch";

/// Enters an epoch, where the object is not in it already: every login of before ends, and what was granted before for longer.
pub fn enter(sql: &impl Sql, epoch: Timestamp, now: Timestamp) -> Result<(), SqlFault> {
    if epoch == Timestamp(0) || !exists(sql)? {
        return Ok(());
    }
    let epoch_text = epoch.0.to_string();
    if meta(sql, ENTERED)?.as_ref() == Some(&epoch_text) {
        return Ok(());
    }
    let logins = sql.exec(
        &format!("SELECT id FROM login WHERE revoked_at IS NULL AND auth_time < ?2 AND {STANDS}"),
        &[now.into(), epoch.into()],
    )?;
    for row in logins {
        revoke::login(sql, row.node(0)?, now)?;
    }
    sql.exec(
        "UPDATE grant_ SET revoked_at = ?1 WHERE offline <> 0 AND revoked_at IS NULL AND authorized_at < ?2",
        &[now.into(), epoch.into()],
    )?;
    set_meta(sql, ENTERED, &epoch_text)
}
