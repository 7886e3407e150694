//! Encryption and key agreement.

use super::keys::{export, parameters, private, public, raw, words};
use super::{bytes, call, fault, object, octets};
use crate::error::Fault;
use crate::jose::crypto::Cipher;
use crate::jose::jwk::{PublicJwk, PublicNumbers};
use crate::jose::keyset::SigningKey;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

/// What WebCrypto calls HMAC-SHA-256.
pub fn hmac() -> JsValue {
    object(&[("name", &"HMAC".into()), ("hash", &"SHA-256".into())])
}

/// RSA-OAEP with a peer's key.
pub async fn encrypt_to(key: &PublicJwk, plain: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
    let Ok(imported) = public(key).await else {
        return Ok(None);
    };
    Ok(octets(call("encrypt", &[&parameters(key.alg), &imported, &bytes(plain)]).await).ok())
}

/// RSA-OAEP with a key of ours.
pub async fn decrypt_with(key: &SigningKey, encrypted: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let imported = private(key).await.map_err(fault)?;
    let plain = call("decrypt", &[&parameters(key.public.alg), &imported, &bytes(encrypted)]).await;
    Ok(plain.ok().map(secret))
}

/// ECDH with a key that is made for it.
pub async fn agree_anew(key: &PublicJwk) -> Result<Option<(PublicNumbers, Zeroizing<Vec<u8>>)>, Fault> {
    let Ok(peer) = public(key).await else {
        return Ok(None);
    };
    let arguments = [&parameters(key.alg), &JsValue::TRUE, &words(&["deriveBits"])];
    let pair = call("generateKey", &arguments).await.map_err(fault)?;
    let half = |name: &str| Reflect::get(&pair, &name.into()).map_err(fault);
    let numbers = PublicNumbers::from_jwk(&export(&half("publicKey")?).await.map_err(fault)?);
    let agreed = derive(&half("privateKey")?, peer).await.map_err(fault)?;
    Ok(numbers.map(|numbers| (numbers, agreed)))
}

/// ECDH with a key of ours.
pub async fn agree(key: &SigningKey, peer: &PublicNumbers) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let own = private(key).await.map_err(fault)?;
    let Ok(peer) = public(&PublicJwk::new(peer.clone(), key.public.alg)).await else {
        return Ok(None);
    };
    Ok(derive(&own, peer).await.ok())
}

async fn derive(own: &JsValue, peer: JsValue) -> Result<Zeroizing<Vec<u8>>, JsValue> {
    let algorithm = object(&[("name", &"ECDH".into()), ("public", &peer)]);
    call("deriveBits", &[&algorithm, own, &256.into()]).await.map(secret)
}

/// A symmetric cipher.
pub async fn encrypt(cipher: Cipher<'_>, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, JsValue> {
    let algorithm = algorithm(cipher);
    let text = match cipher {
        Cipher::KeyWrap => {
            let key = raw(key, &algorithm, &["wrapKey"]).await?;
            // WebCrypto wraps keys alone, and lets those for HMAC have any length.
            let wrapped = raw(plain, &hmac(), &["sign"]).await?;
            call("wrapKey", &[&"raw".into(), &wrapped, &key, &algorithm]).await?
        }
        _ => {
            let key = raw(key, &algorithm, &["encrypt"]).await?;
            call("encrypt", &[&algorithm, &key, &bytes(plain)]).await?
        }
    };
    Ok(Uint8Array::new(&text).to_vec())
}

/// A symmetric cipher, backwards.
pub async fn decrypt(cipher: Cipher<'_>, key: &[u8], encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, JsValue> {
    let algorithm = algorithm(cipher);
    let text = match cipher {
        Cipher::KeyWrap => {
            let key = raw(key, &algorithm, &["unwrapKey"]).await?;
            let usages = words(&["sign"]);
            let arguments = [&"raw".into(), &bytes(encrypted), &key, &algorithm, &hmac(), &JsValue::TRUE, &usages];
            let unwrapped = call("unwrapKey", &arguments).await?;
            call("exportKey", &[&"raw".into(), &unwrapped]).await?
        }
        _ => {
            let key = raw(key, &algorithm, &["decrypt"]).await?;
            call("decrypt", &[&algorithm, &key, &bytes(encrypted)]).await?
        }
    };
    Ok(secret(text))
}

fn algorithm(cipher: Cipher<'_>) -> JsValue {
    match cipher {
        Cipher::Gcm { iv, aad } => object(&[("name", &"AES-GCM".into()), ("iv", &bytes(iv)), ("additionalData", &bytes(aad))]),
        Cipher::Cbc { iv } => object(&[("name", &"AES-CBC".into()), ("iv", &bytes(iv))]),
        Cipher::KeyWrap => object(&[("name", &"AES-KW".into())]),
    }
}

fn secret(buffer: JsValue) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Uint8Array::new(&buffer).to_vec())
}
