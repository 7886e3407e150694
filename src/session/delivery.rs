//! Logout tokens that are owed to clients (OpenID Connect Back-Channel Logout, section 2.5). Each is written in the transaction that ends the session,
//! and is tried until the client has taken it, has refused it, or a day is over. What became of it is kept for the operator.

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::time::Timestamp;
use crate::object::meta;
use crate::object::sql::{Row, Sql, SqlFault};
use serde::{Deserialize, Serialize};

/// How long a delivery is tried, in seconds.
const PATIENCE: i64 = 86_400;

/// How long an attempt may be under way before another is made, in seconds: whoever made it may have ended with its machine.
const LEASE: i64 = 30;

/// The longest wait between two attempts, in seconds.
const LONGEST_WAIT: i64 = 3600;

/// How long the operator can see what became of a delivery, in seconds.
const SHOWN: i64 = 7 * 86_400;

/// A client that has a session in a login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The client.
    pub client_id: ClientId,
    /// What it knows the user by.
    pub sub: String,
    /// The node behind the `sid` that it was told.
    pub sid: NodeId,
}

impl Party {
    /// Reads the columns client_id, sub and sid.
    pub fn read(row: &Row) -> Result<Self, SqlFault> {
        Ok(Self {
            client_id: ClientId(row.text(0)?),
            sub: row.text(1)?,
            sid: row.node(2)?,
        })
    }
}

/// A delivery that is to be made now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The `jti` of its token: the same at every attempt.
    pub jti: NodeId,
    /// Whom it goes to, and what it says.
    pub party: Party,
    queued_at: Timestamp,
    attempts: i64,
}

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The client has answered with this status.
    Answered(u16),
    /// It has not answered, or could not be asked.
    Unanswered,
    /// It is registered no longer, or takes no logout tokens: nothing is owed.
    NotOwed,
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It is tried again.
    Pending,
    /// The client has taken it.
    Delivered,
    /// The client has refused it, which is its last word.
    Refused,
    /// The client could not be reached for a day.
    GivenUp,
}

impl Progress {
    const ALL: [Self; 4] = [Self::Pending, Self::Delivered, Self::Refused, Self::GivenUp];

    fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::GivenUp => "given_up",
        }
    }
}

/// Owes a client the news that a session of its is over.
pub fn owe(sql: &impl Sql, party: &Party, now: Timestamp) -> Result<(), SqlFault> {
    let jti = NodeId::derived("logout", &[&party.sid.0, party.sub.as_bytes(), &now.0.to_be_bytes()]);
    sql.exec(
        "INSERT INTO delivery (jti, client_id, sub, sid, progress, answer, attempts, queued_at, next_at)
         VALUES (?1, ?2, ?3, ?4, 'pending', '', 0, ?5, ?5) ON CONFLICT (jti) DO NOTHING",
        &[
            jti.into(),
            party.client_id.as_str().into(),
            party.sub.as_str().into(),
            party.sid.into(),
            now.into(),
        ],
    )?;
    sql.wake_by(now);
    Ok(())
}

/// Takes up the delivery that has been due the longest. Nobody else takes it up until this attempt has had its time.
pub fn take_up(sql: &impl Sql, now: Timestamp) -> Result<Option<Delivery>, SqlFault> {
    let rows = sql.exec(
        "UPDATE delivery SET attempts = attempts + 1, next_at = ?2
         WHERE jti = (SELECT jti FROM delivery WHERE next_at <= ?1 AND progress = 'pending' ORDER BY next_at LIMIT 1)
         RETURNING client_id, sub, sid, jti, queued_at, attempts",
        &[now.into(), now.plus(LEASE).into()],
    )?;
    if !rows.is_empty() {
        sql.wake_by(now.plus(LEASE));
    }
    let read = |row: &Row| {
        Ok(Delivery {
            party: Party::read(row)?,
            jti: row.node(3)?,
            queued_at: row.time(4)?,
            attempts: row.integer(5)?,
        })
    };
    rows.first().map(read).transpose()
}

/// Notes what an attempt came to. What has not been taken is tried again after a wait that doubles.
pub fn note(sql: &impl Sql, delivery: &Delivery, outcome: &Outcome, now: Timestamp) -> Result<(), SqlFault> {
    let progress = match outcome {
        Outcome::NotOwed => {
            sql.exec("DELETE FROM delivery WHERE jti = ?", &[delivery.jti.into()])?;
            return Ok(());
        }
        Outcome::Answered(200..=299) => Progress::Delivered,
        Outcome::Answered(400..=499) => Progress::Refused,
        _ if now.since(delivery.queued_at) >= PATIENCE => Progress::GivenUp,
        _ => Progress::Pending,
    };
    let next_at = match progress {
        Progress::Pending => now.plus(wait(delivery.attempts)),
        // Of an account that has been deleted nothing is shown.
        _ if meta(sql, "account")?.is_none() => now,
        _ => now.plus(SHOWN),
    };
    let answer = match outcome {
        Outcome::Answered(status) => status.to_string(),
        _ => String::new(),
    };
    sql.exec(
        "UPDATE delivery SET progress = ?, answer = ?, next_at = ? WHERE jti = ? AND progress = 'pending'",
        &[progress.name().into(), answer.into(), next_at.into(), delivery.jti.into()],
    )?;
    sql.wake_by(next_at);
    Ok(())
}

/// How long to wait after so many attempts, in seconds.
fn wait(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts).unwrap_or(0).min(12);
    1_i64.checked_shl(doublings).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}

/// When there is something to do next: an attempt, or to forget what came of one.
pub fn next(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    let rows = sql.exec("SELECT min(next_at) FROM delivery", &[])?;
    rows.first().map_or(Ok(None), |row| Ok(row.optional_integer(0)?.map(Timestamp)))
}

/// Forgets what has been shown for long enough.
pub fn sweep(sql: &impl Sql, now: Timestamp) -> Result<(), SqlFault> {
    sql.exec("DELETE FROM delivery WHERE next_at <= ? AND progress <> 'pending'", &[now.into()])?;
    Ok(())
}

/// A delivery as the operator sees it.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DeliveryNode {
    /// The `jti` of the logout token.
    pub jti: NodeId,
    pub client_id: ClientId,
    pub progress: Progress,
    /// The status of the client's last answer; empty where there was none.
    pub answer: String,
    pub attempts: i64,
    pub queued_at: Timestamp,
    /// When it is tried again, or forgotten.
    pub next_at: Timestamp,
}

/// Every delivery, the newest first.
pub fn list(sql: &impl Sql) -> Result<Vec<DeliveryNode>, SqlFault> {
    let rows = sql.exec(
        "SELECT jti, client_id, progress, answer, attempts, queued_at, next_at FROM delivery ORDER BY queued_at DESC, client_id",
        &[],
    )?;
    let read = |row: &Row| {
        let word = row.text(2)?;
        let progress = Progress::ALL.into_iter().find(|one| one.name() == word);
        Ok(DeliveryNode {
            jti: row.node(0)?,
            client_id: ClientId(row.text(1)?),
            progress: progress.ok_or_else(|| SqlFault::new(format!("no progress {word}")))?,
            answer: row.text(3)?,
            attempts: row.integer(4)?,
            queued_at: row.time(5)?,
            next_at: row.time(6)?,
        })
    };
    rows.iter().map(read).collect()
}
