//! The end of a login: by its own browser, or by a client that shows an ID token of it (OpenID Connect RP-Initiated Logout, section 2), or by a Worker of
//! the operator's that shows a token of it.

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, Stop};
use crate::session::audit::{self, By, Event};
use crate::session::claims::USABLE;
use crate::session::delivery::Party;
use crate::session::revoke;
use serde::{Deserialize, Serialize};

/// Ends the logins that are named. To end one again changes nothing.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct EndSession {
    /// The login that the browser's cookie names.
    pub login_id: Option<NodeId>,
    /// The one in which a client was told a `sid`.
    pub told: Option<ToldSession>,
    /// The one in which an access token was granted, while that is usable.
    pub access_token_id: Option<NodeId>,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ended {
    /// Whether any of the logins was in force until now.
    pub was_in_force: bool,
    /// The clients that had a session in these logins, when they have ended for the second time too: their front-channel pages may not have been
    /// loaded yet.
    pub parties: Vec<Party>,
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
    type Reply = Ended;
}

impl Command for EndSession {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Ended, Stop> {
        let told = match self.told {
            Some(told) => login_of(sql, &told)?.filter(|login_id| Some(*login_id) != self.login_id),
            None => None,
        };
        let behind = match self.access_token_id {
            Some(token_id) => login_behind(sql, token_id, now)?,
            None => None,
        };
        let mut ended = Ended {
            was_in_force: false,
            parties: Vec::new(),
        };
        for login_id in [self.login_id, told, behind].into_iter().flatten() {
            if revoke::login(sql, login_id, now)? {
                ended.was_in_force = true;
                let told = [("login", &*login_id.hex()), By::Person.told()];
                audit::note(sql, Event::SignedOut, (None, &told), now)?;
            }
            ended.parties.append(&mut revoke::parties(sql, login_id)?);
        }
        Ok(ended)
    }
}

/// The login of an access token's grant.
fn login_behind(sql: &impl Sql, token_id: NodeId, now: Timestamp) -> Result<Option<NodeId>, Stop> {
    let rows = sql.exec(
        &format!("SELECT login_id FROM grant_ WHERE id = (SELECT grant_id FROM standing WHERE {USABLE})"),
        &[token_id.into(), TokenClass::AccessToken.name().into(), now.into()],
    )?;
    Ok(rows.first().map(|row| row.node(0)).transpose()?)
}

/// The login in which the client was told a `sid`.
fn login_of(sql: &impl Sql, told: &ToldSession) -> Result<Option<NodeId>, Stop> {
    let rows = sql.exec(
        "SELECT login_id FROM grant_ WHERE client_id = ? AND sid = ? LIMIT 1",
        &[told.client_id.as_str().into(), told.sid.into()],
    )?;
    Ok(rows.first().map(|row| row.node(0)).transpose()?)
}
