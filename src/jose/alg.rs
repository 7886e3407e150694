//! Signature algorithms (RFC 7518, section 3).

use serde::{Deserialize, Serialize};

/// The algorithms that the provider signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Alg {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// ECDSA with P-256 and SHA-256.
    ES256,
}

impl Alg {
    /// Every algorithm: one key of each is made.
    pub const ALL: [Self; 2] = [Self::RS256, Self::ES256];

    /// The name as it stands in a JOSE header.
    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
        }
    }

    /// Reads a name; names are case-sensitive, and nothing else is an algorithm.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alg| alg.name() == name)
    }
}
