//! Content encryption (RFC 7518, section 5): authenticated, whichever cipher does it.

use crate::error::Fault;
use crate::jose::alg::ContentEncryption;
use crate::jose::crypto::{Cipher, Crypto};
use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const LENGTH: Fault = Fault::Crypto("a key or a ciphertext has a wrong length");

/// Encrypts, and gives the ciphertext and its tag. Key and vector have the lengths that the encryption asks for.
pub async fn encrypt<P: Crypto>(
    crypto: &P,
    enc: ContentEncryption,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    plain: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), Fault> {
    if enc.key_length() != key.len() {
        return Err(LENGTH);
    }
    let Some((mac_key, cipher_key)) = halves(enc, key) else {
        let mut text = crypto.encrypt(Cipher::Gcm { iv, aad }, key, plain).await?;
        let end = text.len().checked_sub(enc.tag_length()).ok_or(LENGTH)?;
        let tag = text.split_off(end);
        return Ok((text, tag));
    };
    let text = crypto.encrypt(Cipher::Cbc { iv }, cipher_key, plain).await?;
    let tag = mac(enc, mac_key, iv, aad, &text);
    Ok((text, tag))
}

/// Decrypts; `None` where anything is not as the holder of the key made it.
pub async fn decrypt<P: Crypto>(
    crypto: &P,
    enc: ContentEncryption,
    key: &[u8],
    iv: &[u8],
    aad: &[u8],
    text: &[u8],
    tag: &[u8],
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    if (enc.key_length(), enc.iv_length(), enc.tag_length()) != (key.len(), iv.len(), tag.len()) {
        return Ok(None);
    }
    let Some((mac_key, cipher_key)) = halves(enc, key) else {
        return crypto.decrypt(Cipher::Gcm { iv, aad }, key, &[text, tag].concat()).await;
    };
    // The tag comes first: what is not authentic is never decrypted, so its padding tells nothing.
    if !bool::from(mac(enc, mac_key, iv, aad, text).ct_eq(tag)) {
        return Ok(None);
    }
    crypto.decrypt(Cipher::Cbc { iv }, cipher_key, text).await
}

/// The two keys of AES-CBC with HMAC (RFC 7518, section 5.2.2.1): for the MAC, and for the cipher.
fn halves(enc: ContentEncryption, key: &[u8]) -> Option<(&[u8], &[u8])> {
    match enc {
        ContentEncryption::A128Gcm | ContentEncryption::A256Gcm => None,
        ContentEncryption::A128CbcHs256 => key.split_at_checked(16),
        ContentEncryption::A256CbcHs512 => key.split_at_checked(32),
    }
}

/// The tag of RFC 7518, section 5.2.2.1: the left half of the MAC.
fn mac(enc: ContentEncryption, key: &[u8], iv: &[u8], aad: &[u8], text: &[u8]) -> Vec<u8> {
    let bits = u64::try_from(aad.len()).unwrap_or(u64::MAX).saturating_mul(8).to_be_bytes();
    let parts = [aad, iv, text, &bits];
    let mut tag = match enc {
        ContentEncryption::A256CbcHs512 => hmac::<Hmac<Sha512>>(key, parts),
        _ => hmac::<Hmac<Sha256>>(key, parts),
    };
    tag.truncate(enc.tag_length());
    tag
}

fn hmac<M: Mac + hmac::digest::KeyInit>(key: &[u8], parts: [&[u8]; 4]) -> Vec<u8> {
    // HMAC takes keys of any length.
    <M as Mac>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mac| {
            parts
                .iter()
                .fold(mac, |mac, part| mac.chain_update(part))
                .finalize()
                .into_bytes()
                .to_vec()
        },
    )
}
