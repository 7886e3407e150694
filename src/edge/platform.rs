//! The platform at the edge: KV, Durable Objects, WebCrypto, and what an isolate keeps in memory.

use crate::client::memory::ClientMemory;
use crate::config::{Config, Log};
use crate::edge::bindings::Bindings;
use crate::edge::bridge::{Bridge, bridge};
use crate::edge::call;
use crate::edge::counters;
use crate::edge::fetch;
use crate::edge::kv::Kv;
use crate::edge::limiter;
use crate::edge::log;
use crate::edge::object::now;
use crate::edge::task::within;
use crate::error::Fault;
use crate::jose::crypto::Crypto;
use crate::jose::key_cache::KeyCache;
use crate::jose::keyset::KeySet;
use crate::jose::keyset::ring::{ReadKeys, Ring};
use crate::jose::keyset::schedule::FRESH;
use crate::oauth::time::Timestamp;
use crate::oauth::uri::FetchUri;
use crate::oauth::{base64url, json};
use crate::object::{Call, Class, Refusal, open_answer, write_call};
use crate::platform::log::{Entry, FaultEntry};
use crate::platform::refused::Refused;
use crate::platform::ring::KEYS_IN_KV;
use crate::platform::{KEY_RING, KvPage, NO_KEYS, Part, Platform};
use crate::router::Site;
use futures_util::future::{FutureExt, LocalBoxFuture};
use serde_json::Value;
use std::cell::{Cell, OnceCell, RefCell};
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

/// How long a part that is looked at may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

struct Isolate {
    bindings: Rc<Bindings>,
    config: Config,
    site: Site,
    key_cache: KeyCache,
    clients: ClientMemory,
    refused: Refused,
    numbers: Numbers,
}

impl Isolate {
    fn begin(bindings: Rc<Bindings>) -> Result<Self, Fault> {
        let config = Config::load(&|name| bindings.variable(name))?;
        Ok(Self {
            bindings,
            site: Site::new(&config),
            key_cache: KeyCache::default(),
            clients: ClientMemory::default(),
            refused: Refused::default(),
            numbers: Numbers::default(),
            config,
        })
    }
}

/// Numbers for requests: what the isolate is called, and how many it has had.
#[derive(Default)]
struct Numbers {
    isolate: OnceCell<String>,
    last: Cell<u64>,
}

thread_local! {
    static ISOLATE: RefCell<Option<Rc<Isolate>>> = const { RefCell::new(None) };
    static KEYS: RefCell<Option<(Rc<KeySet>, Timestamp)>> = const { RefCell::new(None) };
}

/// What one request runs on.
pub struct EdgePlatform {
    isolate: Rc<Isolate>,
}

impl EdgePlatform {
    /// The platform of a request; the configuration is read by the isolate's first.
    pub fn new(bindings: impl FnOnce() -> Rc<Bindings>) -> Result<Self, Fault> {
        if let Some(isolate) = ISOLATE.with_borrow(Clone::clone) {
            return Ok(Self { isolate });
        }
        let isolate = Isolate::begin(bindings()).map(Rc::new)?;
        ISOLATE.set(Some(Rc::clone(&isolate)));
        Ok(Self { isolate })
    }

    /// Whether each answer leaves a note, also one that is a document.
    pub fn notes_documents(&self) -> bool {
        self.isolate.config.log == Log::All || self.isolate.bindings.dataset.is_some()
    }

    /// The documents that the isolate serves from memory.
    pub fn site(&self) -> &Site {
        &self.isolate.site
    }

    /// A fault that fails no request: the keys come from elsewhere.
    fn note(&self, fault: &Fault) {
        log::fault_of(self.isolate.config.log, "keys", &fault.to_string());
    }

    /// The ring: from KV, which is near, or from the object, which makes what keys are lacking and has them where KV is away or behind what this
    /// isolate has `seen`.
    async fn ring(&self, seen: i64) -> Result<Ring, Fault> {
        let published = self.kv_get(KEYS_IN_KV).await.unwrap_or_else(|fault| {
            self.note(&fault);
            None
        });
        let published = published.and_then(|text| json::read::<Ring>(&text).ok());
        match published.filter(|ring| ring.serves(seen)) {
            Some(ring) => Ok(ring),
            None => self.ask(KEY_RING, ReadKeys { rotate: false }).await?.map_err(|_| NO_KEYS),
        }
    }
}

/// An object's answer, whose reply is still JSON.
type Answer = Result<Result<Value, Refusal>, Fault>;

/// A call on its way and its answer on its way back. It stands apart from what depends on the command, and is a future of one type: the script has the rest
/// once for each command.
fn hop(bindings: &Bindings, class: Class, name: &str, call: &str) -> LocalBoxFuture<'static, Answer> {
    let sent = call::send(bindings, class, name, call);
    Box::pin(async move { open_answer(&sent.await?).map_err(|error| misunderstood(class, &error)) })
}

