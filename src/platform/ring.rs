//! How the key ring's object does its work: it makes the keys that are wanted, keeps them in one step, and publishes what it has. Whatever of it
//! is cut short is done by the object's next alarm.

use crate::config::Config;
use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::jwk::PublicJwk;
use crate::jose::keyset::StoredKey;
use crate::jose::keyset::ring::{Keeping, Ring};
use crate::jose::keyset::schedule::{ACTIVATION, Rules};
use crate::oauth::json;
use zeroize::Zeroizing;

/// Where the key ring publishes the keys in KV.
pub const KEYS_IN_KV: &str = "keys";

/// The object that the ring is, as its runtime has it.
#[allow(async_fn_in_trait)]
pub trait RingHost {
    /// The configuration.
    fn config(&self) -> &Config;

    /// [`crate::jose::keyset::ring::plan`] on the ring's storage, in one transaction, as are the next two.
    fn plan(&self, rotate: bool) -> Result<Vec<Alg>, Fault>;

    /// [`crate::jose::keyset::ring::keep`].
    fn keep(&self, keys: Vec<StoredKey>, rotate: bool) -> Result<Option<Ring>, Fault>;

    /// [`crate::jose::keyset::ring::note_put`].
    fn note_put(&self, put: Option<i64>) -> Result<Option<Ring>, Fault>;

    /// Makes a key pair: the public key, and the private one as the text of a JWK.
    async fn generate(&self, alg: Alg) -> Result<(PublicJwk, Zeroizing<String>), Fault>;

    /// Writes [`KEYS_IN_KV`].
    async fn put(&self, text: &str) -> Result<(), Fault>;
}

/// How long keys sign and stay. A retired key stays for as long as it has signed, but from one to thirty days, and longer than any token that it
/// may have signed: an ID token is of use as an `id_token_hint` after its end (OpenID Connect Core, section 3.1.2.1).
pub fn rules(config: &Config) -> Rules {
    const DAY: i64 = 86_400;
    let lifetimes = &config.lifetimes;
    let longest_token = lifetimes.access_token.max(lifetimes.id_token).saturating_add(ACTIVATION);
    let kept = match lifetimes.key {
        0 => 30 * DAY,
        seconds => seconds.clamp(DAY, 30 * DAY),
    };
    Rules {
        lifetime: lifetimes.key,
        retention: kept.max(longest_token),
    }
}

/// How the ring keeps its keys.
pub fn keeping(config: &Config) -> Keeping {
    Keeping {
        rules: rules(config),
        sealer: config.key_sealer.clone(),
    }
}

/// Makes the keys that are wanted and brings the ring up to date. Gives the ring where it has to be published.
pub async fn renew<H: RingHost>(host: &H, rotate: bool) -> Result<Option<Ring>, Fault> {
    let mut changed = None;
    let mut wanted = host.plan(rotate)?;
    loop {
        let mut keys = Vec::new();
        for alg in wanted {
            let (public, private) = host.generate(alg).await?;
            keys.push(StoredKey::seal(&host.config().key_sealer, public, &private));
        }
        changed = host.keep(keys, rotate)?.or(changed);
        // A rotation that finds no keys makes the first ones, and then their successors.
        wanted = host.plan(rotate)?;
        if wanted.is_empty() {
            return Ok(changed);
        }
    }
}

/// Publishes a ring. Where KV does not take it the ring notes so, and its alarm tries again.
pub async fn publish<H: RingHost>(host: &H, ring: Ring) -> Result<(), Fault> {
    let mut next = Some(ring);
    while let Some(ring) = next {
        let text = json::text(&ring);
        let put = host.put(&text).await;
        next = host.note_put(put.is_ok().then_some(ring.revision))?;
        put?;
    }
    Ok(())
}
