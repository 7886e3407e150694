//! Fernet tokens (<https://github.com/fernet/spec>), in which the Python providers seal: a frame around AES-128-CBC and HMAC-SHA-256. They are only read,
//! and only their frame is here; whoever opens one decrypts.

use crate::oauth::base64url;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// What stands before bytes that are written as base64.
pub const BYTES: &str = "BYTES:";

const VERSION: u8 = 0x80;
const TIME_LENGTH: usize = 8;
const IV_LENGTH: usize = 16;
const TAG_LENGTH: usize = 32;

/// A key, as the Python providers have it in their configuration and in their dumps.
#[derive(Clone)]
pub struct FernetKey(Zeroizing<[u8; 32]>);

/// What an authentic token holds: still encrypted.
pub struct Framed {
    /// The initialisation vector.
    pub iv: Vec<u8>,
    /// The ciphertext of AES-128-CBC.
    pub ciphertext: Vec<u8>,
}

impl FernetKey {
    /// A password, of which the key is the SHA-256, or `BYTES:` and the key itself in base64; `None` where that is not 32 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let key = match text.strip_prefix(BYTES) {
            Some(bytes) => base64url::decode_base64(bytes)?.try_into().ok()?,
            None => Sha256::digest(text).into(),
        };
        Some(Self(Zeroizing::new(key)))
    }

    /// The key as idpyoidc writes it, behind `BYTES:`.
    pub fn text(&self) -> String {
        format!("{BYTES}{}", base64url::encode_base64(self.0.as_slice()))
    }

    /// The half that encrypts.
    pub fn cipher_key(&self) -> &[u8] {
        self.0.split_at(16).1
    }

    /// Takes a token apart; `None` where it was not made with this key. Its time is not looked at: what it holds says by itself how long it is good.
    pub fn authenticate(&self, token: &str) -> Option<Framed> {
        let bytes = base64url::decode(token.trim_end_matches('='))?;
        let (signed, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG_LENGTH)?)?;
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(self.0.split_at(16).0).ok()?;
        mac.chain_update(signed).verify_slice(tag).ok()?;
        let (head, ciphertext) = signed.split_at_checked(1 + TIME_LENGTH + IV_LENGTH)?;
        let (version, iv) = (head.first()?, head.get(1 + TIME_LENGTH..)?);
        (*version == VERSION).then(|| Framed {
            iv: iv.to_vec(),
            ciphertext: ciphertext.to_vec(),
        })
    }
}
