//! Sweeping: every row has an end, so a tree does not grow without end. Expiry is enforced whenever a row is read; the sweep only makes room.

use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Sweep, meta, outbox, set_meta};
use crate::session::{audit, delivery};

/// How long after the first end a sweep comes, in seconds: what ends in between goes together.
const DELAY: i64 = 600;

/// The fact of an object that says when the first login ends that no grant holds, or earlier: the moment of the next sweep is asked for after every
/// command, and to find that login would mean to look at every one.
const BARE_LOGIN: &str = "bare_login";

/// A login may have lost its grant, or never got one: no end of a grant brings the sweep that takes it.
pub fn note_bare(sql: &impl Sql, login_id: NodeId) -> Result<(), SqlFault> {
    sql.exec(
        "INSERT INTO meta (key, value)
            SELECT ?1, expires_at FROM login WHERE id = ?2 AND NOT EXISTS (SELECT 1 FROM grant_ WHERE login_id = ?2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE CAST(excluded.value AS INTEGER) < CAST(value AS INTEGER)",
        &[BARE_LOGIN.into(), login_id.into()],
    )?;
    Ok(())
}

/// Removes what has ended. An object that is left with nothing is deleted whole.
pub fn sweep(sql: &impl Sql, now: Timestamp) -> Result<Sweep, SqlFault> {
    keep_last_of_login(sql, now)?;
    for statement in [
        // A used code outlives the other tokens of its grant: until then a replay has to be seen.
        "DELETE FROM token WHERE expires_at <= ?1 AND (class <> 'authorization_code' OR NOT EXISTS (
            SELECT 1 FROM token other WHERE other.grant_id = token.grant_id AND other.class <> 'authorization_code'))",
        "DELETE FROM grant_ WHERE sweep_at <= ?1",
        "DELETE FROM login WHERE expires_at <= ?1 AND id NOT IN (SELECT login_id FROM grant_)",
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
    note_first_bare(sql)?;
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
         WHERE sweep_at <= ?1 AND sid IS NOT NULL AND authorized_at IS NOT NULL
            AND EXISTS (SELECT 1 FROM login WHERE id = grant_.login_id AND revoked_at IS NULL AND expires_at > ?1)
            AND NOT EXISTS (SELECT 1 FROM grant_ later
                WHERE later.login_id = grant_.login_id AND later.client_id = grant_.client_id AND later.sid = grant_.sid AND later.rowid > grant_.rowid)",
        &[now.into()],
    )?;
    Ok(())
}

/// Looks for the first login that no grant holds any more; a sweep may.
fn note_first_bare(sql: &impl Sql) -> Result<(), SqlFault> {
    let rows = sql.exec(
        "SELECT min(expires_at) FROM login WHERE id NOT IN (SELECT login_id FROM grant_)",
        &[],
    )?;
    let first = rows.first().map(|row| row.optional_integer(0)).transpose()?.flatten();
    let first = first.map(|ends| ends.to_string());
    match first {
        same if same == meta(sql, BARE_LOGIN)? => Ok(()),
        Some(ends) => set_meta(sql, BARE_LOGIN, &ends),
        None => sql.exec("DELETE FROM meta WHERE key = ?", &[BARE_LOGIN.into()]).map(drop),
    }
}

/// When the object has to wake. One whose account has been deleted, and that owes nobody anything, has to go itself.
pub fn next_alarm(sql: &impl Sql, now: Timestamp) -> Result<Option<Timestamp>, SqlFault> {
    match next_due(sql, now)? {
        None if meta(sql, "account")?.is_none() => Ok(Some(now)),
        due => Ok(due),
    }
}

/// When something of what it holds is due: at once what it owes others, in its own time a sweep. The time of the sweep depends on the rows alone, so
/// that no command puts it off.
fn next_due(sql: &impl Sql, now: Timestamp) -> Result<Option<Timestamp>, SqlFault> {
    let rows = sql.exec(
        "SELECT min(ends) FROM (
            SELECT min(sweep_at) AS ends FROM grant_ UNION ALL
            SELECT CAST(value AS INTEGER) FROM meta WHERE key IN (?, ?) UNION ALL
            SELECT min(until) FROM try)",
        &[BARE_LOGIN.into(), audit::SWEEP_AT.into()],
    )?;
    let ends = rows.first().map(|row| row.optional_integer(0)).transpose()?.flatten();
    let ends = ends.map(Timestamp).filter(|ends| *ends < Timestamp::FOREVER);
    let sweep = ends.map(|ends| ends.plus(DELAY).max(now));
    Ok([outbox::next_due(sql)?, delivery::next(sql)?, sweep].into_iter().flatten().min())
}
