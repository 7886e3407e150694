//! Keys for WebCrypto: made, imported, and kept by the isolate.

use super::{bytes, call, fault, object};
use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::jwk::{PublicJwk, PublicNumbers};
use crate::jose::keyset::SigningKey;
use js_sys::{Array, JSON, Reflect, Uint8Array};
use litemap::LiteMap;
use std::cell::RefCell;
use std::convert::Infallible;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

const UNUSABLE: Fault = Fault::Crypto("WebCrypto made no key");

/// How many imported keys are kept: the provider's own, and those of clients that sign or are encrypted to. Past that all are forgotten and imported
/// again as they are needed.
const KEPT: usize = 128;

thread_local! {
    /// Imported keys by what they are for and their thumbprint or numbers.
    static IMPORTED: RefCell<LiteMap<String, JsValue>> = const { RefCell::new(LiteMap::new_vec()) };
    static PARAMETERS: RefCell<LiteMap<&'static str, JsValue>> = const { RefCell::new(LiteMap::new_vec()) };
}

/// Makes a key pair: the public key, and the private one as the text of a JWK.
pub async fn generate(alg: Alg) -> Result<(PublicJwk, Zeroizing<String>), Fault> {
    let (private, public) = usages(alg);
    let usages = words(&[private, public].concat());
    let pair = call("generateKey", &[&parameters(alg), &JsValue::TRUE, &usages])
        .await
        .map_err(fault)?;
    let private = Reflect::get(&pair, &"privateKey".into()).map_err(fault)?;
    let text = Zeroizing::new(export(&private).await.map_err(fault)?);
    // PublicNumbers has no place for the private members, so they stay behind.
    let numbers = PublicNumbers::from_jwk(&text).ok_or(UNUSABLE)?;
    Ok((PublicJwk::new(numbers, alg), text))
}

/// A key as the text of a JWK.
pub async fn export(key: &JsValue) -> Result<String, JsValue> {
    let jwk = call("exportKey", &[&"jwk".into(), key]).await?;
    JSON::stringify(&jwk).map(String::from)
}

/// One of the provider's keys.
pub async fn private(key: &SigningKey) -> Result<JsValue, JsValue> {
    let public = &key.public;
    let name = format!("private {} {}", public.alg.name(), public.kid);
    match kept(&name) {
        Some(key) => Ok(key),
        None => import(name, public.alg, &key.private, usages(public.alg).0).await,
    }
}

/// Anybody's public key. It is kept under its own numbers: no name that a peer gives a key can stand for another one.
pub async fn public(key: &PublicJwk) -> Result<JsValue, JsValue> {
    let name = format!("public {} {}", key.alg.name(), key.numbers.canonical());
    match kept(&name) {
        Some(key) => Ok(key),
        None => import(name, key.alg, &key.numbers.to_jwk(), usages(key.alg).1).await,
    }
}

/// A symmetric key.
pub async fn raw(key: &[u8], algorithm: &JsValue, usages: &[&str]) -> Result<JsValue, JsValue> {
    // Key wrapping asks for keys that may be exported; nobody else ever holds one of these.
    call(
        "importKey",
        &[&"raw".into(), &bytes(key), algorithm, &JsValue::TRUE, &words(usages)],
    )
    .await
}

fn kept(name: &str) -> Option<JsValue> {
    IMPORTED.with_borrow(|keys| keys.get(name).cloned())
}

async fn import(name: String, alg: Alg, jwk: &str, usages: &[&str]) -> Result<JsValue, JsValue> {
    let jwk = JSON::parse(jwk)?;
    // What the exported JWK says of its own use would have to match; the numbers alone are enough.
    for member in ["key_ops", "ext", "alg", "use"] {
        Reflect::set(&jwk, &member.into(), &JsValue::UNDEFINED)?;
    }
    let key = call(
        "importKey",
        &[&"jwk".into(), &jwk, &parameters(alg), &JsValue::FALSE, &words(usages)],
    )
    .await?;
    IMPORTED.with_borrow_mut(|keys| {
        if keys.len() >= KEPT {
            keys.clear();
        }
        keys.insert(name, key.clone())
    });
    Ok(key)
}

/// What WebCrypto is to let the private and the public half do.
fn usages(alg: Alg) -> (&'static [&'static str], &'static [&'static str]) {
    match alg {
        Alg::RsaOaep | Alg::RsaOaep256 => (&["decrypt"], &["encrypt"]),
        Alg::EcdhEs | Alg::EcdhEsA128Kw | Alg::EcdhEsA256Kw => (&["deriveBits"], &[]),
        _ => (&["sign"], &["verify"]),
    }
}

/// The algorithm with every parameter that any of the operations on any of the algorithms asks for: those that one has no use for, it does not look at.
pub fn parameters(alg: Alg) -> JsValue {
    PARAMETERS.with_borrow_mut(|all| {
        let Ok((_, parameters)) = all.try_get_or_insert(alg.name(), |_| Ok::<_, Infallible>(new_parameters(alg)));
        parameters.clone()
    })
}

fn new_parameters(alg: Alg) -> JsValue {
    let name = match alg {
        Alg::RS256 => "RSASSA-PKCS1-v1_5",
        Alg::PS256 => "RSA-PSS",
        Alg::ES256 => "ECDSA",
        Alg::EdDSA => "Ed25519",
        Alg::RsaOaep | Alg::RsaOaep256 => "RSA-OAEP",
        Alg::EcdhEs | Alg::EcdhEsA128Kw | Alg::EcdhEsA256Kw => "ECDH",
    };
    // RSA-OAEP without a number is with SHA-1 (RFC 7518, section 4.3), which it does not need to be free of collisions.
    let hash = if alg == Alg::RsaOaep { "SHA-1" } else { "SHA-256" };
    object(&[
        ("name", &name.into()),
        ("hash", &hash.into()),
        ("namedCurve", &"P-256".into()),
        ("modulusLength", &2048.into()),
        ("publicExponent", &Uint8Array::from([1, 0, 1].as_slice())),
        ("saltLength", &32.into()),
    ])
}

pub fn words(words: &[&str]) -> JsValue {
    words.iter().map(|word| JsValue::from_str(word)).collect::<Array>().into()
}
