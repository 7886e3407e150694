//! What a usable access token releases at userinfo.

use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::oauth::usage::TokenClass;
use crate::object::sql::Sql;
use crate::object::{Access, Call, Class, Command, Refusal, Stop};
use crate::session::account::IS_ACTIVE;
use crate::session::grant::UserinfoForm;
use crate::session::mint::Claims;
use crate::session::release;
use serde::{Deserialize, Serialize};

/// Which row of `standing` the token ?1 of class ?2 is, while it is usable at the moment ?3.
pub const USABLE: &str = "id = ?1 AND class = ?2 AND expires_at > ?3 AND grant_expires_at > ?3
    AND (max_usage IS NULL OR used < max_usage) AND not_before <= ?3 AND NOT revoked";

/// Asks for the claims behind an access token.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadClaims {
    /// The token's id.
    pub token_id: NodeId,
}

/// The claims that the token releases.
#[derive(Debug, Serialize, Deserialize)]
pub struct Released {
    /// The subject identifier.
    pub sub: String,
    /// The client that the token was issued to.
    pub client_id: ClientId,
    /// The scope of the token.
    pub scope: Scope,
    /// How the client gets them.
    pub form: UserinfoForm,
    /// The claims, in the order of the grant; those the user has no value for are left out.
    pub claims: Claims,
}

impl Call for ReadClaims {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ReadClaims";
    const ACCESS: Access = Access::Reads;
    type Reply = Released;
}

impl Command for ReadClaims {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Released, Stop> {
        let rows = sql.exec(
            &format!("SELECT sub, client_id, scope, userinfo_jwt, userinfo, max_usage FROM standing WHERE {USABLE} AND {IS_ACTIVE}"),
            &[self.token_id.into(), TokenClass::AccessToken.name().into(), now.into()],
        )?;
        let row = rows.first().ok_or(Refusal::NotFound)?;
        let released = Released {
            sub: row.text(0)?,
            client_id: ClientId(row.text(1)?),
            scope: row.json(2)?,
            form: match row.integer(3)? {
                0 => UserinfoForm::Json,
                _ => UserinfoForm::Jwt,
            },
            claims: release::values(sql, &row.json(4)?)?,
        };
        // Nobody asks how often a token was used that may be used for ever: it costs no write.
        if row.optional_integer(5)?.is_some() {
            sql.exec("UPDATE token SET used = used + 1 WHERE id = ?", &[self.token_id.into()])?;
        }
        Ok(released)
    }
}
