//! Passwords: prepared by RFC 8265 (OpaqueString), hashed with Argon2id. A new one is hashed in the Worker; a try is evaluated in the user's object, one
//! after another, so that none is made that is not counted.

use crate::error::Fault;
use crate::oauth::{base64url, json};
use crate::precis;
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The longest password, in bytes. A longer one is refused and never cut short.
pub const LIMIT: usize = 1024;

/// The authentication context class of a password over a protected channel (SAML 2.0 authentication context).
pub const ACR: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword";

/// Memory in KiB, passes and lanes. OWASP has several choices for Argon2id that it takes to be equally strong; this one takes the least of an isolate's memory,
/// and least waits for it.
const MEMORY: u32 = 7 * 1024;
const PASSES: u32 = 5;
const LANES: u32 = 1;

/// A hash as it is kept: what Argon2id (RFC 9106) needs to make it again, memory in KiB. Salt and hash are in base64url.
#[derive(Serialize, Deserialize)]
struct Argon2id {
    memory: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    hash: String,
}

impl Argon2id {
    /// The hash of a password; `None` where the function refuses its parameters.
    fn of(&self, prepared: &str) -> Option<[u8; 32]> {
        let params = Params::new(self.memory, self.passes, self.lanes, None).ok()?;
        let salt = base64url::decode(&self.salt)?;
        let mut hash = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(prepared.as_bytes(), &salt, &mut hash)
            .ok()?;
        Some(hash)
    }

    /// The hash of a password that nobody has: it takes as long to check as a real one.
    fn of_nobody() -> Self {
        Self::with([0; 16])
    }

    fn with(salt: [u8; 16]) -> Self {
        Self {
            memory: MEMORY,
            passes: PASSES,
            lanes: LANES,
            salt: base64url::encode(salt),
            hash: String::new(),
        }
    }
}

/// Whether RFC 8265 allows a password, and it is not too long.
pub fn is_allowed(password: &str) -> bool {
    prepare(password).is_some()
}

/// Hashes a new password, for [`verify`]; `None` where RFC 8265 forbids it (empty, control characters) or it is too long.
pub fn hash(password: &str, salt: [u8; 16]) -> Result<Option<String>, Fault> {
    let Some(prepared) = prepare(password) else {
        return Ok(None);
    };
    let made = Argon2id::with(salt);
    let hash = made.of(&prepared).ok_or(Fault::Crypto("Argon2id refused its parameters"))?;
    let hash = base64url::encode(hash);
    Ok(Some(json::text(&Argon2id { hash, ..made })))
}

/// Whether a password is the one that was hashed. Where there is no hash the same work is done for the answer no.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let prepared = prepare(password);
    let Ok(kept) = hash.map_or_else(|| Ok(Argon2id::of_nobody()), json::read::<Argon2id>) else {
        return false;
    };
    let text = prepared.as_ref().map_or("", |prepared| prepared.as_str());
    let expected = base64url::decode(&kept.hash).unwrap_or_default();
    let matches = kept.of(text).is_some_and(|hash| bool::from(hash.ct_eq(expected.as_slice())));
    matches && prepared.is_some()
}

fn prepare(password: &str) -> Option<Zeroizing<String>> {
    if password.len() > LIMIT {
        return None;
    }
    precis::opaque_string(password).map(Zeroizing::new)
}
