//! The key ring of a world, run as src/edge/key_ring.rs runs it, and the keys that the world's one isolate holds. None of it counts as a touch:
//! what a cold isolate reads is counted on workerd.

use super::platform::yield_once;
use super::{KvValue, Sqlite, World, keys};
use std::rc::Rc;
use treeline::config::Config;
use treeline::error::Fault;
use treeline::jose::alg::Alg;
use treeline::jose::jwk::PublicJwk;
use treeline::jose::keyset::ring::{self, ReadKeys, Ring};
use treeline::jose::keyset::schedule::FRESH;
use treeline::jose::keyset::{KeySet, StoredKey};
use treeline::object::sql::SqlFault;
use treeline::object::{Class, Command};
use treeline::platform::ring::{KEYS_IN_KV, RingHost, keeping, publish, renew, rules};
use treeline::platform::{KEY_RING, NO_KEYS, Platform};
use zeroize::Zeroizing;

/// Why the ring does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    Call,
    Rotation,
    Alarm,
}

impl RingHost for World {
    fn config(&self) -> &Config {
        &self.config
    }

    fn plan(&self, rotate: bool) -> Result<Vec<Alg>, Fault> {
        self.on_ring(|sql| ring::plan(sql, rotate, rules(&self.config), self.now()))
    }

    fn keep(&self, keys: Vec<StoredKey>, rotate: bool) -> Result<Option<Ring>, Fault> {
        self.on_ring(|sql| ring::keep(sql, keys, rotate, &keeping(&self.config), self.now()))
    }

    fn note_put(&self, put: Option<i64>) -> Result<Option<Ring>, Fault> {
        self.on_ring(|sql| ring::note_put(sql, put))
    }

    async fn generate(&self, alg: Alg) -> Result<(PublicJwk, Zeroizing<String>), Fault> {
        yield_once().await;
        let generation = {
            let mut generations = self.generations.borrow_mut();
            let next = generations.entry(alg).or_default();
            std::mem::replace(next, *next + 1)
        };
        Ok(keys::generate(alg, generation))
    }

    async fn put(&self, text: &str) -> Result<(), Fault> {
        yield_once().await;
        if self.kv_takes_no_keys.get() {
            return Err(Fault::Kv("no keys are taken".to_owned()));
        }
        let value = KvValue {
            text: text.to_owned(),
            ends_at: None,
        };
        self.kv.borrow_mut().insert(KEYS_IN_KV.to_owned(), value);
        Ok(())
    }
}

impl World {
    fn on_ring<T>(&self, work: impl FnOnce(&Sqlite) -> Result<T, SqlFault>) -> Result<T, Fault> {
        let done = self.storage(Class::KeyRing, KEY_RING).transaction(work);
        done.map_err(|_| Fault::Stored("the key ring"))
    }

    /// What the ring's object does before it answers, or when its alarm has come.
    pub(super) async fn tend_ring(&self, occasion: Occasion) -> Result<(), Fault> {
        let rotate = occasion == Occasion::Rotation;
        if occasion != Occasion::Alarm && self.plan(rotate)?.is_empty() {
            return Ok(());
        }
        if let Some(ring) = renew(self, rotate).await?
            && let Err(fault) = publish(self, ring).await
        {
            self.report("", &fault);
        }
        Ok(())
    }

    /// The ring's alarm has come, due or not.
    pub fn wake_ring(&self) {
        pollster::block_on(self.tend_ring(Occasion::Alarm)).expect("the ring's work");
    }

    /// Makes KV refuse the keys, or take them again.
    pub fn refuse_keys(&self, refused: bool) {
        self.kv_takes_no_keys.set(refused);
    }

    /// Drops what the isolate has in memory, as if the next request came to another one.
    pub fn new_isolate(&self) {
        self.isolate.take();
    }

    fn ring(&self, seen: i64) -> Result<Ring, Fault> {
        let published = self.kv_read(|get, _| get(KEYS_IN_KV));
        let published = published.and_then(|text| serde_json::from_str::<Ring>(&text).ok());
        if let Some(ring) = published.filter(|ring| ring.serves(seen)) {
            return Ok(ring);
        }
        pollster::block_on(self.tend_ring(Occasion::Call))?;
        let read = self.on_ring(|sql| Ok(ReadKeys { rotate: false }.run(sql, self.now())));
        read?.map_err(|_| NO_KEYS)
    }

    pub(super) fn isolate_keys(&self) -> Result<Rc<KeySet>, Fault> {
        let kept = self.isolate.borrow().clone();
        let seen = match kept {
            Some((keys, at)) if self.now().since(at) < FRESH => return Ok(keys),
            Some((keys, _)) => keys.revision(),
            None => 0,
        };
        self.take_keys(self.ring(seen)?)
    }
}
