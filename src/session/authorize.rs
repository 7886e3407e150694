//! An authorization request of somebody who may already be signed in.

use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, Stop};
use crate::session::account::is_active;
use crate::session::audit::Event;
use crate::session::grant::{Authorization, Taken, is_consented, note};
use crate::session::mint::Minted;
use crate::session::{grant, login};
use serde::{Deserialize, Serialize};

/// Authorizes at once where login and consent allow it. Where a page is needed nothing is written.
#[derive(Debug, Serialize, Deserialize)]
pub struct Authorize {
    /// The login that the browser's cookie names.
    pub login_id: NodeId,
    /// How old the authentication may be, in seconds: the request's max_age, or else the client's default.
    pub max_age: Option<i64>,
    /// The request.
    pub authorization: Authorization,
}

/// What [`Authorize`] came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// The response is minted.
    Authorized(Box<Minted>),
    /// The login is over, too old, or has to be repeated.
    LoginNeeded,
    /// The person has to be asked.
    ConsentNeeded,
}

impl Call for Authorize {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "Authorize";
    type Reply = Progress;
}

impl Command for Authorize {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Progress, Stop> {
        let prompt = self.authorization.request.prompt();
        let fresh = login::current(sql, self.login_id, now)?.filter(|login| self.is_fresh(login, now));
        let Some(login) = fresh.filter(|_| !prompt.asks_login()) else {
            return Ok(Progress::LoginNeeded);
        };
        if !is_active(sql)? {
            return Ok(Progress::LoginNeeded);
        }
        if prompt.asks_consent() || !is_consented(sql, &self.authorization)? {
            return Ok(Progress::ConsentNeeded);
        }
        let (taken, minted) = grant::authorize(sql, &login, &self.authorization, now)?;
        if taken == Taken::Now {
            note(sql, Event::Granted, (login.id, &self.authorization), now)?;
        }
        Ok(Progress::Authorized(Box::new(minted)))
    }
}

impl Authorize {
    /// Zero asks for a sign-in as prompt=login does, in the same second too (OpenID Connect Core, section 3.1.2.1).
    fn is_fresh(&self, login: &login::Login, now: Timestamp) -> bool {
        self.max_age
            .is_none_or(|max_age| max_age > 0 && now.since(login.auth_time) <= max_age)
    }
}
