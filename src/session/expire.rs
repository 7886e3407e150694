//! Sweeping: every row has an end, so a tree does not grow without end. Expiry is enforced whenever a row is read; the sweep only makes room.

use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Sweep, meta, outbox};
use crate::session::{audit, delivery};

/// How long after the first end a sweep comes, in seconds: what ends in between goes together.
const DELAY: i64 = 600;

/// Says when something ends that has been written.
pub fn ends_at(sql: &impl Sql, end: Timestamp) {
    sql.wake_by(end.plus(DELAY));
}

/// A login may have lost its grant, or never got one: no end of a grant brings the sweep that takes it.
pub fn note_bare(sql: &impl Sql, login_id: NodeId) -> Result<(), SqlFault> {
    let rows = sql.exec("SELECT expires_at FROM login WHERE id = ?", &[login_id.into()])?;
    if let Some(row) = rows.first() {
        ends_at(sql, row.time(0)?);
    }
    Ok(())
}

/// Removes what has ended. An object that is left with nothing is deleted whole.
pub fn sweep(sql: &impl Sql, now: Timestamp) -> Result<Sweep, SqlFault> {
    keep_last_of_login(sql, now)?;
    for statement in [
        // A code is known to be used by what it has bought; where that goes, the grant has to say so itself.
        "UPDATE grant_ SET used = grant_.used + gone.number, code_used_at = coalesce(grant_.code_used_at, gone.bought_at) FROM (
            SELECT grant_id, count(*) AS number, max(issued_at) FILTER (WHERE class = 'access_token' AND based_on = grant_id) AS bought_at
            FROM token WHERE expires_at <= ?1 AND class <> 'authorization_code' GROUP BY grant_id) AS gone
         WHERE grant_.id = gone.grant_id AND grant_.sweep_at > ?1",
        // Codes go with their grants: until then a replay is seen.
        "DELETE FROM token WHERE expires_at <= ?1 AND class <> 'authorization_code'",
        "DELETE FROM grant_ WHERE sweep_at <= ?1",
        // One that the audit trail tells of goes with that.
        "DELETE FROM login WHERE expires_at <= ?1 AND entry IS NULL AND id NOT IN (SELECT login_id FROM grant_)",
        "DELETE FROM try WHERE until <= ?1",
    ] {
        sql.exec(statement, &[now.into()])?;
    }
    sql.exec("DELETE FROM token WHERE grant_id NOT IN (SELECT id FROM grant_)", &[])?;
    sql.exec(
        "DELETE FROM client_session WHERE client_id NOT IN (SELECT client_id FROM grant_)",
        &[],
    )?;
    delivery::sweep(sql, now)?;
    audit::sweep(sql, now)?;
    let has_account = meta(sql, "account")?.is_some();
    Ok(if has_account || next_due(sql, now)?.is_some() {
        Sweep::Keep
    } else {
        Sweep::DeleteAll
    })
}

/// Keeps the last grant by which a client was told of a session until its login ends: by it the client is found when the login does.
fn keep_last_of_login(sql: &impl Sql, now: Timestamp) -> Result<(), SqlFault> {
    sql.exec(
        "UPDATE grant_ SET sweep_at = (SELECT expires_at FROM login WHERE id = grant_.login_id)
         WHERE sweep_at <= ?1
            AND EXISTS (SELECT 1 FROM login WHERE id = grant_.login_id AND revoked_at IS NULL AND expires_at > ?1)
            AND id IN (SELECT id FROM (
                SELECT id, row_number() OVER (PARTITION BY login_id, client_id, sid ORDER BY issued_at DESC, id) AS place
                FROM grant_ WHERE sid IS NOT NULL AND authorized_at IS NOT NULL) WHERE place = 1)",
        &[now.into()],
    )?;
    Ok(())
}

/// When the object has to wake. One whose account has been deleted, and that owes nobody anything, has to go itself.
pub fn next_alarm(sql: &impl Sql, now: Timestamp) -> Result<Option<Timestamp>, SqlFault> {
    match next_due(sql, now)? {
        None if meta(sql, "account")?.is_none() => Ok(Some(now)),
        due => Ok(due),
    }
}

/// When something of what it holds is due: at once what it owes others, in its own time a sweep. The time of the sweep depends on the rows alone, so
/// that no command puts it off; the end of a login that is an entry of the trail as well counts until it has come.
fn next_due(sql: &impl Sql, now: Timestamp) -> Result<Option<Timestamp>, SqlFault> {
    let rows = sql.exec(
        "SELECT min(ends) FROM (
            SELECT min(sweep_at) AS ends FROM grant_ UNION ALL
            SELECT min(expires_at) FROM login WHERE (entry IS NULL OR expires_at > ?) AND id NOT IN (SELECT login_id FROM grant_) UNION ALL
            SELECT min(until) FROM try)",
        &[now.into()],
    )?;
    let ends = rows.first().map(|row| row.optional_integer(0)).transpose()?.flatten();
    let ends = ends.map(Timestamp).filter(|ends| *ends < Timestamp::FOREVER);
    let ends = [ends, audit::next_sweep(sql)?].into_iter().flatten().min();
    let sweep = ends.map(|ends| ends.plus(DELAY).max(now));
    Ok([outbox::next_due(sql)?, delivery::next(sql)?, sweep].into_iter().flatten().min())
}
