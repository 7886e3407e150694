//! Proof Key for Code Exchange with S256, the only method this provider knows (RFC 7636).

use crate::oauth::base64url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The `code_challenge_method`.
pub const METHOD: &str = "S256";

/// A code challenge: the base64url SHA-256 of a verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenge(String);

/// A code verifier as a client sent it: 43 to 128 unreserved characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier(String);

impl Challenge {
    /// Takes exactly what a SHA-256 looks like in base64url: 43 characters that decode to 32 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let hash = base64url::decode(text)?;
        (hash.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The challenge as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether two challenges are the same, in constant time.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Verifier {
    /// Takes 43 to 128 unreserved characters (RFC 7636, section 4.1).
    pub fn parse(text: &str) -> Option<Self> {
        let unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
        ((43..=128).contains(&text.len()) && text.chars().all(unreserved)).then(|| Self(text.to_owned()))
    }

    /// The challenge that this verifier answers.
    pub fn challenge(&self) -> Challenge {
        Challenge(base64url::encode(Sha256::digest(self.0.as_bytes())))
    }
}
