//! JWE compact serialisation (RFC 7516, section 7.1).

mod read;
mod write;

pub use read::{DecryptionKey, ReceivedJwe, decrypt, decrypt_with, parse};
pub use write::{Recipient, RecipientKey, encrypt};

use crate::jose::alg::{ContentEncryption, KeyManagementAlg};
use crate::jose::hash::concat_kdf;
use zeroize::Zeroizing;

/// The length of the key that both sides come by without sending it: it wraps the content's key, or is the content's key.
fn agreed_length(alg: KeyManagementAlg, enc: ContentEncryption) -> usize {
    alg.wrapping_length().unwrap_or(enc.key_length())
}

/// The key that an agreement gives (RFC 7518, section 4.6.2).
fn derive(alg: KeyManagementAlg, enc: ContentEncryption, secret: &[u8], apu: &[u8], apv: &[u8]) -> Zeroizing<Vec<u8>> {
    let purpose = alg.wrapping_length().map_or(enc.name(), |_| alg.name());
    concat_kdf(secret, purpose, apu, apv, agreed_length(alg, enc))
}
