//! Subject identifiers (OpenID Connect Core, section 8): what a client knows a person by.

use crate::oauth::ids::{NodeId, UserId, hex};
use sha2::{Digest, Sha256};

/// The public subject: the same for every client, hex(sha256(user_id + salt)) as oidcop makes it.
pub fn public(user: &UserId, salt: &str) -> String {
    hex_digest(&[user.as_str(), salt])
}

/// The pairwise subject: the same for the clients of one sector, hex(sha256(user_id + sector_identifier + salt)) as oidcop makes it.
pub fn pairwise(user: &UserId, sector: &str, salt: &str) -> String {
    hex_digest(&[user.as_str(), sector, salt])
}

/// The ephemeral subject: another one for every grant. It comes out of the grant's random id, so that a step taken twice gives the same.
pub fn ephemeral(grant_id: NodeId, salt: &str) -> String {
    hex_digest(&["ephemeral ", &grant_id.hex(), " ", salt])
}

fn hex_digest(parts: &[&str]) -> String {
    let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part));
    hex(&digest.finalize())
}
