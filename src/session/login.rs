//! Logins: one authentication of the user on one device.

use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, Command, Stop};
use crate::session::account::{clear_tries, require_active};
use crate::session::grant::{Authorization, authorize, is_consented, open};
use serde::{Deserialize, Serialize};

/// A login that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    /// When the person authenticated.
    pub auth_time: Timestamp,
}

/// The login, where it is in force: neither ended nor expired.
pub fn current(sql: &impl Sql, login_id: NodeId, now: Timestamp) -> Result<Option<Login>, SqlFault> {
    let rows = sql.exec(
        "SELECT auth_time FROM login WHERE id = ? AND revoked_at IS NULL AND expires_at > ?",
        &[login_id.into(), now.into()],
    )?;
    rows.first().map(|row| Ok(Login { auth_time: row.time(0)? })).transpose()
}

/// Opens a login for a person whose credential has just been checked, and with it the client session and the grant of the request that asked for it.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenLogin {
    /// The new login's id.
    pub login_id: NodeId,
    /// The authentication context class that was met.
    pub acr: String,
    /// Seconds that the login lasts.
    pub lifetime: i64,
    /// What the person was signing in for.
    pub authorization: Authorization,
}

/// How far an authorization has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// The code is minted.
    Authorized,
    /// The person has to be asked.
    ConsentNeeded,
}

impl Call for OpenLogin {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "OpenLogin";
    type Reply = Progress;
}

impl Command for OpenLogin {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Progress, Stop> {
        require_active(sql)?;
        clear_tries(sql)?;
        sql.exec(
            "INSERT INTO login (id, auth_time, acr, expires_at) VALUES (?, ?, ?, ?)",
            &[self.login_id.into(), now.into(), self.acr.into(), now.plus(self.lifetime).into()],
        )?;
        open(sql, self.login_id, &self.authorization, now)?;
        if self.authorization.request.prompt().asks_consent() || !is_consented(sql, &self.authorization)? {
            return Ok(Progress::ConsentNeeded);
        }
        authorize(sql, &self.authorization, now)?;
        Ok(Progress::Authorized)
    }
}
