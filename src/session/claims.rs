//! What a usable access token releases at userinfo.

use crate::oauth::ids::NodeId;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, Refusal, Stop};
use crate::session::account::{profile, require_active};
use crate::session::usage::TokenClass;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Asks for the claims behind an access token.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadClaims {
    /// The token's id.
    pub token_id: NodeId,
}

/// The claims that the token's grant releases.
#[derive(Debug, Serialize, Deserialize)]
pub struct Released {
    /// The subject identifier.
    pub sub: String,
    /// The scope of the grant.
    pub scope: Scope,
    /// The claims, in the order of the grant; those the user has no value for are left out.
    pub claims: Map<String, Value>,
}

impl Call for ReadClaims {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "ReadClaims";
    type Reply = Released;
}

impl Command for ReadClaims {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Released, Stop> {
        require_active(sql)?;
        let rows = sql.exec(
            "SELECT g.sub, g.scope, json_extract(g.claims, '$.userinfo')
             FROM token t JOIN grant_ g ON g.id = t.grant_id
                          JOIN client_session c ON c.client_id = g.client_id
                          JOIN login l ON l.id = g.login_id
             WHERE t.id = ?1 AND t.class = ?2 AND t.expires_at > ?3 AND g.expires_at > ?3
               AND (t.max_usage IS NULL OR t.used < t.max_usage)
               AND coalesce(t.revoked_at, g.revoked_at, c.revoked_at, l.revoked_at) IS NULL",
            &[self.token_id.into(), TokenClass::AccessToken.name().into(), now.into()],
        )?;
        let Some(row) = rows.first() else {
            return Err(Refusal::NotFound.into());
        };
        let wanted: Map<String, Value> = row.json(2)?;
        let mut known = profile(sql)?;
        Ok(Released {
            sub: row.text(0)?,
            scope: row.json(1)?,
            claims: wanted
                .into_iter()
                .filter_map(|(claim, _)| known.remove(&claim).map(|value| (claim, value)))
                .collect(),
        })
    }
}
