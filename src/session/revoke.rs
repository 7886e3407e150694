//! Revocation: one fact on one row. What lies below a revoked node is unusable from that instant because every use looks at its ancestors.

use crate::client::home::RevokeClient;
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Call, Class, Command, Refusal, Stop};
use crate::session::audit::{self, By, Event};
use crate::session::delivery::{self, Party};
use crate::session::login::STANDS;
use serde::{Deserialize, Serialize};

/// Revokes a grant; false where there is none that is not revoked yet.
pub fn grant(sql: &impl Sql, id: NodeId, now: Timestamp) -> Result<bool, SqlFault> {
    let ended = sql.exec(
        "UPDATE grant_ SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING 1",
        &[now.into(), id.into()],
    )?;
    Ok(!ended.is_empty())
}

/// Ends the grant of a code or a refresh token that came again: two parties hold it, and one of them is not the client.
pub fn replayed(sql: &impl Sql, class: TokenClass, (id, client_id): (NodeId, &ClientId), now: Timestamp) -> Result<(), SqlFault> {
    if grant(sql, id, now)? {
        let told = [("token", class.name()), ("grant", &id.hex())];
        audit::note(sql, Event::Replayed, (Some(client_id), &told), now)?;
    }
    Ok(())
}

/// Revokes a client session with all its grants; false where there is none that is not revoked yet.
pub fn client_session(sql: &impl Sql, id: &ClientId, now: Timestamp) -> Result<bool, SqlFault> {
    let ended = sql.exec(
        "UPDATE client_session SET revoked_at = ? WHERE client_id = ? AND revoked_at IS NULL RETURNING 1",
        &[now.into(), id.as_str().into()],
    )?;
    Ok(!ended.is_empty())
}

/// Takes back what the user has let a client have; false where that is nothing.
pub fn consent(sql: &impl Sql, id: &ClientId) -> Result<bool, SqlFault> {
    let gone = sql.exec("DELETE FROM consent WHERE client_id = ? RETURNING 1", &[id.as_str().into()])?;
    Ok(!gone.is_empty())
}

/// Ends a login, and what was granted in it; false where there is none that is in force. A grant that outlives it keeps its refresh tokens alone: a code
/// that nobody has redeemed yet and the access tokens of before end. The clients that had a session in it are owed the news.
pub fn login(sql: &impl Sql, id: NodeId, now: Timestamp) -> Result<bool, SqlFault> {
    let ended = sql.exec(
        &format!("UPDATE login SET revoked_at = ?1 WHERE id = ?2 AND revoked_at IS NULL AND {STANDS} RETURNING 1"),
        &[now.into(), id.into()],
    )?;
    if ended.is_empty() {
        return Ok(false);
    }
    sql.exec(
        "UPDATE token SET revoked_at = ?2 WHERE class <> 'refresh_token' AND revoked_at IS NULL
            AND grant_id IN (SELECT id FROM grant_ WHERE login_id = ?1 AND offline <> 0)",
        &[id.into(), now.into()],
    )?;
    sql.exec(
        "UPDATE grant_ SET code_revoked_at = ?2 WHERE login_id = ?1 AND offline <> 0 AND code_expires_at IS NOT NULL AND code_revoked_at IS NULL",
        &[id.into(), now.into()],
    )?;
    for party in parties(sql, id)? {
        delivery::owe(sql, &party, now)?;
    }
    Ok(true)
}

/// The clients that were told of a session in a login.
pub fn parties(sql: &impl Sql, login_id: NodeId) -> Result<Vec<Party>, SqlFault> {
    let rows = sql.exec(
        "SELECT client_id, sub, sid FROM grant_ WHERE login_id = ? AND sid IS NOT NULL AND authorized_at IS NOT NULL GROUP BY client_id, sub, sid",
        &[login_id.into()],
    )?;
    rows.iter().map(Party::read).collect()
}

/// Owes a client the news that every session of the user's with it is over; nothing where its client session has been revoked before.
pub fn tell(sql: &impl Sql, client_id: &ClientId, now: Timestamp) -> Result<(), SqlFault> {
    let rows = sql.exec(
        "SELECT client_id, sub, sid FROM grant_ WHERE client_id = ? AND sid IS NOT NULL AND authorized_at IS NOT NULL
            AND EXISTS (SELECT 1 FROM client_session WHERE client_id = grant_.client_id AND revoked_at IS NULL)
            AND EXISTS (SELECT 1 FROM login WHERE id = grant_.login_id AND revoked_at IS NULL) GROUP BY sub, sid",
        &[client_id.as_str().into()],
    )?;
    rows.iter().try_for_each(|row| delivery::owe(sql, &Party::read(row)?, now))
}

/// Ends every login, with it what was granted in it, and what was granted for longer; false where there is nothing of that.
pub fn everything(sql: &impl Sql, now: Timestamp) -> Result<bool, SqlFault> {
    let logins = sql.exec(
        &format!("SELECT id FROM login WHERE revoked_at IS NULL AND {STANDS}"),
        &[now.into()],
    )?;
    for row in &logins {
        login(sql, row.node(0)?, now)?;
    }
    Ok(for_longer(sql, now)? || !logins.is_empty())
}

/// Ends what was granted for longer than a login; false where there is nothing of that.
pub fn for_longer(sql: &impl Sql, now: Timestamp) -> Result<bool, SqlFault> {
    let ended = sql.exec(
        "UPDATE grant_ SET revoked_at = ? WHERE offline <> 0 AND revoked_at IS NULL RETURNING 1",
        &[now.into()],
    )?;
    Ok(!ended.is_empty())
}

/// A client gives up a token of its own (RFC 7009, section 2.1); refused where it has none of this id. A refresh token takes its whole grant along, so
/// that nothing of its family is left, whatever has been minted of it at the same time.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeToken {
    /// The token's id.
    pub token_id: NodeId,
    /// Whose it has to be.
    pub client_id: ClientId,
}

impl Call for RevokeToken {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RevokeToken";
    type Reply = ();
}

impl Command for RevokeToken {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        // What has ended is unknown, be its row swept already or not: otherwise a refresh token that is long replaced would take its grant along or
        // not as the sweep comes.
        let rows = sql.exec(
            "SELECT grant_id, class FROM standing WHERE id = ? AND client_id = ? AND expires_at > ?",
            &[self.token_id.into(), self.client_id.as_str().into(), now.into()],
        )?;
        let row = rows.first().ok_or(Refusal::NotFound)?;
        let (node, id, ended) = match row.text(1)? == TokenClass::RefreshToken.name() {
            true => {
                let id = row.node(0)?;
                ("grant", id, grant(sql, id, now)?)
            }
            false => ("token", self.token_id, token(sql, self.token_id, now)?),
        };
        if ended {
            let told = [("node", node), ("id", &*id.hex()), By::Client.told()];
            audit::note(sql, Event::Revoked, (Some(&self.client_id), &told), now)?;
        }
        Ok(())
    }
}

/// Revokes one token; false where it is revoked already.
fn token(sql: &impl Sql, id: NodeId, now: Timestamp) -> Result<bool, SqlFault> {
    let ended = sql.exec(
        "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING 1",
        &[now.into(), id.into()],
    )?;
    Ok(!ended.is_empty())
}

/// The client is gone: so are its session, its grants and the consent it had.
impl Command for RevokeClient {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        let ended = client_session(sql, &self.client_id, now)?;
        let withdrawn = consent(sql, &self.client_id)?;
        if ended || withdrawn {
            let told = [("node", "client"), By::Client.told()];
            audit::note(sql, Event::Revoked, (Some(&self.client_id), &told), now)?;
        }
        Ok(())
    }
}
