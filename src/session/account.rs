//! The account at the root of the tree: password hash, claims, whether it is disabled, and how many tries at the password have been made.

use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault, to_json};
use crate::object::{Call, Class, Command, OnEmpty, Refusal, Stop, meta, set_meta};
use crate::password;
use crate::session::audit::{self, By, Event};
use crate::session::{expire, revoke};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const STATE: &str = "account";
const ACTIVE: &str = "active";
const DISABLED: &str = "disabled";
const PASSWORD: &str = "password";

/// Whether a person may use the account: it exists and is not disabled.
pub fn is_active(sql: &impl Sql) -> Result<bool, SqlFault> {
    Ok(meta(sql, STATE)?.as_deref() == Some(ACTIVE))
}

/// Whether the account exists and has been disabled.
pub fn is_disabled(sql: &impl Sql) -> Result<bool, SqlFault> {
    Ok(meta(sql, STATE)?.as_deref() == Some(DISABLED))
}

/// [`is_active`] as a condition of a statement, which then needs no other before it.
pub const IS_ACTIVE: &str = "EXISTS (SELECT 1 FROM meta WHERE key = 'account' AND value = 'active')";

/// Stops a command unless the account is active.
pub fn require_active(sql: &impl Sql) -> Result<(), Stop> {
    match is_active(sql)? {
        true => Ok(()),
        false => Err(Refusal::NotFound.into()),
    }
}

/// Creates the account or changes what is given of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PutAccount {
    /// The Argon2id hash in PHC form.
    pub password_hash: Option<String>,
    /// All claims; they replace the earlier ones.
    pub claims: Option<Map<String, Value>>,
    /// Whether nothing of the account works any more. Disabling ends every login for good.
    pub disabled: Option<bool>,
}

/// What [`PutAccount`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Put {
    /// There was no account before.
    Created,
    /// There was one.
    Changed,
}

impl Call for PutAccount {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "PutAccount";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    type Reply = Put;
}

impl Command for PutAccount {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Put, Stop> {
        let before = meta(sql, STATE)?;
        if let Some(hash) = self.password_hash {
            put_password(sql, hash)?;
            if before.is_some() {
                audit::note(sql, Event::PasswordChanged, (None, &[By::Operator.told()]), now)?;
            }
        }
        if let Some(claims) = self.claims {
            sql.exec("DELETE FROM profile", &[])?;
            for (claim, value) in &claims {
                sql.exec(
                    "INSERT INTO profile (claim, value) VALUES (?, ?)",
                    &[claim.as_str().into(), to_json(value)],
                )?;
            }
        }
        let state = match (self.disabled, before.as_deref()) {
            (Some(true), _) => DISABLED,
            (None, Some(state)) => state,
            _ => ACTIVE,
        };
        if state == DISABLED {
            // An account that is enabled again begins anew: what was in force before is not, whoever held it.
            revoke::everything(sql, now)?;
        }
        set_meta(sql, STATE, state)?;
        let event = match (before.as_deref(), state) {
            (Some(ACTIVE), DISABLED) => Some(Event::Disabled),
            (Some(DISABLED), ACTIVE) => Some(Event::Enabled),
            _ => None,
        };
        if let Some(event) = event {
            audit::note(sql, event, (None, &[By::Operator.told()]), now)?;
        }
        Ok(if before.is_some() { Put::Changed } else { Put::Created })
    }
}

/// Keeps the hash of a password, in PHC form, in the place of any other.
pub fn put_password(sql: &impl Sql, hash: String) -> Result<(), SqlFault> {
    sql.exec(
        "INSERT INTO credential (kind, data) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET data = excluded.data",
        &[PASSWORD.into(), hash.into()],
    )?;
    Ok(())
}

/// Creates an account for somebody who has chosen its name; refused with [`Refusal::AlreadyDone`] where there is one of that name, and nothing of
/// that is changed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CreateAccount(pub PutAccount);

