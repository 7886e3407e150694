//! Encrypting to a client.

use super::{agreed_length, derive};
use crate::error::Fault;
use crate::jose::alg::{Alg, ContentEncryption, KeyManagementAlg};
use crate::jose::client_keys::EncryptionKey;
use crate::jose::content;
use crate::jose::crypto::{Cipher, Crypto, random};
use crate::jose::hash::secret_key;
use crate::jose::jwk::{PublicJwk, PublicNumbers};
use crate::oauth::{base64url, json};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Whom a JWE is for, and how it is to be encrypted.
pub struct Recipient<'a> {
    /// The recipient's key.
    pub key: RecipientKey<'a>,
    /// How the content's key is encrypted; it has to be one that takes such a key.
    pub alg: KeyManagementAlg,
    /// How the content is.
    pub enc: ContentEncryption,
}

/// The key of a recipient.
pub enum RecipientKey<'a> {
    /// A public key.
    Public(EncryptionKey),
    /// A client's secret (OpenID Connect Core, section 10.2).
    Secret(&'a str),
}

/// The key of a content, and what the recipient needs to come by it.
struct ContentKey {
    key: Zeroizing<Vec<u8>>,
    encrypted: Vec<u8>,
    ephemeral: Option<PublicNumbers>,
}

/// Encrypts a text to a recipient; `cty` is `JWT` where the text is one. `None` where the recipient's key cannot be used.
pub async fn encrypt<P: Crypto>(crypto: &P, recipient: &Recipient<'_>, cty: Option<&str>, plain: &[u8]) -> Result<Option<String>, Fault> {
    let Some(content_key) = content_key(crypto, recipient).await? else {
        return Ok(None);
    };
    let kid = match &recipient.key {
        RecipientKey::Public(key) => key.kid.as_deref(),
        RecipientKey::Secret(_) => None,
    };
    let epk = content_key
        .ephemeral
        .and_then(|numbers| json::parse(numbers.to_jwk().as_bytes()).ok());
    let members = [
        ("alg", Some(recipient.alg.name().into())),
        ("kid", kid.map(Value::from)),
        ("epk", epk),
        ("enc", Some(recipient.enc.name().into())),
        ("cty", cty.map(Value::from)),
    ];
    let mut header = Map::new();
    for (name, value) in members {
        if let Some(value) = value {
            header.insert(name.to_owned(), value);
        }
    }
    let header = base64url::encode(Value::Object(header).to_string());
    let iv = random(crypto, recipient.enc.iv_length())?;
    let (text, tag) = content::encrypt(crypto, recipient.enc, &content_key.key, &iv, header.as_bytes(), plain).await?;
    let [encrypted, iv, text, tag] = [&content_key.encrypted, &*iv, &text, &tag].map(base64url::encode);
    Ok(Some(format!("{header}.{encrypted}.{iv}.{text}.{tag}")))
}

async fn content_key<P: Crypto>(crypto: &P, recipient: &Recipient<'_>) -> Result<Option<ContentKey>, Fault> {
    let (alg, enc) = (recipient.alg, recipient.enc);
    let (agreed, ephemeral) = match &recipient.key {
        RecipientKey::Secret(_) if alg.key().is_some() => return Ok(None),
        RecipientKey::Secret(secret) => (secret_key(secret, agreed_length(alg, enc)), None),
        RecipientKey::Public(key) => {
            let Some(key_alg) = alg.key().filter(|alg| key.numbers.suits(*alg)) else {
                return Ok(None);
            };
            let public = PublicJwk::new(key.numbers.clone(), key_alg);
            if matches!(key_alg, Alg::RsaOaep | Alg::RsaOaep256) {
                let key = random(crypto, enc.key_length())?;
                let encrypted = crypto.encrypt_to(&public, &key).await?;
                return Ok(encrypted.map(|encrypted| ContentKey {
                    key,
                    encrypted,
                    ephemeral: None,
                }));
            }
            let Some((ephemeral, secret)) = crypto.agree_anew(&public).await? else {
                return Ok(None);
            };
            (derive(alg, enc, &secret, &[], &[]), Some(ephemeral))
        }
    };
    let (key, encrypted) = match alg.wrapping_length() {
        None => (agreed, Vec::new()),
        Some(_) => {
            let key = random(crypto, enc.key_length())?;
            let encrypted = crypto.encrypt(Cipher::KeyWrap, &agreed, &key).await?;
            (key, encrypted)
        }
    };
    Ok(Some(ContentKey { key, encrypted, ephemeral }))
}
