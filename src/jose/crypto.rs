//! The primitives that JOSE is made of. At the edge WebCrypto has them, in native tests RustCrypto; how they are put together is this folder's.

use crate::error::Fault;
use crate::jose::jwk::{PublicJwk, PublicNumbers};
use crate::jose::keyset::SigningKey;
use zeroize::Zeroizing;

/// A symmetric cipher with everything but its key and its text. The length of the key chooses between AES-128 and AES-256.
#[derive(Clone, Copy, Debug)]
pub enum Cipher<'a> {
    /// AES-GCM with a tag of 128 bits, which stands behind the ciphertext (RFC 7518, section 5.3).
    Gcm {
        /// The initialisation vector, 12 bytes.
        iv: &'a [u8],
        /// What is authenticated and not encrypted.
        aad: &'a [u8],
    },
    /// AES-CBC with PKCS #7 padding, which by itself authenticates nothing (RFC 7518, section 5.2).
    Cbc {
        /// The initialisation vector, 16 bytes.
        iv: &'a [u8],
    },
    /// AES Key Wrap, whose text is another key: a multiple of 8 bytes, at least 16 (RFC 3394).
    KeyWrap,
}

/// What arithmetic JOSE asks of its surroundings. What a peer can make fail, a bad key or a bad ciphertext, is `None` or `false`; a [`Fault`] is
/// ours.
// Everything of one request runs on one thread, so no future has to be Send.
#[allow(async_fn_in_trait)]
pub trait Crypto {
    /// Fills a buffer with random bytes fit for keys.
    fn random(&self, buffer: &mut [u8]) -> Result<(), Fault>;

    /// Signs bytes with one of the provider's keys, by the key's algorithm. Gives the raw signature (for ES256: r and s joined).
    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Whether a signature is sound.
    async fn verify(&self, key: &PublicJwk, signature: &[u8], message: &[u8]) -> Result<bool, Fault>;

    /// The HMAC-SHA-256 of bytes, 32 bytes long. The key is not empty.
    async fn mac(&self, key: &[u8], message: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Encrypts a short text with a peer's RSA key; the key's algorithm is RSA-OAEP or RSA-OAEP-256 (RFC 7518, section 4.3).
    async fn encrypt_to(&self, key: &PublicJwk, plain: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// Decrypts what was encrypted to one of the provider's RSA keys.
    async fn decrypt_with(&self, key: &SigningKey, encrypted: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Fault>;

    /// Makes a key on the curve of a peer's key and agrees with that key upon a secret (RFC 7518, section 4.6): the new public key, and the secret.
    async fn agree_anew(&self, key: &PublicJwk) -> Result<Option<(PublicNumbers, Zeroizing<Vec<u8>>)>, Fault>;

    /// The secret upon which one of the provider's keys agrees with a peer's. The peer's is on the curve.
    async fn agree(&self, key: &SigningKey, peer: &PublicNumbers) -> Result<Option<Zeroizing<Vec<u8>>>, Fault>;

    /// Encrypts with a symmetric key of 16 or 32 bytes.
    async fn encrypt(&self, cipher: Cipher<'_>, key: &[u8], plain: &[u8]) -> Result<Vec<u8>, Fault>;

    /// Decrypts with a symmetric key of 16 or 32 bytes.
    async fn decrypt(&self, cipher: Cipher<'_>, key: &[u8], encrypted: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Fault>;
}

/// Fresh random bytes.
pub fn random(crypto: &impl Crypto, length: usize) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let mut bytes = Zeroizing::new(vec![0; length]);
    crypto.random(&mut bytes)?;
    Ok(bytes)
}
