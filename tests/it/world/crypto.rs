//! What WebCrypto does at the edge, done with RustCrypto.

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockDecryptMut, BlockEncryptMut, KeyIvInit};
use aes::{Aes128, Aes256};
use aes_gcm::aead::Payload;
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use aes_kw::{KekAes128, KekAes256};
use ed25519_dalek::Signature as EdSignature;
use hmac::{Hmac, Mac};
use p256::ecdsa::Signature;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rsa::signature::{RandomizedSigner, SignatureEncoding, Signer, Verifier};
use rsa::{BigUint, Oaep, RsaPrivateKey, RsaPublicKey, pkcs1v15, pss};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use treeline::jose::alg::Alg;
use treeline::jose::crypto::Cipher;
use treeline::jose::jwk::{PublicJwk, PublicNumbers};
use treeline::jose::keyset::SigningKey;
use treeline::oauth::base64url;
use zeroize::Zeroizing;

/// Gives a type that has `fn fill(&self, &mut [u8])`, its randomness, all the rest of `Crypto`.
macro_rules! rust_crypto {
    ($type:ty) => {
        impl treeline::jose::crypto::Crypto for $type {
            fn random(&self, buffer: &mut [u8]) -> Result<(), treeline::error::Fault> {
                self.fill(buffer);
                Ok(())
            }

            async fn sign(&self, key: &treeline::jose::keyset::SigningKey, message: &[u8]) -> Result<Vec<u8>, treeline::error::Fault> {
                Ok($crate::world::crypto::sign(key, message))
            }

            async fn verify(
                &self,
                key: &treeline::jose::jwk::PublicJwk,
                signature: &[u8],
                message: &[u8],
            ) -> Result<bool, treeline::error::Fault> {
                Ok($crate::world::crypto::verify(key, signature, message).unwrap_or(false))
            }

            async fn mac(&self, key: &[u8], message: &[u8]) -> Result<Vec<u8>, treeline::error::Fault> {
                Ok($crate::world::crypto::mac(key, message))
            }

            async fn encrypt_to(
                &self,
                key: &treeline::jose::jwk::PublicJwk,
                plain: &[u8],
            ) -> Result<Option<Vec<u8>>, treeline::error::Fault> {
                Ok($crate::world::crypto::encrypt_to(key, plain))
            }

            async fn decrypt_with(
                &self,
                key: &treeline::jose::keyset::SigningKey,
                encrypted: &[u8],
            ) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, treeline::error::Fault> {
                Ok($crate::world::crypto::decrypt_with(key, encrypted))
            }

            async fn agree_anew(
                &self,
                key: &treeline::jose::jwk::PublicJwk,
            ) -> Result<Option<(treeline::jose::jwk::PublicNumbers, zeroize::Zeroizing<Vec<u8>>)>, treeline::error::Fault> {
                let mut scalar = [0; 32];
                self.fill(&mut scalar);
                Ok($crate::world::crypto::agree_anew(&scalar, &key.numbers))
            }

            async fn agree(
                &self,
                key: &treeline::jose::keyset::SigningKey,
                peer: &treeline::jose::jwk::PublicNumbers,
            ) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, treeline::error::Fault> {
                Ok($crate::world::crypto::agree(&$crate::world::crypto::scalar(key), peer))
            }

            async fn encrypt(
                &self,
                cipher: treeline::jose::crypto::Cipher<'_>,
                key: &[u8],
                plain: &[u8],
            ) -> Result<Vec<u8>, treeline::error::Fault> {
                $crate::world::crypto::encrypt(cipher, key, plain).ok_or(treeline::error::Fault::Crypto("a key of a wrong length"))
            }

            async fn decrypt(
                &self,
                cipher: treeline::jose::crypto::Cipher<'_>,
                key: &[u8],
                encrypted: &[u8],
            ) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, treeline::error::Fault> {
                Ok($crate::world::crypto::decrypt(cipher, key, encrypted).map(zeroize::Zeroizing::new))
            }
        }
    };
}

pub(crate) use rust_crypto;

/// A member of a private JWK.
fn member(key: &SigningKey, name: &str) -> Vec<u8> {
    let jwk: Value = serde_json::from_str(&key.private).expect("a private JWK");
    base64url::decode(jwk[name].as_str().expect("a member")).expect("base64url")
}

