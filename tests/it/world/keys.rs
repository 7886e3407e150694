//! Signing keys and signatures with RustCrypto. The keys are made once for the whole run, because an RSA key takes its time.

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey as EcKey, VerifyingKey};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rsa::pkcs1v15;
use rsa::signature::SignatureEncoding;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;
use std::sync::OnceLock;
use treeline::error::Fault;
use treeline::jose::alg::Alg;
use treeline::jose::jwk::{PublicJwk, PublicNumbers};
use treeline::jose::keyset::{KeySet, SigningKey, StoredKey};
use treeline::oauth::base64url;
use treeline::oauth::time::Timestamp;
use treeline::seal::Sealer;

struct Keys {
    rsa: RsaPrivateKey,
    ec: EcKey,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| {
        let mut random = StdRng::seed_from_u64(2);
        Keys {
            rsa: RsaPrivateKey::new(&mut random, 2048).expect("an RSA key"),
            ec: EcKey::random(&mut random),
        }
    })
}

/// The keys as the provider keeps them. What stands for the private half is a name: the halves never leave this file.
pub fn key_set(sealer: &Sealer) -> KeySet {
    let stored = [(rsa_numbers(), Alg::RS256), (ec_numbers(), Alg::ES256)].map(|(numbers, alg)| {
        let public = PublicJwk::new(numbers, alg);
        StoredKey::seal(sealer, public, r#"{"kty":"kept in tests/it/world/keys.rs"}"#, Timestamp(0))
    });
    KeySet::open(sealer, stored.into()).expect("sealed with the same key")
}

pub fn sign(key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, Fault> {
    Ok(match key.public.alg {
        Alg::RS256 => pkcs1v15::SigningKey::<Sha256>::new(keys().rsa.clone()).sign(message).to_vec(),
        Alg::ES256 => {
            let signature: Signature = keys().ec.sign(message);
            signature.to_bytes().to_vec()
        }
    })
}

pub fn verify(key: &PublicJwk, signature: &[u8], message: &[u8]) -> Result<bool, Fault> {
    Ok(match &key.numbers {
        PublicNumbers::Rsa { n, e } => verify_rsa(n, e, signature, message),
        PublicNumbers::Ec { x, y, .. } => verify_ec(x, y, signature, message),
    }
    .unwrap_or(false))
}

fn verify_rsa(n: &str, e: &str, signature: &[u8], message: &[u8]) -> Option<bool> {
    let number = |text: &str| base64url::decode(text).map(|bytes| BigUint::from_bytes_be(&bytes));
    let key = RsaPublicKey::new(number(n)?, number(e)?).ok()?;
    let signature = pkcs1v15::Signature::try_from(signature).ok()?;
    Some(pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &signature).is_ok())
}

fn verify_ec(x: &str, y: &str, signature: &[u8], message: &[u8]) -> Option<bool> {
    let point = [[4].as_slice(), base64url::decode(x)?.as_slice(), base64url::decode(y)?.as_slice()].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).ok()?;
    Some(key.verify(message, &Signature::from_slice(signature).ok()?).is_ok())
}

fn rsa_numbers() -> PublicNumbers {
    let public = keys().rsa.to_public_key();
    PublicNumbers::Rsa {
        n: base64url::encode(public.n().to_bytes_be()),
        e: base64url::encode(public.e().to_bytes_be()),
    }
}

fn ec_numbers() -> PublicNumbers {
    let point = keys().ec.verifying_key().to_encoded_point(false);
    PublicNumbers::Ec {
        crv: "P-256".to_owned(),
        x: base64url::encode(point.x().expect("a point")),
        y: base64url::encode(point.y().expect("a point")),
    }
}
