//! The provider's keys. They are made once for the whole run, because an RSA key takes its time.

use super::crypto::p256_numbers;
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use rsa::RsaPrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use serde_json::{Value, json};
use std::sync::OnceLock;
use std::thread;
use treeline::jose::alg::Alg;
use treeline::jose::jwk::{PublicJwk, PublicNumbers};
use treeline::jose::keyset::{KeySet, StoredKey};
use treeline::oauth::base64url;
use treeline::oauth::time::Timestamp;
use treeline::seal::Sealer;

/// The keys as the provider keeps them.
pub fn key_set(sealer: &Sealer) -> KeySet {
    static KEYS: OnceLock<Vec<(PublicJwk, String)>> = OnceLock::new();
    let pairs = KEYS.get_or_init(|| {
        thread::scope(|scope| {
            let made: Vec<_> = Alg::ALL
                .iter()
                .copied()
                .zip(1..)
                .map(|(alg, seed)| scope.spawn(move || make(alg, seed)))
                .collect();
            made.into_iter().map(|key| key.join().expect("a key")).collect()
        })
    });
    let stored = pairs
        .iter()
        .map(|(public, private)| StoredKey::seal(sealer, public.clone(), private, Timestamp(0)));
    KeySet::open(sealer, stored.collect()).expect("sealed with the same key")
}

fn make(alg: Alg, seed: u64) -> (PublicJwk, String) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut scalar = [0; 32];
    random.fill_bytes(&mut scalar);
    let mut jwk: Value = match alg {
        Alg::RS256 | Alg::PS256 | Alg::RsaOaep | Alg::RsaOaep256 => rsa(&mut random),
        Alg::EdDSA => {
            let public = ed25519_dalek::SigningKey::from_bytes(&scalar).verifying_key();
            json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(public) })
        }
        _ => p256_numbers(&scalar).to_jwk().parse().expect("JSON"),
    };
    let numbers = PublicNumbers::from_jwk(&jwk.to_string()).expect("a key");
    if jwk["kty"] != "RSA" {
        jwk["d"] = base64url::encode(scalar).into();
    }
    (PublicJwk::new(numbers, alg), jwk.to_string())
}

fn rsa(random: &mut StdRng) -> Value {
    let key = RsaPrivateKey::new(random, 2048).expect("an RSA key");
    let [n, e, d, p, q] =
        [key.n(), key.e(), key.d(), &key.primes()[0], &key.primes()[1]].map(|number| base64url::encode(number.to_bytes_be()));
    json!({ "kty": "RSA", "n": n, "e": e, "d": d, "p": p, "q": q })
}
