//! Hashes that JOSE and OpenID Connect build upon.

use crate::jose::alg::SignatureAlg;
use crate::oauth::base64url;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

/// The left half of a text's hash in base64url: `at_hash` and `c_hash` (OpenID Connect Core, sections 3.1.3.6 and 3.3.2.11). The hash is that of the
/// ID token's algorithm; with EdDSA it is SHA-512, which Ed25519 itself uses (RFC 8032, section 5.1).
pub fn left_half(alg: SignatureAlg, text: &str) -> String {
    let hash = match alg {
        SignatureAlg::EdDSA => Sha512::digest(text).to_vec(),
        _ => Sha256::digest(text).to_vec(),
    };
    base64url::encode(hash.chunks(hash.len().div_ceil(2)).next().unwrap_or_default())
}

/// The symmetric key of `length` bytes, at most 64, that a client's secret stands for: the left-most bytes of its SHA-256, or of its SHA-512 where that is
/// too short (OpenID Connect Core, section 10.2; no algorithm of ours asks for the SHA-384 in between).
pub fn secret_key(secret: &str, length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(match length {
        ..=32 => Sha256::digest(secret).to_vec(),
        _ => Sha512::digest(secret).to_vec(),
    });
    key.truncate(length);
    key
}

/// The Concat KDF (RFC 7518, section 4.6.2) with SHA-256: a key of `length` bytes out of an agreed secret, for an algorithm by its name.
pub fn concat_kdf(secret: &[u8], algorithm: &str, apu: &[u8], apv: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let word = |number: usize| u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes();
    let mut key = Zeroizing::new(Vec::with_capacity(length.next_multiple_of(32)));
    for round in 1..=length.div_ceil(32) {
        let mut hash = Sha256::new_with_prefix(word(round));
        hash.update(secret);
        for part in [algorithm.as_bytes(), apu, apv] {
            hash.update(word(part.len()));
            hash.update(part);
        }
        hash.update(word(length.saturating_mul(8)));
        key.extend_from_slice(&hash.finalize());
    }
    key.truncate(length);
    key
}