/// The answer with its reply as the type that the command names.
fn read<C: Call>(answer: Answer) -> Result<Result<C::Reply, Refusal>, Fault> {
    match answer? {
        Ok(reply) => json::of_value(&reply).map(Ok).map_err(|error| misunderstood(C::CLASS, &error)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn misunderstood(class: Class, error: &dyn Display) -> Fault {
    Fault::Object {
        class: class.name(),
        reason: error.to_string(),
    }
}

impl Platform for EdgePlatform {
    fn config(&self) -> &Config {
        &self.isolate.config
    }

    fn now(&self) -> Timestamp {
        now()
    }

    fn rfc3339(&self, time: Timestamp) -> String {
        // JavaScript would throw where it has no date.
        let milliseconds = time.writable().0 as f64 * 1000.0;
        js_sys::Date::new(&milliseconds.into()).to_iso_string().into()
    }

    fn ask<C: Call>(&self, name: &str, command: C) -> impl Future<Output = Result<Result<C::Reply, Refusal>, Fault>> {
        hop(&self.isolate.bindings, C::CLASS, name, &write_call(name, &command)).map(read::<C>)
    }

    async fn kv_get(&self, key: &str) -> Result<Option<String>, Fault> {
        Kv::new(&self.isolate.bindings)?.get(key).await
    }

    async fn kv_get_all(&self, keys: &[String]) -> Result<Vec<Option<String>>, Fault> {
        Kv::new(&self.isolate.bindings)?.get_all(keys).await
    }

    async fn kv_put(&self, key: &str, value: &str, lifetime: Option<i64>) -> Result<(), Fault> {
        Kv::new(&self.isolate.bindings)?.put(key, value, lifetime).await
    }

    async fn kv_page(&self, prefix: &str, limit: Option<usize>, cursor: Option<&str>) -> Result<Option<KvPage>, Fault> {
        Kv::new(&self.isolate.bindings)?.page(prefix, limit, cursor).await
    }

    async fn keys(&self) -> Result<Rc<KeySet>, Fault> {
        let kept = KEYS.with_borrow(Clone::clone);
        let Some((kept, at)) = kept else {
            return self.take_keys(self.ring(0).await?);
        };
        if now().since(at) < FRESH {
            return Ok(kept);
        }
        // One request looks for newer ones; the others do not wait for it.
        KEYS.set(Some((Rc::clone(&kept), now())));
        let newer = self.ring(kept.revision()).await.and_then(|ring| self.take_keys(ring));
        Ok(newer.unwrap_or_else(|fault| {
            // Keys that were right a minute ago are better than none.
            self.note(&fault);
            kept
        }))
    }

    fn take_keys(&self, ring: Ring) -> Result<Rc<KeySet>, Fault> {
        let opened = KeySet::open(&self.isolate.config.key_sealer, &ring, now());
        let opened = opened
            .map(Rc::new)
            .ok_or(Fault::Stored("the keys were sealed under another SEAL_KEY"))?;
        Ok(KEYS.with_borrow_mut(|kept| match kept {
            Some((newer, _)) if newer.revision() > opened.revision() => Rc::clone(newer),
            _ => {
                *kept = Some((Rc::clone(&opened), now()));
                bridge(Bridge::forget_documents);
                opened
            }
        }))
    }

    async fn fetch(&self, address: &FetchUri) -> Option<Vec<u8>> {
        fetch::fetch(address.as_str()).await
    }

    async fn post(&self, address: &FetchUri, form: &str) -> Option<u16> {
        fetch::post(address.as_str(), form).await
    }

    fn key_cache(&self) -> &KeyCache {
        &self.isolate.key_cache
    }

    fn clients(&self) -> &ClientMemory {
        &self.isolate.clients
    }

    fn refused(&self) -> &Refused {
        &self.isolate.refused
    }

    async fn is_within_limit<C: Call>(&self, name: &str, count: C) -> Result<bool, Fault> {
        let told = match &self.isolate.bindings.limiter {
            Some(limiter) => limiter::is_within(limiter, name).await,
            None => None,
        };
        match told {
            Some(is_within) => Ok(is_within),
            None => Ok(self.ask(name, count).await?.is_ok()),
        }
    }

    async fn answers(&self, part: Part<'_>) -> bool {
        within(PATIENCE, part).await == Some(true)
    }

    fn number(&self) -> String {
        let numbers = &self.isolate.numbers;
        let isolate = numbers.isolate.get_or_init(|| {
            let mut bytes = [0; 9];
            // Without randomness nothing else works either.
            let _ = self.random(&mut bytes);
            base64url::encode(bytes)
        });
        numbers.last.set(numbers.last.get().wrapping_add(1));
        format!("{isolate}-{}", numbers.last.get())
    }

    fn milliseconds(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn log(&self, entry: &Entry<'_>) {
        log::entry(self.isolate.config.log, entry);
        if let Some(dataset) = &self.isolate.bindings.dataset {
            counters::count(dataset, entry);
        }
    }

    fn report(&self, request_id: &str, fault: &Fault) {
        let entry = FaultEntry {
            request_id,
            fault: &fault.to_string(),
            ..FaultEntry::default()
        };
        log::fault(self.isolate.config.log, &entry);
    }
}
