//! Public keys as JSON Web Keys (RFC 7517). No type here can hold a private member.

use crate::jose::alg::Alg;
use crate::oauth::{base64url, json};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The numbers of a public key, each in base64url (RFC 7518, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PublicNumbers {
    Rsa { n: String, e: String },
    Ec { crv: String, x: String, y: String },
    Okp { crv: String, x: String },
}

impl PublicNumbers {
    /// The JWK thumbprint (RFC 7638; RFC 8037, section 2) with SHA-256.
    pub fn thumbprint(&self) -> String {
        base64url::encode(Sha256::digest(self.canonical()))
    }

    /// The members that the RFCs name, in lexical order and without white space: what the thumbprint is made of. It is a JWK of its own.
    pub fn canonical(&self) -> String {
        match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Self::Ec { crv, x, y } => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#),
            Self::Okp { crv, x } => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
        }
    }
}

/// A public key that is for one algorithm: as the provider publishes its own, and as it checks a client's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Members", try_from = "Members")]
pub struct PublicJwk {
    /// The kind of key and its numbers.
    pub numbers: PublicNumbers,
    /// The only algorithm the key is for.
    pub alg: Alg,
    /// The key's id: its thumbprint.
    pub kid: String,
}

impl PublicJwk {
    /// A key with its thumbprint as kid.
    pub fn new(numbers: PublicNumbers, alg: Alg) -> Self {
        let kid = numbers.thumbprint();
        Self { numbers, alg, kid }
    }
}

/// The public members of a JWK as they stand in JSON. Any other member, a private one above all, is left behind.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Members {
    kty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
}

impl Members {
    fn numbers(&mut self) -> Option<PublicNumbers> {
        match self.kty.as_str() {
            "RSA" => Some(PublicNumbers::Rsa {
                n: self.n.take()?,
                e: self.e.take()?,
            }),
            "EC" => Some(PublicNumbers::Ec {
                crv: self.crv.take()?,
                x: self.x.take()?,
                y: self.y.take()?,
            }),
            "OKP" => Some(PublicNumbers::Okp {
                crv: self.crv.take()?,
                x: self.x.take()?,
            }),
            _ => None,
        }
    }
}

impl From<PublicNumbers> for Members {
    fn from(numbers: PublicNumbers) -> Self {
        match numbers {
            PublicNumbers::Rsa { n, e } => Self {
                kty: "RSA".to_owned(),
                n: Some(n),
                e: Some(e),
                ..Self::default()
            },
            PublicNumbers::Ec { crv, x, y } => Self {
                kty: "EC".to_owned(),
                crv: Some(crv),
                x: Some(x),
                y: Some(y),
                ..Self::default()
            },
            PublicNumbers::Okp { crv, x } => Self {
                kty: "OKP".to_owned(),
                crv: Some(crv),
                x: Some(x),
                ..Self::default()
            },
        }
    }
}

impl From<PublicJwk> for Members {
    fn from(key: PublicJwk) -> Self {
        Self {
            alg: Some(key.alg.name().to_owned()),
            usage: Some(key.alg.usage().name().to_owned()),
            kid: Some(key.kid),
            ..Self::from(key.numbers)
        }
    }
}

impl TryFrom<Members> for PublicJwk {
    type Error = &'static str;

    fn try_from(mut members: Members) -> Result<Self, Self::Error> {
        Ok(Self {
            alg: members.alg.as_deref().and_then(Alg::parse).ok_or("no algorithm of ours")?,
            kid: members.kid.take().ok_or("no kid")?,
            numbers: members.numbers().ok_or("no public key")?,
        })
    }
}

impl PublicNumbers {
    /// Reads the public numbers of a JWK; `None` where it is of another kind or not whole.
    pub fn from_jwk(text: &str) -> Option<Self> {
        json::read::<Members>(text).ok()?.numbers()
    }

    /// The numbers alone as a JWK.
    pub fn to_jwk(&self) -> String {
        json::text(&Members::from(self.clone()))
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
    match (
        PublicNumbers::from_jwk(&key.to_string()),
        key.get("kty").and_then(|kty| kty.as_str()),
    ) {
        (Some(numbers), _) if numbers.is_sound() == Some(false) => Err(UnfitKey::Unsound),
        (None, Some("RSA" | "EC" | "OKP") | None) => Err(UnfitKey::Unsound),
        _ => Ok(()),
    }
}

impl PublicNumbers {
    /// Whether the numbers are those of a key, and of one that is strong enough; `None` for a curve that the provider does not know.
    pub fn is_sound(&self) -> Option<bool> {
        match self {
            Self::Rsa { n, e } => Some(is_rsa(n, e).unwrap_or(false)),
            Self::Ec { crv, x, y } => (crv == "P-256").then(|| is_p256(x, y)),
            // Every string of 32 octets is an Ed25519 key that some point may stand for (RFC 8032, section 5.1.5).
            Self::Okp { crv, x } => (crv == "Ed25519").then(|| base64url::decode(x).is_some_and(|point| point.len() == 32)),
        }
    }

    /// Whether a key of this kind can be for an algorithm.
    pub fn suits(&self, alg: Alg) -> bool {
        match alg {
            Alg::RS256 | Alg::PS256 | Alg::RsaOaep | Alg::RsaOaep256 => matches!(self, Self::Rsa { .. }),
            Alg::ES256 | Alg::EcdhEs | Alg::EcdhEsA128Kw | Alg::EcdhEsA256Kw => matches!(self, Self::Ec { crv, .. } if crv == "P-256"),
            Alg::EdDSA => matches!(self, Self::Okp { crv, .. } if crv == "Ed25519"),
        }
    }
}

/// A modulus of at least 2048 bits (NIST SP 800-131A), and an odd exponent other than 1.
fn is_rsa(n: &str, e: &str) -> Option<bool> {
    let number = |text: &str| -> Option<Vec<u8>> { Some(base64url::decode(text)?.into_iter().skip_while(|byte| *byte == 0).collect()) };
    let (modulus, exponent) = (number(n)?, number(e)?);
    let long_enough = match modulus.first() {
        Some(0x80..) => modulus.len() >= 256,
        _ => modulus.len() > 256,
    };
    let odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
    Some(long_enough && odd && exponent != [1])
}

fn is_p256(x: &str, y: &str) -> bool {
    // jose-jwk refuses whole keys over members it does not know, so it gets the point alone.
    let point = json::of_value::<jose_jwk::Ec>(&serde_json::json!({ "crv": "P-256", "x": x, "y": y }));
    point.is_ok_and(|point| p256::PublicKey::try_from(&point).is_ok())
}
