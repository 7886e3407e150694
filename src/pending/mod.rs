//! State that ends by itself before a user is known. Every handle has an object of its own, which deletes itself when its time is over.

pub mod once;
pub mod rate;

use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Envelope, RunFault, Schema, Sweep, exists, run};
use once::UseOnce;
use rate::CountRequest;

const SCHEMA: Schema = Schema {
    create: &[
        "CREATE TABLE rate (ends_at INTEGER NOT NULL, requests INTEGER NOT NULL) STRICT",
        "CREATE TABLE used (ends_at INTEGER NOT NULL) STRICT",
    ],
};

/// Runs a call on the storage of a pending object.
pub fn dispatch(sql: &impl Sql, call: &Envelope, now: Timestamp) -> Result<String, RunFault> {
    match call.command.as_str() {
        CountRequest::NAME => run::<CountRequest>(sql, &SCHEMA, call, now),
        UseOnce::NAME => run::<UseOnce>(sql, &SCHEMA, call, now),
        unknown => Err(RunFault::Call(unknown.to_owned())),
    }
}

/// When the object ends.
pub fn next_alarm(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    if !exists(sql)? {
        return Ok(None);
    }
    let rows = sql.exec(
        "SELECT max(ends_at) FROM (SELECT ends_at FROM rate UNION ALL SELECT ends_at FROM used)",
        &[],
    )?;
    rows.first().map_or(Ok(None), |row| Ok(row.optional_integer(0)?.map(Timestamp)))
}

/// Whether the object's end has come.
pub fn sweep(sql: &impl Sql, now: Timestamp) -> Result<Sweep, SqlFault> {
    Ok(match next_alarm(sql)? {
        Some(end) if end <= now => Sweep::DeleteAll,
        _ => Sweep::Keep,
    })
}
