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
    /// The algorithms that the provider's signing keys are for: it has one key of each.
    pub enum Alg {
        RS256 = "RS256",
        ES256 = "ES256",
    }
}

impl Default for ContentEncryption {
    /// What a client gets that registers how keys are encrypted and not how content is (OpenID Connect Dynamic Client Registration, section 2).
    fn default() -> Self {
        Self::A128CbcHs256
    }
}
