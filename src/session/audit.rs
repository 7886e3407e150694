//! The audit trail of a user: who signed in, what was granted, what was revoked, and by whom. Every entry is written in the transaction of what it tells,
//! and goes by its age.

use crate::oauth::ids::ClientId;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault, to_json};
use crate::object::{Call, Class, Command, Refusal, Stop, meta};
use crate::session::expire;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// So many entries are given at once.
pub const PAGE: usize = 1000;

/// So many are kept at most: no client makes a trail grow without end by asking again and again.
const MOST: i64 = 10_000;

/// An object wakes for its trail no more often than that, in seconds: what comes to its end in a day goes together.
const DAY: i64 = 86_400;

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A person has signed in; with what was granted along with it.
    SignedIn,
    /// The tries at the password are used up. Told once for each window.
    SignInRefused,
    /// A client was granted something that the person was not asked about.
    Granted,
    /// A client was granted something that the person said yes to.
    Consented,
    /// What a client was let have has been taken back.
    ConsentWithdrawn,
    /// A login has been ended by its person.
    SignedOut,
    /// Another node has been revoked.
    Revoked,
    /// The password is another one.
    PasswordChanged,
    /// The account has been disabled.
    Disabled,
    /// It has been enabled again.
    Enabled,
    /// A code or a refresh token came again, and its grant ended.
    Replayed,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::SignInRefused => "sign_in_refused",
            Self::Granted => "granted",
            Self::Consented => "consented",
            Self::ConsentWithdrawn => "consent_withdrawn",
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::PasswordChanged => "password_changed",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Replayed => "replayed",
        }
    }
}

/// Who has done it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The user.
    Person,
    /// Whoever holds the `ADMIN_TOKEN`.
    Operator,
    /// The client itself.
    Client,
}

impl By {
    /// As entries tell it.
    pub fn told(self) -> (&'static str, &'static str) {
        let name = match self {
            Self::Person => "person",
            Self::Operator => "operator",
            Self::Client => "client",
        };
        ("by", name)
    }
}

/// What an entry tells beyond its event: of which client, and what else by name.
pub type Told<'a> = (Option<&'a ClientId>, &'a [(&'a str, &'a str)]);

/// Writes an entry, where a trail is kept.
pub fn note(sql: &impl Sql, event: Event, (client_id, detail): Told<'_>, now: Timestamp) -> Result<(), SqlFault> {
    let lifetime = sql.audit_lifetime();
    if lifetime == 0 {
        return Ok(());
    }
    let detail: Map<String, Value> = detail.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    let written = sql.exec(
        "INSERT INTO audit (at, event, client_id, detail) VALUES (?, ?, ?, ?) RETURNING id",
        &[
            now.into(),
            event.name().into(),
            client_id.map(ClientId::as_str).into(),
            to_json(&detail)?,
        ],
    )?;
    if let Some(id) = written.first().map(|row| row.integer(0)).transpose()?.filter(|id| *id > MOST) {
        sql.exec("DELETE FROM audit WHERE id <= ?", &[id.saturating_sub(MOST).into()])?;
    }
    expire::ends_at(sql, now.plus(lifetime).plus(DAY));
    Ok(())
}

/// Removes what is too old.
pub fn sweep(sql: &impl Sql, now: Timestamp) -> Result<(), SqlFault> {
    if next_sweep(sql)?.is_none_or(|at| at > now) {
        return Ok(());
    }
    sql.exec(
        "DELETE FROM audit WHERE at <= ?",
        &[now.plus(sql.audit_lifetime().saturating_neg()).into()],
    )?;
    Ok(())
}

/// When the trail is swept next: a day after the end of its first entry.
pub fn next_sweep(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    let rows = sql.exec("SELECT at FROM audit ORDER BY id LIMIT 1", &[])?;
    let first = rows.first().map(|row| row.time(0)).transpose()?;
    Ok(first.map(|at| at.plus(sql.audit_lifetime()).plus(DAY)))
}

/// Asks for the trail.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListAudit {
    /// The id of the entry before which the list begins, where it goes on from another.
    pub before: Option<i64>,
}

impl Call for ListAudit {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ListAudit";
    /// The newest [`PAGE`] of those that have not come to their end, the newest first, as the admin API shows them: `id` (a later entry has a higher one),
    /// `at`, `event`, `client_id` and `detail`.
    type Reply = Vec<Value>;
}

impl Command for ListAudit {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Vec<Value>, Stop> {
        if meta(sql, "account")?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        let rows = sql.exec(
            "SELECT id, at, event, client_id, detail FROM audit WHERE id < ? AND at > ? ORDER BY id DESC LIMIT ?",
            &[
                self.before.unwrap_or(Timestamp::FOREVER.0).into(),
                now.plus(sql.audit_lifetime().saturating_neg()).into(),
                i64::try_from(PAGE).unwrap_or(i64::MAX).into(),
            ],
        )?;
        let read = |row: &Row| {
            Ok(json!({
                "id": row.integer(0)?,
                "at": row.integer(1)?,
                "event": row.text(2)?,
                "client_id": row.optional_text(3)?,
                "detail": row.json::<Value>(4)?,
            }))
        };
        Ok(rows.iter().map(read).collect::<Result<_, SqlFault>>()?)
    }
}
