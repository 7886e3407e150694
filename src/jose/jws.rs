//! JWS compact serialisation (RFC 7515, section 7.1) around a signer that is somebody else's.

use crate::error::Fault;
use crate::jose::alg::{SignatureAlg, received_name};
use crate::jose::client_keys::VerificationKey;
use crate::jose::crypto::Crypto;
use crate::jose::keyset::SigningKey;
use crate::oauth::{base64url, json};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// The longest compact JWS that is looked at, in bytes.
const LIMIT: usize = 64 * 1024;

/// Who signs.
#[derive(Clone, Copy)]
pub enum Signer<'a> {
    /// One of the provider's keys, by its algorithm.
    Key(&'a SigningKey),
    /// HS256 with the octets of a client's secret (OpenID Connect Core, section 10.1).
    Secret(&'a str),
    /// Nobody: the algorithm `none`.
    Unsigned,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

/// Signs claims as a compact JWS. Fails where the platform cannot sign.
pub async fn sign<P: Crypto>(crypto: &P, signer: Signer<'_>, typ: Option<&str>, claims: &impl Serialize) -> Result<String, Fault> {
    sign_bytes(crypto, signer, typ, json::text(claims).as_bytes()).await
}

// There are many kinds of claims; only what depends on the kind is compiled for each.
async fn sign_bytes<P: Crypto>(crypto: &P, signer: Signer<'_>, typ: Option<&str>, payload: &[u8]) -> Result<String, Fault> {
    let (alg, kid) = match signer {
        Signer::Key(key) => (key.public.alg.name(), Some(key.public.kid.as_str())),
        Signer::Secret(_) => (SignatureAlg::HS256.name(), None),
        Signer::Unsigned => (SignatureAlg::None.name(), None),
    };
    let header = json::text(&Header { alg, typ, kid });
    let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
    let signature = match signer {
        Signer::Key(key) => crypto.sign(key, input.as_bytes()).await?,
        Signer::Secret(secret) => crypto.mac(secret.as_bytes(), input.as_bytes()).await?,
        Signer::Unsigned => Vec::new(),
    };
    Ok(format!("{input}.{}", base64url::encode(signature)))
}

/// The header members that decide how a JWS is checked. Whatever else a header names (`jku`, `jwk`, `x5u`) is never looked at.
#[derive(Debug, Deserialize)]
pub struct ReceivedHeader {
    /// The algorithm by name; not yet one that we accept.
    pub alg: String,
    /// The key id.
    pub kid: Option<String>,
    /// The media type.
    pub typ: Option<String>,
    /// Extensions that must be understood. We understand none, so even an empty list is too much.
    #[serde(default)]
    crit: Present,
}

/// Whether a member is there, whatever its value.
#[derive(Debug, Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self(true))
    }
}

/// A compact JWS taken apart; nothing in it is trusted yet.
#[derive(Debug)]
pub struct Received<'a> {
    /// The header.
    pub header: ReceivedHeader,
    /// What the signature covers.
    pub signing_input: &'a str,
    /// The claims, as bytes.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Takes a compact JWS apart; `None` where it is not exactly three base64url parts with a JSON header, where the header has `crit`, or where there is a
/// signature by the algorithm `none`.
pub fn parse(text: &str) -> Option<Received<'_>> {
    if text.len() > LIMIT {
        return None;
    }
    let (signing_input, signature) = text.rsplit_once('.')?;
    let (header, payload) = signing_input.split_once('.')?;
    if payload.contains('.') {
        return None;
    }
    let mut header: ReceivedHeader = json::read(base64url::decode(header)?).ok()?;
    header.alg = received_name(&header.alg).to_owned();
    if header.crit.0 || (header.alg == SignatureAlg::None.name() && !signature.is_empty()) {
        return None;
    }
    Some(Received {
        header,
        signing_input,
        payload: base64url::decode(payload)?,
        signature: base64url::decode(signature)?,
    })
}

/// Whether one of the keys made the signature. The caller has chosen the algorithm, and the header has to name the same.
pub async fn verify<P: Crypto>(crypto: &P, received: &Received<'_>, keys: impl Iterator<Item = VerificationKey>) -> Result<bool, Fault> {
    for key in keys.filter(|key| received.header.alg == key.alg.name()) {
        if crypto.verify(&key, &received.signature, received.signing_input.as_bytes()).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a client's secret made the signature, by HS256 (OpenID Connect Core, section 10.1): the secret's octets are the key.
pub async fn verify_secret<P: Crypto>(crypto: &P, received: &Received<'_>, secret: impl AsRef<[u8]>) -> Result<bool, Fault> {
    let secret = secret.as_ref();
    if received.header.alg != SignatureAlg::HS256.name() || secret.is_empty() {
        return Ok(false);
    }
    let mac = crypto.mac(secret, received.signing_input.as_bytes()).await?;
    Ok(mac.ct_eq(&received.signature).into())
}
