//! Logins: one authentication of the user on one device.

use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault};
use crate::object::{Call, Class, Command, OnEmpty, Refusal, Stop};
use crate::session::account::{TryPassword, clear_tries, require_active};
use crate::session::audit::{self, Told};
use crate::session::expire;
use crate::session::grant::{Authorization, authorize, is_consented, open};
use crate::session::mint::Minted;
use serde::{Deserialize, Serialize};

/// A login that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Its id.
    pub id: NodeId,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// How.
    pub acr: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Which rows of `login` stand for a login at the moment ?1: one in force, or one that a grant has to be told of. The others are entries of the audit trail.
pub const STANDS: &str = "(expires_at > ?1 OR id IN (SELECT login_id FROM grant_))";

/// The login, where it is in force: neither ended nor expired.
pub fn current(sql: &impl Sql, login_id: NodeId, now: Timestamp) -> Result<Option<Login>, SqlFault> {
    let rows = sql.exec(
        "SELECT auth_time, acr, expires_at FROM login WHERE id = ? AND revoked_at IS NULL AND expires_at > ?",
        &[login_id.into(), now.into()],
    )?;
    let read = |row: &Row| {
        Ok(Login {
            id: login_id,
            auth_time: row.time(0)?,
            acr: row.text(1)?,
            expires_at: row.time(2)?,
        })
    };
    rows.first().map(read).transpose()
}

/// Stops a command that a person gives in a login, unless that is in force and the account may be used.
pub fn require_current(sql: &impl Sql, login_id: NodeId, now: Timestamp) -> Result<Login, Stop> {
    require_active(sql)?;
    Ok(current(sql, login_id, now)?.ok_or(Refusal::NotFound)?)
}

/// Opens a login for a person whose credential has just been checked, and nothing else: it stands for no client.
#[derive(Debug, Serialize, Deserialize)]
pub struct SignIn {
    /// The new login's id.
    pub login_id: NodeId,
    /// The authentication context class that was met.
    pub acr: String,
    /// Seconds that the login lasts.
    pub lifetime: i64,
    /// Browser and system, such as `Firefox, Windows`; empty where nothing is known of them.
    pub device: String,
    /// The country's code (ISO 3166-1), likewise.
    pub place: String,
}

/// Opens a login, and with it the client session and the grant of the request that asked for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenLogin {
    /// The login.
    pub sign_in: SignIn,
    /// What the person was signing in for.
    pub authorization: Authorization,
}

/// Both at once: a password is asked about, and where it is the user's the login is opened. What stops a try stops this.
#[derive(Serialize, Deserialize)]
pub struct PasswordLogin {
    /// The try.
    pub attempt: TryPassword,
    /// The login.
    pub login: OpenLogin,
}

/// How far an authorization has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// The response is minted.
    Authorized(Box<Minted>),
    /// The person has to be asked.
    ConsentNeeded,
}

impl Call for SignIn {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "SignIn";
    type Reply = ();
}

impl Command for SignIn {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        let login = self.begin(sql, now)?;
        expire::ends_at(sql, login.expires_at);
        Ok(self.keep(sql, &login, (None, &[]))?)
    }
}

impl SignIn {
    fn begin(&self, sql: &impl Sql, now: Timestamp) -> Result<Login, Stop> {
        require_active(sql)?;
        clear_tries(sql)?;
        Ok(Login {
            id: self.login_id,
            auth_time: now,
            acr: self.acr.clone(),
            expires_at: now.plus(self.lifetime),
        })
    }

    /// Writes the login down, with its entry in the audit trail: `told` is what that says beside the login itself.
    fn keep(self, sql: &impl Sql, login: &Login, told: Told<'_>) -> Result<(), SqlFault> {
        sql.exec(
            "INSERT INTO login (id, auth_time, acr, expires_at, device, place, entry, entry_after)
             VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT max(id) FROM audit))",
            &[
                login.id.into(),
                login.auth_time.into(),
                self.acr.into(),
                login.expires_at.into(),
                self.device.into(),
                self.place.into(),
                audit::entry_of_sign_in(sql, told, login.auth_time)?,
            ],
        )?;
        Ok(())
    }
}

impl Call for OpenLogin {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "OpenLogin";
    type Reply = Progress;
}

impl Command for OpenLogin {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Progress, Stop> {
        let Self { sign_in, authorization } = self;
        let login = sign_in.begin(sql, now)?;
        let progress = match authorization.request.prompt().asks_consent() || !is_consented(sql, &authorization)? {
            true => {
                open(sql, &login, &authorization, now)?;
                Ok(Progress::ConsentNeeded)
            }
            false => authorize(sql, &login, &authorization, now).map(|(_, minted)| Progress::Authorized(Box::new(minted))),
        };
        let (grant, scope) = (authorization.grant_id.hex(), authorization.scope.to_string());
        // One entry for both: most people who sign in have been here before.
        let granted: &[(&str, &str)] = match progress {
            Ok(Progress::Authorized(_)) => &[("grant", &grant), ("scope", &scope)],
            _ => &[],
        };
        sign_in.keep(sql, &login, (Some(&authorization.request.client_id), granted))?;
        progress
    }
}

impl Call for PasswordLogin {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "PasswordLogin";
    const ON_EMPTY: OnEmpty = TryPassword::ON_EMPTY;
    /// `None` where the password is wrong.
    type Reply = Option<Progress>;
}

impl Command for PasswordLogin {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Option<Progress>, Stop> {
        match self.attempt.run(sql, now)? {
            true => self.login.run(sql, now).map(Some),
            false => Ok(None),
        }
    }
}