impl Call for CreateAccount {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "CreateAccount";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    type Reply = Put;
}

impl Command for CreateAccount {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Put, Stop> {
        match meta(sql, STATE)? {
            Some(_) => Err(Refusal::AlreadyDone.into()),
            None => self.0.run(sql, now),
        }
    }
}

/// The account as the operator sees it.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadAccount {}

/// What [`ReadAccount`] answers.
#[derive(Debug, Serialize, Deserialize)]
pub struct Account {
    /// Whether it is disabled.
    pub disabled: bool,
    /// Its claims.
    pub claims: Map<String, Value>,
}

impl Call for ReadAccount {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ReadAccount";
    type Reply = Account;
}

impl Command for ReadAccount {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<Account, Stop> {
        let Some(state) = meta(sql, STATE)? else {
            return Err(Refusal::NotFound.into());
        };
        Ok(Account {
            disabled: state == DISABLED,
            claims: profile(sql)?,
        })
    }
}

/// The user's claims.
pub fn profile(sql: &impl Sql) -> Result<Map<String, Value>, SqlFault> {
    let rows = sql.exec("SELECT claim, value FROM profile ORDER BY rowid", &[])?;
    rows.iter().map(|row| Ok((row.text(0)?, row.json(1)?))).collect()
}

/// Asks whether a password is the user's. It is evaluated in the object, one after another, and only what is wrong is counted: so no burst of guesses gets
/// further than the limit, and whoever knows the password costs nothing. Where there is no account the same work is done for the answer no. Refused with
/// [`Refusal::TooMany`] for the rest of the window once the limit is reached.
#[derive(Serialize, Deserialize)]
pub struct TryPassword {
    /// The password as it was typed.
    pub password: String,
    /// Wrong ones per window.
    pub limit: i64,
    /// The window, in seconds; it begins with the first wrong one.
    pub window: i64,
}

impl Call for TryPassword {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "TryPassword";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    /// Whether it is.
    type Reply = bool;
}

impl Command for TryPassword {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<bool, Stop> {
        let rows = sql.exec("SELECT count FROM try WHERE kind = ? AND until > ?", &[PASSWORD.into(), now.into()])?;
        let wrong = rows.first().map(|row| row.integer(0)).transpose()?.unwrap_or_default();
        if wrong < self.limit {
            let hash = match is_active(sql)? {
                true => sql.exec("SELECT data FROM credential WHERE kind = ?", &[PASSWORD.into()])?,
                false => Vec::new(),
            };
            let hash = hash.first().map(|row| row.text(0)).transpose()?;
            if password::verify(&self.password, hash.as_deref()) {
                return Ok(true);
            }
        }
        // The first try that is refused is counted too, so that it alone is noted.
        if wrong <= self.limit {
            self.count(sql, now)?;
        }
        if wrong < self.limit {
            return Ok(false);
        }
        if wrong == self.limit && meta(sql, STATE)?.is_some() {
            audit::note(sql, Event::SignInRefused, (None, &[]), now)?;
        }
        Err(Refusal::TooMany.into())
    }
}

impl TryPassword {
    fn count(&self, sql: &impl Sql, now: Timestamp) -> Result<(), SqlFault> {
        let until = now.plus(self.window);
        sql.exec(
            "INSERT INTO try (kind, count, until) VALUES (?1, 1, ?2)
             ON CONFLICT (kind) DO UPDATE SET count = iif(until <= ?3, 1, count + 1), until = iif(until <= ?3, excluded.until, until)",
            &[PASSWORD.into(), until.into(), now.into()],
        )?;
        expire::ends_at(sql, until);
        Ok(())
    }
}

/// Forgets the tries of somebody who has proved to be the one.
pub fn clear_tries(sql: &impl Sql) -> Result<(), SqlFault> {
    sql.exec("DELETE FROM try", &[])?;
    Ok(())
}
