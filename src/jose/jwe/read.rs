//! Decrypting what a client sent.

use super::{agreed_length, derive};
use crate::error::Fault;
use crate::jose::alg::{Alg, ContentEncryption, KeyManagementAlg};
use crate::jose::content;
use crate::jose::crypto::{Cipher, Crypto, random};
use crate::jose::hash::secret_key;
use crate::jose::jwk::PublicNumbers;
use crate::jose::keyset::{KeySet, SigningKey};
use crate::oauth::{base64url, json};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// The longest compact JWE that is looked at, in bytes.
const LIMIT: usize = 64 * 1024;

/// A compact JWE taken apart; nothing in it is trusted yet.
#[derive(Debug)]
pub struct ReceivedJwe<'a> {
    /// How the content's key is encrypted. Whether the sender may do so is for the caller to say.
    pub alg: KeyManagementAlg,
    /// How the content is.
    pub enc: ContentEncryption,
    /// The id of the key that it is encrypted to.
    pub kid: Option<String>,
    /// The media type of the content.
    pub cty: Option<String>,
    epk: Option<PublicNumbers>,
    apu: Vec<u8>,
    apv: Vec<u8>,
    /// The header as it came, which the tag covers.
    protected: &'a str,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    text: Vec<u8>,
    tag: Vec<u8>,
}

/// Takes a compact JWE apart; `None` where it is not exactly five base64url parts with a JSON header, where an algorithm is unknown, and where the
/// header has `crit`, `zip`, or a member of a wrong type.
pub fn parse(text: &str) -> Option<ReceivedJwe<'_>> {
    if text.len() > LIMIT {
        return None;
    }
    let mut parts = text.split('.');
    let protected = parts.next()?;
    let mut next = || base64url::decode(parts.next()?);
    let (encrypted_key, iv, text, tag) = (next()?, next()?, next()?, next()?);
    if parts.next().is_some() {
        return None;
    }
    let header: Map<String, Value> = json::read(base64url::decode(protected)?).ok()?;
    if header.contains_key("crit") || header.contains_key("zip") {
        return None;
    }
    let word = |name: &str| match header.get(name) {
        None => Some(None),
        Some(Value::String(word)) => Some(Some(word.as_str())),
        Some(_) => None,
    };
    let octets = |name: &str| base64url::decode(word(name)?.unwrap_or_default());
    let epk = match header.get("epk") {
        None => None,
        // A point that is not on the curve would give the private key away, little by little.
        Some(epk) => Some(PublicNumbers::from_jwk(&epk.to_string()).filter(|epk| epk.is_sound() == Some(true))?),
    };
    Some(ReceivedJwe {
        alg: KeyManagementAlg::parse(word("alg")??)?,
        enc: ContentEncryption::parse(word("enc")??)?,
        kid: word("kid")?.map(str::to_owned),
        cty: word("cty")?.map(str::to_owned),
        epk,
        apu: octets("apu")?,
        apv: octets("apv")?,
        protected,
        encrypted_key,
        iv,
        text,
        tag,
    })
}

/// A key that opens a JWE.
#[derive(Clone, Copy)]
pub enum DecryptionKey<'a> {
    /// One of the provider's keys.
    Private(&'a SigningKey),
    /// A symmetric key: of the length that the algorithm wraps with, or for `dir` that of the content's key.
    Symmetric(&'a [u8]),
}

/// Decrypts with the provider's keys: the one that the header names, or any that is for the algorithm; or with a client's secret, where the algorithm
/// takes one. `None` where that does not succeed, for whatever reason.
pub async fn decrypt<P: Crypto>(
    crypto: &P,
    received: &ReceivedJwe<'_>,
    keys: &KeySet,
    secret: Option<&str>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let Some(alg) = received.alg.key() else {
        let Some(secret) = secret else {
            return Ok(None);
        };
        let key = secret_key(secret, agreed_length(received.alg, received.enc));
        return decrypt_with(crypto, received, DecryptionKey::Symmetric(&key)).await;
    };
    for key in keys.decrypting(alg, received.kid.as_deref()) {
        let plain = decrypt_with(crypto, received, DecryptionKey::Private(key)).await?;
        if plain.is_some() {
            return Ok(plain);
        }
    }
    Ok(None)
}

/// Decrypts with one key; `None` where that does not succeed, for whatever reason.
pub async fn decrypt_with<P: Crypto>(
    crypto: &P,
    received: &ReceivedJwe<'_>,
    key: DecryptionKey<'_>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    // With a key that could not be had, the content is decrypted all the same with a random one: a sender who tries out encrypted keys learns nothing
    // from the answer, and little from the time (RFC 7516, section 11.5).
    let opened = open_key(crypto, received, key).await?;
    let content_key = match opened.filter(|key| key.len() == received.enc.key_length()) {
        Some(content_key) => content_key,
        None => random(crypto, received.enc.key_length())?,
    };
    let aad = received.protected.as_bytes();
    content::decrypt(crypto, received.enc, &content_key, &received.iv, aad, &received.text, &received.tag).await
}

/// The content's key.
async fn open_key<P: Crypto>(crypto: &P, received: &ReceivedJwe<'_>, key: DecryptionKey<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let agreed = match (key, received.alg.key()) {
        (DecryptionKey::Symmetric(key), None) => Zeroizing::new(key.to_vec()),
        (DecryptionKey::Private(key), Some(alg)) if key.public.alg == alg => match (alg, &received.epk) {
            (Alg::RsaOaep | Alg::RsaOaep256, _) => return crypto.decrypt_with(key, &received.encrypted_key).await,
            (_, Some(epk)) if epk.suits(alg) => match crypto.agree(key, epk).await? {
                Some(secret) => derive(received.alg, received.enc, &secret, &received.apu, &received.apv),
                None => return Ok(None),
            },
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    match received.alg.wrapping_length() {
        Some(length) if agreed.len() == length => crypto.decrypt(Cipher::KeyWrap, &agreed, &received.encrypted_key).await,
        // Nothing is wrapped, so nothing may stand where it would (RFC 7516, section 5.2).
        None if received.encrypted_key.is_empty() => Ok(Some(agreed)),
        _ => Ok(None),
    }
}
