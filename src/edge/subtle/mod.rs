//! Cryptography by WebCrypto, which is native code beside the Worker and many times faster than wasm.

mod encryption;
mod keys;

pub use keys::generate;

use crate::edge::bridge::bridge;
use crate::edge::platform::EdgePlatform;
use crate::edge::task::Settled;
use crate::edge::thrown;
use crate::error::Fault;
use crate::jose::crypto::{Cipher, Crypto};
use crate::jose::jwk::{PublicJwk, PublicNumbers};
use crate::jose::keyset::SigningKey;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

impl Crypto for EdgePlatform {
    fn random(&self, buffer: &mut [u8]) -> Result<(), Fault> {
        getrandom::getrandom(buffer).map_err(|_| Fault::Crypto("no randomness"))
    }

    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let imported = keys::private(key).await.map_err(fault)?;
        let algorithm = keys::parameters(key.public.alg);
        octets(call("sign", &[&algorithm, &imported, &bytes(message)]).await)
    }

    async fn verify(&self, key: &PublicJwk, signature: &[u8], message: &[u8]) -> Result<bool, Fault> {
        let Ok(imported) = keys::public(key).await else {
            return Ok(false);
        };
        let algorithm = keys::parameters(key.alg);
        let sound = call("verify", &[&algorithm, &imported, &bytes(signature), &bytes(message)]).await;
        Ok(sound.is_ok_and(|sound| sound.is_truthy()))
    }

    async fn mac(&self, key: &[u8], message: &[u8]) -> Result<Vec<u8>, Fault> {
        let algorithm = encryption::hmac();
        let imported = keys::raw(key, &algorithm, &["sign"]).await.map_err(fault)?;
        octets(call("sign", &[&algorithm, &imported, &bytes(message)]).await)
    }

    async fn encrypt_to(&self, key: &PublicJwk, plain: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        encryption::encrypt_to(key, plain).await
    }

    async fn decrypt_with(&self, key: &SigningKey, encrypted: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        encryption::decrypt_with(key, encrypted).await
    }

    async fn agree_anew(&self, key: &PublicJwk) -> Result<Option<(PublicNumbers, Zeroizing<Vec<u8>>)>, Fault> {
        encryption::agree_anew(key).await
    }

    async fn agree(&self, key: &SigningKey, peer: &PublicNumbers) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        encryption::agree(key, peer).await
    }

    async fn encrypt(&self, cipher: Cipher<'_>, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault> {
        encryption::encrypt(cipher, key, plain).await.map_err(fault)
    }

    async fn decrypt(&self, cipher: Cipher<'_>, key: &[u8], encrypted: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        Ok(encryption::decrypt(cipher, key, encrypted).await.ok())
    }
}

/// Calls a function of `crypto.subtle`. What it throws or rejects with may be ours or the peer's fault, which the caller knows.
async fn call(function: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let arguments: Array = arguments.iter().copied().collect();
    Settled::unbounded(bridge(|bridge| bridge.subtle(function, &arguments))?).await
}

/// An object with these members.
fn object(members: &[(&str, &JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of a new, plain object always succeeds.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object.into()
}

/// Bytes for JavaScript: a copy, because wasm's memory may move.
fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn octets(buffer: Result<JsValue, JsValue>) -> Result<Vec<u8>, Fault> {
    buffer.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(fault)
}

/// A failure that is ours.
fn fault(error: JsValue) -> Fault {
    // The text may name a key's parameters, but never its private part.
    bridge(|bridge| bridge.log(&format!("webcrypto: {}", thrown(&error)), true));
    Fault::Crypto("WebCrypto failed")
}
