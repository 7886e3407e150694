//! The audit trail of a user: who signed in, what was granted, what was revoked, and by whom. Every entry is written in the transaction of what it tells,
//! and goes by its age. The entry of a sign-in is the row of its login.

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault, Value as Cell, to_json};
use crate::object::{Call, Class, Command, Refusal, Stop, meta};
use crate::session::expire;
use crate::session::login::STANDS;
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
    if sql.audit_lifetime() == 0 {
        return Ok(());
    }
    let written = sql.exec(
        "INSERT INTO audit (at, event, client_id, detail) VALUES (?, ?, ?, ?) RETURNING id",
        &[
            now.into(),
            event.name().into(),
            client_id.map(ClientId::as_str).into(),
            to_json(&object(detail)),
        ],
    )?;
    if let Some(id) = written.first().map(|row| row.integer(0)).transpose()?.filter(|id| *id > MOST) {
        sql.exec("DELETE FROM audit WHERE id <= ?", &[id.saturating_sub(MOST).into()])?;
    }
    expire::ends_at(sql, now.plus(sql.audit_lifetime()).plus(DAY));
    Ok(())
}

fn object(members: &[(&str, &str)]) -> Map<String, Value> {
    members.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
}

/// The entry of a sign-in, for the row of its login: what it tells beyond that. NULL where no trail is kept.
pub fn entry_of_sign_in(sql: &impl Sql, (client_id, granted): Told<'_>, now: Timestamp) -> Result<Cell, SqlFault> {
    if sql.audit_lifetime() == 0 {
        return Ok(Cell::Null);
    }
    expire::ends_at(sql, now.plus(sql.audit_lifetime()).plus(DAY));
    Ok(to_json(&json!({ "client_id": client_id, "detail": object(granted) })))
}

/// Removes what is too old or too much. Of a login that still stands the entry goes alone.
pub fn sweep(sql: &impl Sql, now: Timestamp) -> Result<(), SqlFault> {
    let Some(Kept { first, number }) = kept(sql)? else {
        return Ok(());
    };
    let too_old = Some(now.plus(sql.audit_lifetime().saturating_neg())).filter(|_| swept_at(sql, first) <= now);
    let too_much = if number > MOST { first_too_much(sql)? } else { None };
    let Some(last) = too_old.max(too_much) else {
        return Ok(());
    };
    sql.exec("DELETE FROM audit WHERE at <= ?", &[last.into()])?;
    sql.exec(
        &format!("DELETE FROM login WHERE NOT {STANDS} AND auth_time <= ?2"),
        &[now.into(), last.into()],
    )?;
    sql.exec(
        "UPDATE login SET entry = NULL WHERE entry IS NOT NULL AND auth_time <= ?",
        &[last.into()],
    )?;
    Ok(())
}

/// When the trail is swept next: a day after the end of its first entry.
pub fn next_sweep(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    Ok(kept(sql)?.map(|kept| swept_at(sql, kept.first)))
}

fn swept_at(sql: &impl Sql, first: Timestamp) -> Timestamp {
    first.plus(sql.audit_lifetime()).plus(DAY)
}

/// The trail as it is kept.
struct Kept {
    /// When the first entry was written.
    first: Timestamp,
    /// How many there are at most.
    number: i64,
}

/// What there is of a trail; `None` where that is nothing. The entries of sign-ins are all read.
fn kept(sql: &impl Sql) -> Result<Option<Kept>, SqlFault> {
    let rows = sql.exec(
        "SELECT min(first), sum(number) FROM (
            SELECT at AS first, (SELECT max(id) FROM audit) - id + 1 AS number FROM (SELECT id, at FROM audit ORDER BY id LIMIT 1) UNION ALL
            SELECT min(auth_time), count(*) FROM login WHERE entry IS NOT NULL)",
        &[],
    )?;
    let read = |row: &Row| match row.optional_integer(0)? {
        Some(first) => Ok(Some(Kept {
            first: Timestamp(first),
            number: row.integer(1)?,
        })),
        None => Ok(None),
    };
    Ok(rows.first().map(read).transpose()?.flatten())
}

/// The time of the newest entry that is one too much.
fn first_too_much(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    let rows = sql.exec(
        "SELECT at FROM (SELECT at FROM audit UNION ALL SELECT auth_time FROM login WHERE entry IS NOT NULL) ORDER BY at DESC LIMIT 1 OFFSET ?",
        &[MOST.into()],
    )?;
    rows.first().map(|row| row.time(0)).transpose()
}

/// Whether a text can be the id of an entry.
pub fn is_entry_id(text: &str) -> bool {
    let is_number = |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('.').collect::<Vec<_>>().as_slice() {
        [at, number] => is_number(at, 10) && is_number(number, 9),
        [at, number, login] => is_number(at, 10) && is_number(number, 9) && NodeId::from_hex(login).is_some(),
        _ => false,
    }
}

/// Asks for the trail.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListAudit {
    /// The id of the entry before which the list begins, where it goes on from another.
    pub before: Option<String>,
}

impl Call for ListAudit {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ListAudit";
    /// The newest [`PAGE`] of those that have not come to their end, the newest first, as the admin API shows them: `id`, `at`, `event`, `client_id` and
    /// `detail`. A later entry has a higher id, as texts are compared; sign-ins in one second that nothing stands between are in no order.
    type Reply = Vec<Value>;
}

impl Command for ListAudit {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Vec<Value>, Stop> {
        if meta(sql, "account")?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        let rows = sql.exec(
            "SELECT id, at, event, client_id, detail FROM (
                SELECT printf('%010d.%09d', at, id) AS id, at, event, client_id, detail FROM audit
                UNION ALL
                SELECT printf('%010d.%09d.%s', auth_time, entry_after, lower(hex(id))), auth_time, 'signed_in', json_extract(entry, '$.client_id'),
                    json_patch(json_object('login', lower(hex(id)), 'device', device, 'place', place), json_extract(entry, '$.detail'))
                FROM login WHERE entry IS NOT NULL)
             WHERE (id < ?1 OR ?1 IS NULL) AND at > ?2 ORDER BY id DESC LIMIT ?3",
            &[
                self.before.into(),
                now.plus(sql.audit_lifetime().saturating_neg()).into(),
                i64::try_from(PAGE).unwrap_or(i64::MAX).into(),
            ],
        )?;
        let read = |row: &Row| {
            Ok(json!({
                "id": row.text(0)?,
                "at": row.integer(1)?,
                "event": row.text(2)?,
                "client_id": row.optional_text(3)?,
                "detail": row.json::<Value>(4)?,
            }))
        };
        Ok(rows.iter().map(read).collect::<Result<_, SqlFault>>()?)
    }
}
