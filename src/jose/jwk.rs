//! Public keys as JSON Web Keys (RFC 7517). No type here can hold a private member.

use crate::jose::alg::Alg;
use crate::oauth::base64url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The numbers of a public key, each in base64url (RFC 7518, section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
#[allow(missing_docs)]
pub enum PublicNumbers {
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
}

impl PublicNumbers {
    /// The JWK thumbprint (RFC 7638) with SHA-256.
    pub fn thumbprint(&self) -> String {
        // The members that RFC 7638 names, in lexical order and without white space.
        let canonical = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
        };
        base64url::encode(Sha256::digest(canonical))
    }
}

/// One of the provider's public keys, as it is published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// The kind of key and its numbers.
    #[serde(flatten)]
    pub numbers: PublicNumbers,
    /// The only algorithm the key is for.
    pub alg: Alg,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: Usage,
    /// The key's id: its thumbprint.
    pub kid: String,
}

/// What a published key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Usage {
    /// Signatures.
    #[serde(rename = "sig")]
    Signature,
}

impl PublicJwk {
    /// A key with its thumbprint as kid.
    pub fn new(numbers: PublicNumbers, alg: Alg) -> Self {
        let kid = numbers.thumbprint();
        Self {
            numbers,
            alg,
            usage: Usage::Signature,
            kid,
        }
    }
}

/// Why a key in a client's `jwks` cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnfitKey {
    /// It has private or symmetric parts.
    NotPublic,
    /// Its numbers are no key: not on the curve, not decodable, or RSA under 2048 bits.
    Unsound,
}

/// Checks one key of a set that a client registers by value. A kind of key that the provider does not know is left alone: the client may
/// hold it for others. A key needs no kid.
pub fn check_client_key(key: &serde_json::Value) -> Result<(), UnfitKey> {
    const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    let members = key.as_object().ok_or(UnfitKey::Unsound)?;
    if members.keys().any(|name| PRIVATE.contains(&name.as_str())) || key.get("kty") == Some(&"oct".into()) {
        return Err(UnfitKey::NotPublic);
    }
    let numbers: Option<PublicNumbers> = serde_json::from_value(key.clone()).ok();
    match (numbers, key.get("kty").and_then(|kty| kty.as_str())) {
        (Some(PublicNumbers::Rsa { n, .. }), _) => check_modulus(&n),
        (Some(PublicNumbers::Ec { crv, x, y }), _) if crv == "P-256" => check_p256(&x, &y),
        (None, Some("RSA" | "EC") | None) => Err(UnfitKey::Unsound),
        _ => Ok(()),
    }
}

fn check_modulus(n: &str) -> Result<(), UnfitKey> {
    match base64url::decode(n) {
        Some(bytes) if bytes.iter().skip_while(|byte| **byte == 0).count() >= 256 => Ok(()),
        _ => Err(UnfitKey::Unsound),
    }
}

fn check_p256(x: &str, y: &str) -> Result<(), UnfitKey> {
    // jose-jwk refuses whole keys over members it does not know, so it gets the point alone.
    let point = serde_json::json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
    match serde_json::from_value::<jose_jwk::Jwk>(point) {
        Ok(jose_jwk::Jwk {
            key: jose_jwk::Key::Ec(point),
            ..
        }) => p256::PublicKey::try_from(&point).map(|_| ()).map_err(|_| UnfitKey::Unsound),
        _ => Err(UnfitKey::Unsound),
    }
}
