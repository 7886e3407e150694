//! The provider's keys. They are made once for the whole run, because an RSA key takes its time: generation by generation, of which every world uses
//! one after the other.

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
use treeline::oauth::base64url;
use zeroize::Zeroizing;

/// A key as a platform makes it: of a world's first ring, of its first rotation, and so on.
pub fn generate(alg: Alg, generation: usize) -> (PublicJwk, Zeroizing<String>) {
    static KEYS: [OnceLock<Vec<(PublicJwk, String)>>; 8] = [const { OnceLock::new() }; 8];
    let pairs = KEYS[generation].get_or_init(|| {
        thread::scope(|scope| {
            let seeds = (100 * generation as u64 + 1)..;
            let made: Vec<_> = Alg::ALL
                .iter()
                .copied()
                .zip(seeds)
                .map(|(alg, seed)| scope.spawn(move || make(alg, seed)))
                .collect();
            made.into_iter().map(|key| key.join().expect("a key")).collect()
        })
    });
    let (public, private) = pairs.iter().find(|(public, _)| public.alg == alg).expect("a key of each algorithm");
    (public.clone(), Zeroizing::new(private.clone()))
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
