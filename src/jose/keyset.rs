//! The provider's keys: how they are kept, how they follow one another, and how they are published.

pub mod ring;
pub mod schedule;

use crate::http::Document;
use crate::jose::alg::Alg;
use crate::jose::jwk::PublicJwk;
use crate::oauth::json;
use crate::oauth::time::Timestamp;
use crate::seal::{Kind, Sealer};
use ring::Ring;
use schedule::State;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A key at rest: the private half is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
    /// The public half.
    pub public: PublicJwk,
    /// The private JWK, sealed for this kid.
    pub sealed: String,
    /// When the ring took it.
    pub created_at: Timestamp,
    /// When it begins to sign, which ends its predecessor's time.
    pub active_from: Timestamp,
}

/// A key with its private half: it signs or decrypts, as its algorithm says.
pub struct SigningKey {
    /// The public half.
    pub public: PublicJwk,
    /// The private half, as the text of a JWK.
    pub private: Zeroizing<String>,
    /// When it begins to sign.
    pub active_from: Timestamp,
}

/// The keys of the provider, opened, and the JWK Set that shows their public halves.
pub struct KeySet {
    revision: i64,
    keys: Vec<SigningKey>,
    jwks: Document,
}

impl StoredKey {
    /// Seals a key pair for storage. The ring gives it its times.
    pub fn seal(sealer: &Sealer, public: PublicJwk, private_jwk: &str) -> Self {
        let sealed = sealer.seal(Kind::SigningKey(&public.kid), private_jwk.as_bytes());
        Self {
            public,
            sealed,
            created_at: Timestamp::default(),
            active_from: Timestamp::default(),
        }
    }
}

impl StoredKey {
    /// Seals the private half anew where that was done under an earlier secret; whether it was. A key that nothing opens stays as it is.
    pub fn reseal(&mut self, sealer: &Sealer) -> bool {
        let kind = Kind::SigningKey(&self.public.kid);
        let sealed = sealer.open(kind, &self.sealed).map(|plain| sealer.seal(kind, &plain));
        match sealed.filter(|sealed| *sealed != self.sealed) {
            Some(sealed) => {
                self.sealed = sealed;
                true
            }
            None => false,
        }
    }
}

impl KeySet {
    /// Opens a ring; `None` where one of its keys was sealed under another `SEAL_KEY`. The keys that are active now come first, because a peer
    /// that encrypts may take the first that fits (OpenID Connect Core, section 10.2.1); then the next, then the retired.
    pub fn open(sealer: &Sealer, ring: &Ring, now: Timestamp) -> Option<Self> {
        #[derive(Serialize)]
        struct JwkSet<'a> {
            keys: Vec<&'a PublicJwk>,
        }
        let mut keys = Vec::with_capacity(ring.keys.len());
        for state in [State::Active, State::Next, State::Retired] {
            for key in ring.of_state(state, now) {
                let plain = sealer.open(Kind::SigningKey(&key.public.kid), &key.sealed)?;
                keys.push(SigningKey {
                    public: key.public.clone(),
                    private: Zeroizing::new(std::str::from_utf8(&plain).ok()?.to_owned()),
                    active_from: key.active_from,
                });
            }
        }
        let public = JwkSet {
            keys: keys.iter().map(|key| &key.public).collect(),
        };
        let jwks = Document::new(json::text(&public));
        Some(Self {
            revision: ring.revision,
            keys,
            jwks,
        })
    }

    /// [`Ring::revision`] of the ring that this was.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// The key that signs with an algorithm: of those that have begun the newest.
    pub fn signing(&self, alg: Alg, now: Timestamp) -> Option<&SigningKey> {
        self.of_alg(alg)
            .filter(|key| key.active_from <= now)
            .max_by_key(|key| key.active_from)
    }

    /// Every published key of an algorithm.
    pub fn of_alg(&self, alg: Alg) -> impl Iterator<Item = &SigningKey> {
        self.keys.iter().filter(move |key| key.public.alg == alg)
    }

    /// The keys that decrypt by an algorithm: the one with this kid, or where none is named all of them.
    pub fn decrypting(&self, alg: Alg, kid: Option<&str>) -> impl Iterator<Item = &SigningKey> {
        self.of_alg(alg).filter(move |key| kid.is_none_or(|kid| kid == key.public.kid))
    }

    /// The one public key with this kid.
    pub fn public(&self, kid: &str) -> Option<&PublicJwk> {
        self.keys.iter().map(|key| &key.public).find(|key| key.kid == kid)
    }

    /// The JWK Set document (RFC 7517, section 5).
    pub fn jwks(&self) -> &Document {
        &self.jwks
    }
}
