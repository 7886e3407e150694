//! Passwords: prepared by RFC 8265 (OpaqueString), hashed with Argon2id. A new one is hashed in the Worker; a try is evaluated in the user's object, one
//! after another, so that none is made that is not counted.

use crate::error::Fault;
use crate::precis;
use argon2::password_hash::SaltString;
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use zeroize::Zeroizing;

/// The longest password, in bytes. A longer one is refused and never cut short.
pub const LIMIT: usize = 1024;

/// The authentication context class of a password over a protected channel (SAML 2.0 authentication context).
pub const ACR: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword";

/// Memory in KiB, passes and lanes: OWASP's first choice for Argon2id.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The hash, in PHC form, of a password that nobody has: it takes as long to check as a real one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$D/DVvxEm7E2lbILrl7ImQQ$5VWfmMQJKxuMROC9Nl+w3+pvOp0RlFj34RbQaMYJjLw";

/// Whether RFC 8265 allows a password, and it is not too long.
pub fn is_allowed(password: &str) -> bool {
    prepare(password).is_some()
}

/// Hashes a new password; `None` where RFC 8265 forbids it (empty, control characters) or it is too long.
pub fn hash(password: &str, salt: [u8; 16]) -> Result<Option<String>, Fault> {
    let Some(prepared) = prepare(password) else {
        return Ok(None);
    };
    let failed = |_| Fault::Crypto("Argon2id refused its parameters");
    let salt = SaltString::encode_b64(&salt).map_err(failed)?;
    let hash = hasher(Params::new(MEMORY, PASSES, LANES, None).map_err(|_| failed(argon2::password_hash::Error::Crypto))?)
        .hash_password(prepared.as_bytes(), &salt)
        .map_err(failed)?;
    Ok(Some(hash.to_string()))
}

/// Whether a password is the one that was hashed. Where there is no hash the same work is done for the answer no.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let prepared = prepare(password);
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let Ok(parsed) = parsed else {
        return false;
    };
    let text = prepared.as_ref().map_or("", |prepared| prepared.as_str());
    let matches = hasher(Params::default()).verify_password(text.as_bytes(), &parsed).is_ok();
    matches && hash.is_some() && prepared.is_some()
}

fn hasher(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn prepare(password: &str) -> Option<Zeroizing<String>> {
    if password.len() > LIMIT {
        return None;
    }
    precis::opaque_string(password).map(Zeroizing::new)
}
