//! Public keys as JSON Web Keys (RFC 7517). No type here can hold a private member.

use crate::jose::alg::Alg;
use crate::oauth::base64url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The numbers of a public key, each in base64url (RFC 7518, section 6).
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum PublicNumbers {
    Rsa { n: String, e: String },
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
        }
    }
}

impl From<PublicJwk> for Members {
    fn from(key: PublicJwk) -> Self {
        Self {
            alg: Some(key.alg.name().to_owned()),
            usage: Some("sig".to_owned()),
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
        serde_json::from_str::<Members>(text).ok()?.numbers()
    }

    /// The numbers alone as a JWK.
    pub fn to_jwk(&self) -> String {
        // A struct of strings always serialises.
        serde_json::to_string(&Members::from(self.clone())).unwrap_or_default()
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
    let numbers = PublicNumbers::from_jwk(&key.to_string());
    match (numbers, key.get("kty").and_then(|kty| kty.as_str())) {
        (Some(PublicNumbers::Rsa { n, e }), _) => check_rsa(&n, &e),
        (Some(PublicNumbers::Ec { crv, x, y }), _) if crv == "P-256" => check_p256(&x, &y),
        (None, Some("RSA" | "EC") | None) => Err(UnfitKey::Unsound),
        _ => Ok(()),
    }
}

/// A modulus of at least 2048 bits (NIST SP 800-131A), and an odd exponent other than 1.
fn check_rsa(n: &str, e: &str) -> Result<(), UnfitKey> {
    let number = |text: &str| -> Option<Vec<u8>> { Some(base64url::decode(text)?.into_iter().skip_while(|byte| *byte == 0).collect()) };
    let (Some(modulus), Some(exponent)) = (number(n), number(e)) else {
        return Err(UnfitKey::Unsound);
    };
    let long_enough = match modulus.first() {
        Some(0x80..) => modulus.len() >= 256,
        _ => modulus.len() > 256,
    };
    let odd = exponent.last().is_some_and(|byte| byte % 2 == 1);
    match long_enough && odd && exponent != [1] {
        true => Ok(()),
        false => Err(UnfitKey::Unsound),
    }
}

fn check_p256(x: &str, y: &str) -> Result<(), UnfitKey> {
    // jose-jwk refuses whole keys over members it does not know, so it gets the point alone.
    let point: jose_jwk::Ec =
        serde_json::from_value(serde_json::json!({ "crv": "P-256", "x": x, "y": y })).map_err(|_| UnfitKey::Unsound)?;
    p256::PublicKey::try_from(&point).map(|_| ()).map_err(|_| UnfitKey::Unsound)
}
