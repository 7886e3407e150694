//! JSON Object Signing and Encryption: algorithms, keys, compact signatures. Framing is done here; the arithmetic is the platform's.

pub mod alg;
pub mod jwk;
pub mod jws;
pub mod keyset;
