//! Commands that one object owes another. They are written in the transaction that gives rise to them and delivered at least once, so
//! every command that travels this way gives the same result when it is run again.

use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, write_call};

/// The table, which every object has.
pub const TABLE: &str = "CREATE TABLE outbox (
    id INTEGER PRIMARY KEY, class TEXT NOT NULL, name TEXT NOT NULL, call TEXT NOT NULL,
    attempts INTEGER NOT NULL, next_at INTEGER NOT NULL) STRICT";

/// The longest wait between two attempts, in seconds.
const LONGEST_WAIT: i64 = 3600;

/// How many deliveries are made at once.
const BATCH: i64 = 40;

/// A call that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its row.
    pub id: i64,
    /// The class of the object it goes to.
    pub class: Class,
    /// The name of that object.
    pub name: String,
    /// The body of the call.
    pub call: String,
    attempts: i64,
}

/// Puts a command for the object `name` into the outbox.
pub fn post<C: Call>(sql: &impl Sql, name: &str, command: &C, now: Timestamp) -> Result<(), SqlFault> {
    let call = write_call(name, command);
    sql.exec(
        "INSERT INTO outbox (class, name, call, attempts, next_at) VALUES (?, ?, ?, 0, ?)",
        &[C::CLASS.name().into(), name.into(), call.into(), now.into()],
    )?;
    sql.wake_by(now);
    Ok(())
}

/// The calls that are due, the oldest first.
pub fn due(sql: &impl Sql, now: Timestamp) -> Result<Vec<Delivery>, SqlFault> {
    let rows = sql.exec(
        "SELECT id, class, name, call, attempts FROM outbox WHERE next_at <= ? ORDER BY next_at, id LIMIT ?",
        &[now.into(), BATCH.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Delivery {
                id: row.integer(0)?,
                class: class_of(&row.text(1)?)?,
                name: row.text(2)?,
                call: row.text(3)?,
                attempts: row.integer(4)?,
            })
        })
        .collect()
}

/// The call has been answered: it is owed no longer.
pub fn delivered(sql: &impl Sql, delivery: &Delivery) -> Result<(), SqlFault> {
    sql.exec("DELETE FROM outbox WHERE id = ?", &[delivery.id.into()])?;
    Ok(())
}

/// The call has not been answered: it is tried again after a wait that doubles.
pub fn failed(sql: &impl Sql, delivery: &Delivery, now: Timestamp) -> Result<(), SqlFault> {
    let doublings = u32::try_from(delivery.attempts).unwrap_or(0).min(12);
    let wait = 1_i64.checked_shl(doublings).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    sql.exec(
        "UPDATE outbox SET attempts = attempts + 1, next_at = ? WHERE id = ?",
        &[now.plus(wait).into(), delivery.id.into()],
    )?;
    Ok(())
}

/// When the next call is due.
pub fn next_due(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    let rows = sql.exec("SELECT min(next_at) FROM outbox", &[])?;
    rows.first().map_or(Ok(None), |row| Ok(row.optional_integer(0)?.map(Timestamp)))
}

fn class_of(name: &str) -> Result<Class, SqlFault> {
    Class::named(name).ok_or_else(|| SqlFault::new(format!("no class {name}")))
}
