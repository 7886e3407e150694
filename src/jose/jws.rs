//! JWS compact serialisation (RFC 7515, section 7.1) around a signer that is somebody else's.

use crate::jose::alg::Alg;
use crate::oauth::base64url;
use serde::{Deserialize, Serialize};

/// The longest compact JWS that is looked at, in bytes.
const LIMIT: usize = 16 * 1024;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    kid: &'a str,
}

/// The text to be signed: header and claims, encoded and joined.
pub fn signing_input(alg: Alg, typ: Option<&str>, kid: &str, claims: &impl Serialize) -> Result<String, serde_json::Error> {
    let header = serde_json::to_vec(&Header { alg: alg.name(), typ, kid })?;
    let claims = serde_json::to_vec(claims)?;
    Ok(format!("{}.{}", base64url::encode(header), base64url::encode(claims)))
}

/// The finished JWS.
pub fn compact(signing_input: String, signature: &[u8]) -> String {
    format!("{signing_input}.{}", base64url::encode(signature))
}

/// The header members that decide how a JWS of our own is checked. Whatever else a header names (`jku`, `jwk`, `x5u`) is never looked at.
#[derive(Debug, Deserialize)]
pub struct ReceivedHeader {
    /// The algorithm by name; not yet one that we accept.
    pub alg: String,
    /// The key id.
    pub kid: Option<String>,
    /// The media type.
    pub typ: Option<String>,
    /// Extensions that must be understood; we understand none.
    pub crit: Option<serde::de::IgnoredAny>,
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

/// Takes a compact JWS apart; `None` where it is not exactly three base64url parts with a JSON header.
pub fn parse(text: &str) -> Option<Received<'_>> {
    if text.len() > LIMIT {
        return None;
    }
    let (signing_input, signature) = text.rsplit_once('.')?;
    let (header, payload) = signing_input.split_once('.')?;
    if payload.contains('.') {
        return None;
    }
    Some(Received {
        header: serde_json::from_slice(&base64url::decode(header)?).ok()?,
        signing_input,
        payload: base64url::decode(payload)?,
        signature: base64url::decode(signature)?,
    })
}