/// The private half of a key on a curve.
pub fn scalar(key: &SigningKey) -> Vec<u8> {
    member(key, "d")
}

fn rsa_private(key: &SigningKey) -> RsaPrivateKey {
    let [n, e, d, p, q] = ["n", "e", "d", "p", "q"].map(|name| BigUint::from_bytes_be(&member(key, name)));
    RsaPrivateKey::from_components(n, e, d, vec![p, q]).expect("an RSA key")
}

fn rsa_public(key: &PublicNumbers) -> Option<RsaPublicKey> {
    let PublicNumbers::Rsa { n, e } = key else {
        return None;
    };
    let number = |text: &str| base64url::decode(text).map(|bytes| BigUint::from_bytes_be(&bytes));
    RsaPublicKey::new(number(n)?, number(e)?).ok()
}

fn p256_public(key: &PublicNumbers) -> Option<p256::PublicKey> {
    let PublicNumbers::Ec { x, y, .. } = key else {
        return None;
    };
    let point = [[4].as_slice(), base64url::decode(x)?.as_slice(), base64url::decode(y)?.as_slice()].concat();
    p256::PublicKey::from_sec1_bytes(&point).ok()
}

fn ed25519_public(key: &PublicNumbers) -> Option<ed25519_dalek::VerifyingKey> {
    let PublicNumbers::Okp { x, .. } = key else {
        return None;
    };
    ed25519_dalek::VerifyingKey::try_from(base64url::decode(x)?.as_slice()).ok()
}

/// Randomness for what needs some and whose outcome no test looks at.
fn some_random(from: &[u8]) -> StdRng {
    StdRng::from_seed(Sha256::digest(from).into())
}

pub fn sign(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    match key.public.alg {
        Alg::RS256 => pkcs1v15::SigningKey::<Sha256>::new(rsa_private(key)).sign(message).to_vec(),
        Alg::PS256 => {
            let signing = pss::SigningKey::<Sha256>::new(rsa_private(key));
            signing.sign_with_rng(&mut some_random(message), message).to_vec()
        }
        Alg::ES256 => {
            let signing = p256::ecdsa::SigningKey::from_slice(&scalar(key)).expect("a P-256 key");
            let signature: Signature = signing.sign(message);
            signature.to_bytes().to_vec()
        }
        Alg::EdDSA => {
            let signing = ed25519_dalek::SigningKey::try_from(scalar(key).as_slice()).expect("an Ed25519 key");
            signing.sign(message).to_bytes().to_vec()
        }
        alg => panic!("{alg:?} signs nothing"),
    }
}

pub fn verify(key: &PublicJwk, signature: &[u8], message: &[u8]) -> Option<bool> {
    let numbers = &key.numbers;
    Some(match key.alg {
        Alg::RS256 => {
            let signature = pkcs1v15::Signature::try_from(signature).ok()?;
            let key = pkcs1v15::VerifyingKey::<Sha256>::new(rsa_public(numbers)?);
            key.verify(message, &signature).is_ok()
        }
        Alg::PS256 => {
            let signature = pss::Signature::try_from(signature).ok()?;
            let key = pss::VerifyingKey::<Sha256>::new(rsa_public(numbers)?);
            key.verify(message, &signature).is_ok()
        }
        Alg::ES256 => {
            let signature = Signature::from_slice(signature).ok()?;
            let key = p256::ecdsa::VerifyingKey::from(p256_public(numbers)?);
            key.verify(message, &signature).is_ok()
        }
        Alg::EdDSA => {
            let signature = EdSignature::from_slice(signature).ok()?;
            ed25519_public(numbers)?.verify(message, &signature).is_ok()
        }
        _ => return None,
    })
}

pub fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("keys of any length");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

fn oaep(alg: Alg) -> Option<Oaep> {
    match alg {
        Alg::RsaOaep => Some(Oaep::new::<Sha1>()),
        Alg::RsaOaep256 => Some(Oaep::new::<Sha256>()),
        _ => None,
    }
}

pub fn encrypt_to(key: &PublicJwk, plain: &[u8]) -> Option<Vec<u8>> {
    let public = rsa_public(&key.numbers)?;
    public.encrypt(&mut some_random(plain), oaep(key.alg)?, plain).ok()
}

