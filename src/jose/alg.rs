//! Algorithms by the names that JOSE headers and metadata have for them (RFC 7518; RFC 8037).

use crate::oauth::words::words;

words! {
    /// How something is signed (RFC 7518, section 3).
    pub enum SignatureAlg {
        RS256 = "RS256",
        PS256 = "PS256",
        ES256 = "ES256",
        EdDSA = "EdDSA",
        HS256 = "HS256",
        None = "none",
    }
}

words! {
    /// How the key of an encryption reaches its recipient (RFC 7518, section 4). The last three take a secret that both sides have.
    pub enum KeyManagementAlg {
        RsaOaep = "RSA-OAEP",
        RsaOaep256 = "RSA-OAEP-256",
        EcdhEs = "ECDH-ES",
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        EcdhEsA256Kw = "ECDH-ES+A256KW",
        A128Kw = "A128KW",
        A256Kw = "A256KW",
        Dir = "dir",
    }
}

words! {
    /// How the content is encrypted (RFC 7518, section 5).
    pub enum ContentEncryption {
        A128Gcm = "A128GCM",
        A256Gcm = "A256GCM",
        A128CbcHs256 = "A128CBC-HS256",
        A256CbcHs512 = "A256CBC-HS512",
    }
}

words! {
    /// The algorithms that the provider's keys are for: it has one key pair of each, because a key serves one algorithm and one use.
    pub enum Alg {
        RS256 = "RS256",
        PS256 = "PS256",
        ES256 = "ES256",
        EdDSA = "EdDSA",
        RsaOaep = "RSA-OAEP",
        RsaOaep256 = "RSA-OAEP-256",
        EcdhEs = "ECDH-ES",
        EcdhEsA128Kw = "ECDH-ES+A128KW",
        EcdhEsA256Kw = "ECDH-ES+A256KW",
    }
}

words! {
    /// What a key may be used for (RFC 7517, section 4.2).
    pub enum Usage {
        Signature = "sig",
        Encryption = "enc",
    }
}

/// The name that is ours for what a peer may call by a newer one: RFC 9864 names EdDSA on Ed25519 by its curve.
pub fn received_name(name: &str) -> &str {
    match name {
        "Ed25519" => Alg::EdDSA.name(),
        _ => name,
    }
}

impl Alg {
    /// What a key of this algorithm is for.
    pub fn usage(self) -> Usage {
        match self {
            Self::RS256 | Self::PS256 | Self::ES256 | Self::EdDSA => Usage::Signature,
            Self::RsaOaep | Self::RsaOaep256 | Self::EcdhEs | Self::EcdhEsA128Kw | Self::EcdhEsA256Kw => Usage::Encryption,
        }
    }
}

impl SignatureAlg {
    /// Whether anything is signed at all: what has to be takes no other (userinfo as a JWT, client assertions).
    pub fn signs(self) -> bool {
        self != Self::None
    }

    /// Whether a key pair signs.
    pub fn is_asymmetric(self) -> bool {
        self.key().is_some()
    }

    /// The algorithm of the key pair that signs so; `None` where a shared secret does, or nothing.
    pub fn key(self) -> Option<Alg> {
        Alg::parse(self.name())
    }
}

impl KeyManagementAlg {
    /// Whether both sides have the same key.
    pub fn is_symmetric(self) -> bool {
        self.key().is_none()
    }

    /// The algorithm of the key pair that it takes; `None` where it takes a shared secret.
    pub fn key(self) -> Option<Alg> {
        Alg::parse(self.name())
    }

    /// The length of the key that wraps the content's key (RFC 3394), in bytes; `None` where no key is wrapped so.
    pub fn wrapping_length(self) -> Option<usize> {
        match self {
            Self::EcdhEsA128Kw | Self::A128Kw => Some(16),
            Self::EcdhEsA256Kw | Self::A256Kw => Some(32),
            Self::RsaOaep | Self::RsaOaep256 | Self::EcdhEs | Self::Dir => None,
        }
    }
}

impl ContentEncryption {
    /// The length of its key, in bytes.
    pub fn key_length(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A256CbcHs512 => 64,
        }
    }

    /// The length of its initialisation vector, in bytes.
    pub fn iv_length(self) -> usize {
        match self {
            Self::A128Gcm | Self::A256Gcm => 12,
            Self::A128CbcHs256 | Self::A256CbcHs512 => 16,
        }
    }

    /// The length of its authentication tag, in bytes.
    pub fn tag_length(self) -> usize {
        match self {
            Self::A128Gcm | Self::A256Gcm | Self::A128CbcHs256 => 16,
            Self::A256CbcHs512 => 32,
        }
    }
}

impl Default for ContentEncryption {
    /// What a client gets that registers how keys are encrypted and not how content is (OpenID Connect Dynamic Client Registration, section 2).
    fn default() -> Self {
        Self::A128CbcHs256
    }
}
