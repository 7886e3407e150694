//! The person's answer on the consent page.

use crate::oauth::ids::NodeId;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault, to_json};
use crate::object::{Call, Class, Command, Refusal, Stop};
use crate::session::account::require_active;
use crate::session::grant::{self, Authorization, ConsentPolicy};
use crate::session::login;
use serde::{Deserialize, Serialize};

/// The person said yes: the grant is authorized, and the consent remembered where that is allowed.
#[derive(Debug, Serialize, Deserialize)]
pub struct GiveConsent {
    /// The login in which the person said it.
    pub login_id: NodeId,
    /// What the person said yes to.
    pub authorization: Authorization,
}

impl Call for GiveConsent {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "GiveConsent";
    type Reply = ();
}

impl Command for GiveConsent {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        require_active(sql)?;
        if login::current(sql, self.login_id, now)?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        grant::open(sql, self.login_id, &self.authorization, now)?;
        grant::authorize(sql, &self.authorization, now)?;
        if self.authorization.consent == ConsentPolicy::Remembered {
            remember(sql, &self.authorization, now)?;
        }
        Ok(())
    }
}

/// Adds what was consented to now to what was consented to before.
fn remember(sql: &impl Sql, authorization: &Authorization, now: Timestamp) -> Result<(), SqlFault> {
    let client_id = authorization.request.client_id.as_str();
    let rows = sql.exec("SELECT scope FROM consent WHERE client_id = ?", &[client_id.into()])?;
    let earlier: Scope = rows.first().map(|row| row.json(0)).transpose()?.unwrap_or_default();
    let scope = earlier.union(&authorization.scope);
    sql.exec(
        "INSERT INTO consent (client_id, scope, granted_at) VALUES (?, ?, ?)
         ON CONFLICT (client_id) DO UPDATE SET scope = excluded.scope, granted_at = excluded.granted_at",
        &[client_id.into(), to_json(&scope)?, now.into()],
    )?;
    Ok(())
}

/// The person said no: the open grant is gone. Refused where the person has said yes before.
#[derive(Debug, Serialize, Deserialize)]
pub struct DenyConsent {
    /// The grant that was asked for.
    pub grant_id: NodeId,
}

impl Call for DenyConsent {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "DenyConsent";
    type Reply = ();
}

impl Command for DenyConsent {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<(), Stop> {
        let id = self.grant_id.into();
        if !sql
            .exec("SELECT 1 FROM grant_ WHERE id = ? AND expires_at <> 0", std::slice::from_ref(&id))?
            .is_empty()
        {
            return Err(Refusal::AlreadyDone.into());
        }
        sql.exec("DELETE FROM grant_ WHERE id = ?", &[id])?;
        Ok(())
    }
}
