//! Signatures by WebCrypto, which is native code beside the Worker and many times faster than wasm. Imported keys are kept by the isolate.

use crate::edge::thrown;
use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::jwk::{PublicJwk, PublicNumbers};
use crate::jose::keyset::SigningKey;
use js_sys::{Array, Object, Reflect, Uint8Array};
use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

const UNUSABLE: Fault = Fault::Crypto("WebCrypto refused a key");

thread_local! {
    /// Imported keys by what they may do and their kid.
    static IMPORTED: RefCell<HashMap<(&'static str, String), CryptoKey>> = RefCell::new(HashMap::new());
}

/// Signs with a private key.
pub async fn sign(key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, Fault> {
    let imported = import("sign", &key.public.kid, key.public.alg, &key.private).await?;
    let algorithm = parameters(key.public.alg)?;
    let promise = subtle()?
        .sign_with_object_and_u8_array(&algorithm, &imported, message)
        .map_err(fault)?;
    let signature = JsFuture::from(promise).await.map_err(fault)?;
    Ok(Uint8Array::new(&signature).to_vec())
}

/// Whether a signature is sound.
pub async fn verify(key: &PublicJwk, signature: &[u8], message: &[u8]) -> Result<bool, Fault> {
    let jwk = key.numbers.to_jwk();
    let imported = import("verify", &key.kid, key.alg, &jwk).await?;
    let algorithm = parameters(key.alg)?;
    let promise = subtle()?
        .verify_with_object_and_u8_array_and_u8_array(&algorithm, &imported, signature, message)
        .map_err(fault)?;
    let sound = JsFuture::from(promise).await.map_err(fault)?;
    Ok(sound.is_truthy())
}

/// Makes a key pair: the public key, and the private one as the text of a JWK.
pub async fn generate(alg: Alg) -> Result<(PublicJwk, Zeroizing<String>), Fault> {
    let usages = Array::of2(&"sign".into(), &"verify".into());
    let promise = subtle()?
        .generate_key_with_object(&parameters(alg)?, true, &usages)
        .map_err(fault)?;
    let pair = JsFuture::from(promise).await.map_err(fault)?;
    let private = Reflect::get(&pair, &"privateKey".into()).map_err(fault)?.unchecked_into();
    let promise = subtle()?.export_key("jwk", &private).map_err(fault)?;
    let jwk = JsFuture::from(promise).await.map_err(fault)?;
    let text = js_sys::JSON::stringify(&jwk).map_err(fault)?;
    let text = Zeroizing::new(String::from(text));
    // PublicNumbers has no place for the private members, so they stay behind.
    let numbers = PublicNumbers::from_jwk(&text).ok_or(UNUSABLE)?;
    Ok((PublicJwk::new(numbers, alg), text))
}

async fn import(usage: &'static str, kid: &str, alg: Alg, jwk: &str) -> Result<CryptoKey, Fault> {
    let name = (usage, kid.to_owned());
    if let Some(key) = IMPORTED.with_borrow(|keys| keys.get(&name).cloned()) {
        return Ok(key);
    }
    let jwk: Object = js_sys::JSON::parse(jwk).map_err(fault)?.unchecked_into();
    // What the exported JWK says of its own use would have to match; the numbers alone are enough.
    for member in ["key_ops", "ext", "alg", "use"] {
        Reflect::delete_property(&jwk, &member.into()).map_err(fault)?;
    }
    let usages = Array::of1(&usage.into());
    let promise = subtle()?
        .import_key_with_object("jwk", &jwk, &parameters(alg)?, false, &usages)
        .map_err(fault)?;
    let key: CryptoKey = JsFuture::from(promise).await.map_err(fault)?.unchecked_into();
    IMPORTED.with_borrow_mut(|keys| keys.insert(name, key.clone()));
    Ok(key)
}

/// The algorithm with every parameter that any of the operations asks for.
fn parameters(alg: Alg) -> Result<Object, Fault> {
    let object = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&object, &name.into(), value).map_err(fault);
    set("hash", &"SHA-256".into())?;
    match alg {
        Alg::RS256 => {
            set("name", &"RSASSA-PKCS1-v1_5".into())?;
            set("modulusLength", &2048.into())?;
            set("publicExponent", &Uint8Array::from([1, 0, 1].as_slice()))?;
        }
        Alg::ES256 => {
            set("name", &"ECDSA".into())?;
            set("namedCurve", &"P-256".into())?;
        }
    }
    Ok(object)
}

fn subtle() -> Result<SubtleCrypto, Fault> {
    let crypto: Crypto = Reflect::get(&js_sys::global(), &"crypto".into()).map_err(fault)?.unchecked_into();
    Ok(crypto.subtle())
}

fn fault(error: JsValue) -> Fault {
    // The text may name a key's parameters, but never its private part.
    worker::console_error!("webcrypto: {}", thrown(&error));
    Fault::Crypto("WebCrypto failed")
}
