//! Subject identifiers (OpenID Connect Core, section 8): what a client knows a person by.

use crate::oauth::ids::{UserId, hex};
use sha2::{Digest, Sha256};

/// The public subject: the same for every client, hex(sha256(user_id + salt)) as oidcop makes it.
pub fn public(user: &UserId, salt: &str) -> String {
    hex(&Sha256::new().chain_update(user.as_str()).chain_update(salt).finalize())
}
