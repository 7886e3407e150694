//! What a client is told of a token that it holds (RFC 7662, section 2.2). Nothing is written.

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::Sql;
use crate::object::{Access, Call, Class, Command, Refusal, Stop};
use crate::session::account::IS_ACTIVE;
use crate::session::claims::USABLE;
use crate::session::mint::Claims;
use crate::session::release;
use serde::{Deserialize, Serialize};

/// Asks about an access token or a refresh token. Refused with [`Refusal::NotFound`] where it is not usable, has a successor, or
/// is not for the caller.
#[derive(Debug, Serialize, Deserialize)]
pub struct Introspect {
    /// The token's id.
    pub token_id: NodeId,
    /// What it is.
    pub class: TokenClass,
    /// Who asks.
    pub caller: Caller,
}

/// Who asks about a token.
#[derive(Debug, Serialize, Deserialize)]
pub enum Caller {
    /// A client: about what was issued to it, and about access tokens that it is a resource server of.
    Client(ClientId),
    /// A Worker that the operator has bound to the provider: about access tokens, as each of their resource servers may.
    Operator,
}

/// What there is to tell.
#[derive(Debug, Serialize, Deserialize)]
pub struct Introspected {
    /// The subject identifier.
    pub sub: String,
    /// The client that the token was issued to.
    pub client_id: ClientId,
    /// The scope of the token.
    pub scope: Scope,
    /// The clients that it is for.
    pub resources: Vec<ClientId>,
    /// When it was minted.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// What the grant releases at introspection; claims that the user has no value for are left out.
    pub claims: Claims,
}

impl Call for Introspect {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "Introspect";
    const ACCESS: Access = Access::Reads;
    type Reply = Introspected;
}

impl Command for Introspect {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Introspected, Stop> {
        let rows = sql.exec(
            &format!(
                "SELECT sub, client_id, scope, issued_at, expires_at, json_extract(claims, '$.introspection'), resources FROM standing
                 WHERE {USABLE} AND {IS_ACTIVE} AND superseded_by IS NULL"
            ),
            &[self.token_id.into(), self.class.name().into(), now.into()],
        )?;
        let row = rows.first().ok_or(Refusal::NotFound)?;
        let client_id = ClientId(row.text(1)?);
        let resources: Vec<ClientId> = row.json(6)?;
        // To everybody else a token is as unknown as one that never was (RFC 7662, section 4).
        let is_access_token = self.class == TokenClass::AccessToken;
        let is_for_caller = match &self.caller {
            Caller::Client(caller) => *caller == client_id || (is_access_token && resources.contains(caller)),
            Caller::Operator => is_access_token,
        };
        if !is_for_caller {
            return Err(Refusal::NotFound.into());
        }
        Ok(Introspected {
            sub: row.text(0)?,
            client_id,
            scope: row.json(2)?,
            resources,
            issued_at: row.time(3)?,
            expires_at: row.time(4)?,
            claims: release::values(sql, &row.json(5)?)?,
        })
    }
}
