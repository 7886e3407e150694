//! The platform at the edge: KV, Durable Objects, WebCrypto, and what an isolate keeps in memory.

use crate::config::Config;
use crate::edge::call;
use crate::edge::kv::Kv;
use crate::edge::object::now;
use crate::error::Fault;
use crate::jose::keyset::{KeySet, ReadKeys, StoredKey};
use crate::oauth::time::Timestamp;
use crate::object::{Answer, Call, Refusal, write_call};
use crate::platform::{KEY_RING, Platform};
use crate::router::Site;
use std::cell::RefCell;
use std::rc::Rc;
use worker::Env;

/// Where the key ring publishes the keys in KV.
pub const KEYS_IN_KV: &str = "keys";

/// How long an isolate uses the keys that it has before it looks for newer ones, in seconds.
const KEYS_FRESH: i64 = 300;

struct Isolate {
    config: Config,
    site: Site,
}

thread_local! {
    static ISOLATE: RefCell<Option<Rc<Isolate>>> = const { RefCell::new(None) };
    static KEYS: RefCell<Option<(Rc<KeySet>, Timestamp)>> = const { RefCell::new(None) };
}

/// What one request runs on.
pub struct EdgePlatform {
    env: Env,
    isolate: Rc<Isolate>,
}

/// Reads the configuration from the Worker's vars and secrets.
pub fn load_config(env: &Env) -> Result<Config, Fault> {
    Config::load(|name| js_sys::Reflect::get(env, &name.into()).ok()?.as_string())
}

impl EdgePlatform {
    /// The platform of a request; the configuration is read by the isolate's first.
    pub fn new(env: Env) -> Result<Self, Fault> {
        if let Some(isolate) = ISOLATE.with_borrow(Clone::clone) {
            return Ok(Self { env, isolate });
        }
        let config = load_config(&env)?;
        let isolate = Rc::new(Isolate {
            site: Site::new(&config),
            config,
        });
        ISOLATE.set(Some(Rc::clone(&isolate)));
        Ok(Self { env, isolate })
    }

    /// The documents that the isolate serves from memory.
    pub fn site(&self) -> &Site {
        &self.isolate.site
    }

    /// The stored keys: from KV, which is near, or from the ring, which makes them where there are none and has them where KV is away.
    async fn stored_keys(&self) -> Result<Vec<StoredKey>, Fault> {
        let published = self.kv_get(KEYS_IN_KV).await.unwrap_or_else(|fault| {
            worker::console_error!("keys: {fault}");
            None
        });
        if let Some(keys) = published.and_then(|text| serde_json::from_str(&text).ok()) {
            return Ok(keys);
        }
        let ring = self.ask(KEY_RING, ReadKeys {}).await?;
        ring.map_err(|_| Fault::Stored("the key ring is empty"))
    }

    async fn open_keys(&self) -> Result<Rc<KeySet>, Fault> {
        let keys = KeySet::open(&self.isolate.config.sealer, self.stored_keys().await?);
        keys.map(Rc::new)
            .ok_or(Fault::Stored("the keys were sealed under another SEAL_KEY"))
    }
}

impl Platform for EdgePlatform {
    fn config(&self) -> &Config {
        &self.isolate.config
    }

    fn now(&self) -> Timestamp {
        now()
    }

    async fn ask<C: Call>(&self, name: &str, command: C) -> Result<Result<C::Reply, Refusal>, Fault> {
        let fault = |reason: String| Fault::Object {
            class: C::CLASS.name(),
            reason,
        };
        let call = write_call(name, &command).map_err(|error| fault(error.to_string()))?;
        let answer = call::send(&self.env, C::CLASS, name, &call).await?;
        let answer: Answer<C::Reply> = serde_json::from_str(&answer).map_err(|error| fault(error.to_string()))?;
        Ok(answer.into())
    }

    async fn kv_get(&self, key: &str) -> Result<Option<String>, Fault> {
        Kv::new(&self.env)?.get(key).await
    }

    async fn kv_put(&self, key: &str, value: &str, lifetime: Option<i64>) -> Result<(), Fault> {
        Kv::new(&self.env)?.put(key, value, lifetime).await
    }

    async fn kv_keys(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        Kv::new(&self.env)?.keys(prefix).await
    }

    async fn keys(&self) -> Result<Rc<KeySet>, Fault> {
        let kept = KEYS.with_borrow(Clone::clone);
        if let Some((keys, _)) = kept.as_ref().filter(|(_, at)| now().since(*at) < KEYS_FRESH) {
            return Ok(Rc::clone(keys));
        }
        let keys = match (self.open_keys().await, kept) {
            (Ok(keys), _) => keys,
            // Keys that were right five minutes ago are better than none; newer ones are looked for when these have aged again.
            (Err(fault), Some((keys, _))) => {
                worker::console_error!("keys: {fault}");
                keys
            }
            (Err(fault), None) => return Err(fault),
        };
        KEYS.set(Some((Rc::clone(&keys), now())));
        Ok(keys)
    }

    fn report(&self, request_id: &str, fault: &Fault) {
        worker::console_error!("{request_id} {fault}");
    }
}
