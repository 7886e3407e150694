//! The person's answer on the consent page.

use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, Refusal, Stop};
use crate::session::account::require_active;
use crate::session::audit::Event;
use crate::session::grant::{self, Authorization, ConsentPolicy, Taken, note};
use crate::session::mint::Minted;
use crate::session::{expire, login};
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
    type Reply = Minted;
}

impl Command for GiveConsent {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Minted, Stop> {
        require_active(sql)?;
        let login = login::current(sql, self.login_id, now)?.ok_or(Refusal::NotFound)?;
        let (taken, minted) = grant::authorize(sql, &login, &self.authorization, now)?;
        let Authorization {
            request,
            scope,
            release,
            consent,
            ..
        } = &self.authorization;
        if *consent == ConsentPolicy::Remembered {
            grant::remember_consent(sql, &request.client_id, scope, release, now)?;
        }
        if taken == Taken::Now {
            note(sql, Event::Consented, (login.id, &self.authorization), now)?;
        }
        Ok(minted)
    }
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
        // A revoked grant stays until its form ends: were it gone, the same form could make it anew.
        let gone = sql.exec(
            "DELETE FROM grant_ WHERE id = ? AND revoked_at IS NULL
                AND EXISTS (SELECT 1 FROM client_session c WHERE c.client_id = grant_.client_id AND c.revoked_at IS NULL)
             RETURNING login_id",
            &[id],
        )?;
        if let Some(row) = gone.first() {
            expire::note_bare(sql, row.node(0)?)?;
        }
        Ok(())
    }
}
