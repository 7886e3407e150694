//! JSON Object Signing and Encryption: algorithms, keys, compact signatures and encryptions. Framing is done here; the arithmetic is the platform's.

pub mod alg;
pub mod client_keys;
pub mod content;
pub mod crypto;
pub mod hash;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod key_cache;
pub mod keyset;
pub mod verified;
