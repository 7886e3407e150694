//! The provider's signing keys: how they are kept, and how they are published.

use crate::http::Document;
use crate::jose::alg::Alg;
use crate::jose::jwk::PublicJwk;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, to_json};
use crate::object::{Call, Class, Command, Envelope, OnEmpty, RunFault, Schema, Stop, run};
use crate::seal::{Kind, Sealer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A key at rest: the private half is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKey {
    /// The public half.
    pub public: PublicJwk,
    /// The private JWK, sealed for this kid.
    pub sealed: String,
    /// When the key was made.
    pub created_at: Timestamp,
}

/// A key with its private half: it signs or decrypts, as its algorithm says.
pub struct SigningKey {
    /// The public half.
    pub public: PublicJwk,
    /// The private half, as the text of a JWK.
    pub private: Zeroizing<String>,
}

/// The keys of the provider, opened, and the JWK Set that shows their public halves.
pub struct KeySet {
    keys: Vec<SigningKey>,
    jwks: Document,
}

impl StoredKey {
    /// Seals a key pair for storage.
    pub fn seal(sealer: &Sealer, public: PublicJwk, private_jwk: &str, now: Timestamp) -> Self {
        let sealed = sealer.seal(Kind::SigningKey(&public.kid), private_jwk.as_bytes());
        Self {
            public,
            sealed,
            created_at: now,
        }
    }
}

impl KeySet {
    /// Opens stored keys; `None` where one of them was sealed under another `SEAL_KEY`.
    pub fn open(sealer: &Sealer, stored: Vec<StoredKey>) -> Option<Self> {
        #[derive(Serialize)]
        struct JwkSet<'a> {
            keys: Vec<&'a PublicJwk>,
        }
        let keys = stored
            .into_iter()
            .map(|key| {
                let plain = sealer.open(Kind::SigningKey(&key.public.kid), &key.sealed)?;
                let private = Zeroizing::new(std::str::from_utf8(&plain).ok()?.to_owned());
                Some(SigningKey {
                    public: key.public,
                    private,
                })
            })
            .collect::<Option<Vec<SigningKey>>>()?;
        let public = JwkSet {
            keys: keys.iter().map(|key| &key.public).collect(),
        };
        let jwks = Document::new(serde_json::to_string(&public).ok()?);
        Some(Self { keys, jwks })
    }

    /// The key that signs with an algorithm.
    pub fn signing(&self, alg: Alg) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.public.alg == alg)
    }

    /// The keys that decrypt by an algorithm: the one with this kid, or where none is named all of them.
    pub fn decrypting(&self, alg: Alg, kid: Option<&str>) -> impl Iterator<Item = &SigningKey> {
        self.keys
            .iter()
            .filter(move |key| key.public.alg == alg && kid.is_none_or(|kid| kid == key.public.kid))
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

const SCHEMA: Schema = Schema {
    create: &["CREATE TABLE signing_key (
        kid TEXT PRIMARY KEY, alg TEXT NOT NULL UNIQUE, stored TEXT NOT NULL, created_at INTEGER NOT NULL) STRICT"],
};

/// Runs a call on the storage of the key ring.
pub fn dispatch(sql: &impl Sql, call: &Envelope<'_>, now: Timestamp) -> Result<String, RunFault> {
    match call.command {
        ReadKeys::NAME => run::<ReadKeys>(sql, &SCHEMA, call, now),
        KeepKeys::NAME => run::<KeepKeys>(sql, &SCHEMA, call, now),
        unknown => Err(RunFault::Call(unknown.to_owned())),
    }
}

/// The keys there are; refused where none have been made yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadKeys {}

impl Call for ReadKeys {
    const CLASS: Class = Class::KeyRing;
    const NAME: &'static str = "ReadKeys";
    type Reply = Vec<StoredKey>;
}

impl Command for ReadKeys {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<Self::Reply, Stop> {
        let rows = sql.exec("SELECT stored FROM signing_key ORDER BY created_at, alg DESC", &[])?;
        Ok(rows.iter().map(|row| row.json(0)).collect::<Result<_, _>>()?)
    }
}

/// Keeps new keys, one for each algorithm that has none, and answers with the keys that are in force: the first to come wins.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeepKeys {
    /// The new keys.
    pub keys: Vec<StoredKey>,
}

impl Call for KeepKeys {
    const CLASS: Class = Class::KeyRing;
    const NAME: &'static str = "KeepKeys";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    type Reply = Vec<StoredKey>;
}

impl Command for KeepKeys {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Self::Reply, Stop> {
        for key in &self.keys {
            sql.exec(
                "INSERT INTO signing_key (kid, alg, stored, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                &[
                    key.public.kid.as_str().into(),
                    key.public.alg.name().into(),
                    to_json(key)?,
                    key.created_at.into(),
                ],
            )?;
        }
        ReadKeys {}.run(sql, now)
    }
}
