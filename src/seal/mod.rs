//! Sealing: authenticated encryption of everything that leaves the provider's hands and comes back, or lies in storage.
//!
//! One primitive serves all: XChaCha20-Poly1305 with a nonce made from what is sealed (HMAC-SHA-256 under a second key), so
//! the same value seals to the same text, a changed text never opens, and a text of one kind never opens as another.

pub mod client_id;
pub mod fernet;
pub mod locator;
pub mod subject;

use crate::oauth::base64url;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const NONCE_LENGTH: usize = 24;

/// What a sealed text is; it opens only as that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// An authorization code.
    Code,
    /// The `jti` of an access token that is a JWT.
    AccessToken,
    /// An access token that tells nothing.
    OpaqueAccessToken,
    /// A refresh token.
    RefreshToken,
    /// The session cookie.
    Session,
    /// The `sid` that a client is told.
    Sid,
    /// A token that another provider has issued, at rest.
    ImportedToken,
    /// An authorization request that waits for a person to sign in.
    LoginStep,
    /// An authorization request that waits for a person's consent.
    ConsentStep,
    /// A request to sign out that waits for a person's word.
    LogoutStep,
    /// The sign-in page that leads to the account page.
    AccountLogin,
    /// The forms of the account page.
    AccountStep,
    /// A private signing key at rest; the context is its kid.
    SigningKey(&'a str),
    /// A client's secret at rest; the context is the client_id.
    ClientSecret(&'a str),
    /// A client's registration access token at rest; the context is the client_id.
    RegistrationToken(&'a str),
}

impl Kind<'_> {
    fn associated_data(self) -> Vec<u8> {
        let (name, context) = match self {
            Self::Code => ("code", ""),
            Self::AccessToken => ("access_token", ""),
            Self::OpaqueAccessToken => ("opaque_access_token", ""),
            Self::RefreshToken => ("refresh_token", ""),
            Self::Session => ("session", ""),
            Self::Sid => ("sid", ""),
            Self::ImportedToken => ("imported_token", ""),
            Self::LoginStep => ("login", ""),
            Self::ConsentStep => ("consent", ""),
            Self::LogoutStep => ("logout", ""),
            Self::AccountLogin => ("account_login", ""),
            Self::AccountStep => ("account", ""),
            Self::SigningKey(kid) => ("signing_key", kid),
            Self::ClientSecret(client_id) => ("client_secret", client_id),
            Self::RegistrationToken(client_id) => ("registration_token", client_id),
        };
        [name.as_bytes(), &[0], context.as_bytes()].concat()
    }
}

/// Seals and opens with keys that are derived from a secret of the operator's, such as `SEAL_KEY`; what was sealed under earlier ones it opens as well.
#[derive(Clone)]
pub struct Sealer {
    present: Keys,
    earlier: Vec<Keys>,
}

/// What one secret gives.
#[derive(Clone)]
struct Keys {
    cipher: XChaCha20Poly1305,
    nonce_key: Zeroizing<[u8; 32]>,
    client_id_key: Zeroizing<[u8; 32]>,
    dump_key: Zeroizing<[u8; 32]>,
}

impl Keys {
    fn new(secret: &[u8; 32]) -> Self {
        let cipher_key = derive(secret, b"treeline seal cipher v1");
        Self {
            cipher: XChaCha20Poly1305::new(cipher_key.as_ref().into()),
            nonce_key: derive(secret, b"treeline seal nonce v1"),
            client_id_key: derive(secret, b"treeline client id v1"),
            dump_key: derive(secret, b"treeline dump key v1"),
        }
    }
}

impl Sealer {
    /// Derives the keys from 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self {
            present: Keys::new(secret),
            earlier: Vec::new(),
        }
    }

    /// Opens what was sealed under an earlier secret, too. Nothing is sealed under that.
    pub fn opening(mut self, earlier: &[u8; 32]) -> Self {
        self.earlier.push(Keys::new(earlier));
        self
    }

    fn all_keys(&self) -> impl Iterator<Item = &Keys> {
        [&self.present].into_iter().chain(&self.earlier)
    }

    /// Seals bytes as a text of the base64url alphabet.
    pub fn seal(&self, kind: Kind<'_>, plain: &[u8]) -> String {
        let associated_data = kind.associated_data();
        let nonce = self.synthetic_nonce(&associated_data, plain);
        let payload = Payload {
            msg: plain,
            aad: &associated_data,
        };
        // Encryption fails only past 256 GiB.
        let sealed = self.present.cipher.encrypt(XNonce::from_slice(&nonce), payload).unwrap_or_default();
        base64url::encode([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a text of the given kind; `None` for anything that was not sealed so by this provider.
    pub fn open(&self, kind: Kind<'_>, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = base64url::decode(text)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LENGTH)?;
        let associated_data = kind.associated_data();
        let open = |keys: &Keys| {
            let payload = Payload {
                msg: sealed,
                aad: &associated_data,
            };
            keys.cipher.decrypt(XNonce::from_slice(nonce), payload).ok()
        };
        self.all_keys().find_map(open).map(Zeroizing::new)
    }

    /// A secret that is handed out in session dumps and protects nothing here.
    pub fn dump_key(&self) -> String {
        base64url::encode(self.present.dump_key.as_slice())
    }

    fn synthetic_nonce(&self, associated_data: &[u8], plain: &[u8]) -> [u8; NONCE_LENGTH] {
        let length = u64::try_from(associated_data.len()).unwrap_or(u64::MAX).to_be_bytes();
        truncated_mac(&self.present.nonce_key, &[&length, associated_data, plain])
    }
}

/// Whether two secrets are the same, in a time that tells nothing about either.
pub fn same_secret(one: &str, other: &str) -> bool {
    // Their digests have one length, which a comparison in constant time needs.
    Sha256::digest(one).ct_eq(&Sha256::digest(other)).into()
}

fn derive(secret: &[u8; 32], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    // Expanding to 32 bytes is always within HKDF's limit.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(purpose, key.as_mut());
    key
}

/// The first `N` bytes (at most 32) of the HMAC-SHA-256 of the joined parts.
fn truncated_mac<const N: usize>(key: &[u8; 32], parts: &[&[u8]]) -> [u8; N] {
    let mut short = [0; N];
    // HMAC takes keys of any length.
    if let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) {
        for part in parts {
            mac.update(part);
        }
        for (to, from) in short.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
    }
    short
}
