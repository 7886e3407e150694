//! The end of a login: by its own browser, or by a client that shows an ID token of it (OpenID Connect RP-Initiated Logout, section 2).

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, Stop};
use crate::session::delivery::Party;
use crate::session::revoke;
use serde::{Deserialize, Serialize};

/// Ends the logins that are named. To end one again changes nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct EndSession {
    /// The login that the browser's cookie names.
    pub login_id: Option<NodeId>,
    /// The one in which a client was told a `sid`.
    pub told: Option<ToldSession>,
}

/// A session as a client knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldSession {
    /// The client.
    pub client_id: ClientId,
    /// The node behind the `sid`.
    pub sid: NodeId,
}

impl Call for EndSession {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "EndSession";
    /// The clients that had a session in these logins, when they have ended for the second time too: their front-channel pages may not have been
    /// loaded yet.
    type Reply = Vec<Party>;
}

impl Command for EndSession {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Vec<Party>, Stop> {
        let told = match self.told {
            Some(told) => login_of(sql, &told)?.filter(|login_id| Some(*login_id) != self.login_id),
            None => None,
        };
        let mut parties = Vec::new();
        for login_id in [self.login_id, told].into_iter().flatten() {
            revoke::login(sql, login_id, now)?;
            parties.append(&mut revoke::parties(sql, login_id)?);
        }
        Ok(parties)
    }
}

/// The login in which the client was told a `sid`.
fn login_of(sql: &impl Sql, told: &ToldSession) -> Result<Option<NodeId>, Stop> {
    let rows = sql.exec(
        "SELECT login_id FROM grant_ WHERE client_id = ? AND sid = ? LIMIT 1",
        &[told.client_id.as_str().into(), told.sid.into()],
    )?;
    Ok(rows.first().map(|row| row.node(0)).transpose()?)
}
