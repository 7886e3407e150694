//! The public keys of a client, out of the JWK Set that it registered or serves (RFC 7517, section 5).

use crate::jose::alg::{Alg, KeyManagementAlg, Usage, received_name};
use crate::jose::jwk::{PublicJwk, PublicNumbers};
use serde_json::Value;
use std::rc::Rc;

/// How many keys of a set are looked at.
const LIMIT: usize = 50;

/// How many keys are tried on one signature.
const TRIES: usize = 10;

/// A client's public key with the one algorithm that a signature is checked by. Its kid is its thumbprint, whatever the client calls it.
pub type VerificationKey = PublicJwk;

/// A client's public key to encrypt to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionKey {
    /// The key.
    pub numbers: PublicNumbers,
    /// What the client calls it.
    pub kid: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct ClientKey {
    numbers: PublicNumbers,
    kid: Option<String>,
    /// What it may be used for.
    algs: Vec<Alg>,
}

/// The keys of a client that the provider can use. A clone is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientKeys(Rc<[ClientKey]>);

impl Default for ClientKeys {
    /// No keys.
    fn default() -> Self {
        Self(Rc::new([]))
    }
}

impl ClientKeys {
    /// Reads a JWK Set, key by key: whatever is no sound public key for an algorithm of ours is passed over (RFC 7517, section 5).
    pub fn parse(jwks: &Value) -> Self {
        let keys = jwks.get("keys").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        Self(keys.iter().take(LIMIT).filter_map(read).collect())
    }

    /// The keys that may have made a signature by `alg`, at most ten: those that the client calls `kid`; where it calls none so, those that it has no name
    /// for; without a kid, all.
    pub fn verification(&self, alg: Alg, kid: Option<&str>) -> impl Iterator<Item = VerificationKey> {
        let known = kid.is_some() && self.0.iter().any(|key| key.kid.as_deref() == kid);
        let wanted = move |key: &&ClientKey| match kid {
            None => true,
            Some(_) if known => key.kid.as_deref() == kid,
            Some(_) => key.kid.is_none(),
        };
        let fitting = self
            .0
            .iter()
            .filter(move |key| alg.usage() == Usage::Signature && key.algs.contains(&alg));
        fitting
            .filter(wanted)
            .take(TRIES)
            .map(move |key| PublicJwk::new(key.numbers.clone(), alg))
    }

    /// The first key that can be encrypted to; `None` where there is none, or where the algorithm takes a secret.
    pub fn encryption(&self, alg: KeyManagementAlg) -> Option<EncryptionKey> {
        let alg = alg.key()?;
        let key = self.0.iter().find(|key| key.algs.contains(&alg))?;
        Some(EncryptionKey {
            numbers: key.numbers.clone(),
            kid: key.kid.clone(),
        })
    }
}

/// One key of a set; `None` where the provider can do nothing with it.
fn read(jwk: &Value) -> Option<ClientKey> {
    let numbers = PublicNumbers::from_jwk(&jwk.to_string()).filter(|numbers| numbers.is_sound() == Some(true))?;
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let operations = jwk
        .get("key_ops")
        .and_then(Value::as_array)
        .filter(|operations| !operations.is_empty());
    let may = |usage: Usage| {
        let names: &[&str] = match usage {
            Usage::Signature => &["verify"],
            Usage::Encryption => &["encrypt", "wrapKey", "deriveKey", "deriveBits"],
        };
        let named = |operation: &Value| operation.as_str().is_some_and(|operation| names.contains(&operation));
        // No operation is what WebCrypto exports a public ECDH key with, so an empty list forbids nothing.
        text("use").is_none_or(|word| word == usage.name()) && operations.is_none_or(|operations| operations.iter().any(named))
    };
    let fits = |alg: &Alg| numbers.suits(*alg) && may(alg.usage()) && text("alg").is_none_or(|word| received_name(word) == alg.name());
    let algs: Vec<Alg> = Alg::ALL.iter().copied().filter(fits).collect();
    let kid = text("kid").map(str::to_owned);
    (!algs.is_empty()).then_some(ClientKey { numbers, kid, algs })
}