pub fn decrypt_with(key: &SigningKey, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let plain = rsa_private(key).decrypt(oaep(key.public.alg)?, encrypted).ok()?;
    Some(Zeroizing::new(plain))
}

/// The public key of a scalar.
pub fn p256_numbers(scalar: &[u8]) -> PublicNumbers {
    let point = p256::SecretKey::from_slice(scalar)
        .expect("a scalar")
        .public_key()
        .to_encoded_point(false);
    PublicNumbers::Ec {
        crv: "P-256".to_owned(),
        x: base64url::encode(point.x().expect("a point")),
        y: base64url::encode(point.y().expect("a point")),
    }
}

pub fn agree_anew(scalar: &[u8], peer: &PublicNumbers) -> Option<(PublicNumbers, Zeroizing<Vec<u8>>)> {
    Some((p256_numbers(scalar), agree(scalar, peer)?))
}

pub fn agree(scalar: &[u8], peer: &PublicNumbers) -> Option<Zeroizing<Vec<u8>>> {
    let own = p256::SecretKey::from_slice(scalar).expect("a scalar");
    let shared = p256::ecdh::diffie_hellman(own.to_nonzero_scalar(), p256_public(peer)?.as_affine());
    Some(Zeroizing::new(shared.raw_secret_bytes().to_vec()))
}

pub fn encrypt(cipher: Cipher<'_>, key: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
    match (cipher, key.len()) {
        (Cipher::Gcm { iv, aad }, 16) => seal(&Aes128Gcm::new_from_slice(key).ok()?, iv, aad, plain),
        (Cipher::Gcm { iv, aad }, 32) => seal(&Aes256Gcm::new_from_slice(key).ok()?, iv, aad, plain),
        (Cipher::Cbc { iv }, 16) => {
            let cbc = cbc::Encryptor::<Aes128>::new_from_slices(key, iv).ok()?;
            Some(cbc.encrypt_padded_vec_mut::<Pkcs7>(plain))
        }
        (Cipher::Cbc { iv }, 32) => {
            let cbc = cbc::Encryptor::<Aes256>::new_from_slices(key, iv).ok()?;
            Some(cbc.encrypt_padded_vec_mut::<Pkcs7>(plain))
        }
        (Cipher::KeyWrap, 16) => KekAes128::try_from(key).ok()?.wrap_vec(plain).ok(),
        (Cipher::KeyWrap, 32) => KekAes256::try_from(key).ok()?.wrap_vec(plain).ok(),
        _ => None,
    }
}

pub fn decrypt(cipher: Cipher<'_>, key: &[u8], encrypted: &[u8]) -> Option<Vec<u8>> {
    match (cipher, key.len()) {
        (Cipher::Gcm { iv, aad }, 16) => open(&Aes128Gcm::new_from_slice(key).ok()?, iv, aad, encrypted),
        (Cipher::Gcm { iv, aad }, 32) => open(&Aes256Gcm::new_from_slice(key).ok()?, iv, aad, encrypted),
        (Cipher::Cbc { iv }, 16) => {
            let cbc = cbc::Decryptor::<Aes128>::new_from_slices(key, iv).ok()?;
            cbc.decrypt_padded_vec_mut::<Pkcs7>(encrypted).ok()
        }
        (Cipher::Cbc { iv }, 32) => {
            let cbc = cbc::Decryptor::<Aes256>::new_from_slices(key, iv).ok()?;
            cbc.decrypt_padded_vec_mut::<Pkcs7>(encrypted).ok()
        }
        (Cipher::KeyWrap, 16) => KekAes128::try_from(key).ok()?.unwrap_vec(encrypted).ok(),
        (Cipher::KeyWrap, 32) => KekAes256::try_from(key).ok()?.unwrap_vec(encrypted).ok(),
        _ => None,
    }
}

fn seal(gcm: &impl aes_gcm::aead::Aead, iv: &[u8], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
    gcm.encrypt(GenericArray::from_slice(iv), Payload { msg, aad }).ok()
}

fn open(gcm: &impl aes_gcm::aead::Aead, iv: &[u8], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
    gcm.decrypt(GenericArray::from_slice(iv), Payload { msg, aad }).ok()
}
