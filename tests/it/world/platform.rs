//! The platform that a world is: what the protocol sees of it.

use super::crypto::rust_crypto;
use super::ring::Occasion;
use super::{Kv, KvValue, Sqlite, Touches, World};
use rand::RngCore;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use treeline::client::memory::ClientMemory;
use treeline::config::Config;
use treeline::error::Fault;
use treeline::jose::key_cache::KeyCache;
use treeline::jose::keyset::KeySet;
use treeline::jose::keyset::ring::Ring;
use treeline::oauth::base64url;
use treeline::oauth::time::Timestamp;
use treeline::oauth::uri::FetchUri;
use treeline::object::sql::Sql;
use treeline::object::{Call, Class, Refusal, read_answer, write_call};
use treeline::platform::log::{Entry, FaultEntry};
use treeline::platform::refused::Refused;
use treeline::platform::{FETCH_LIMIT, KvPage, Part, Platform};

/// So many keys KV lists at once.
const KV_PAGE: usize = 1000;

/// Lets every other future of the thread take a step.
pub async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl World {
    pub(super) fn kv_read<T>(&self, read: impl FnOnce(&dyn Fn(&str) -> Option<String>, &Kv) -> T) -> T {
        let live = self.kv.borrow();
        let stale = self.stale_kv.borrow();
        let kv = stale.as_ref().unwrap_or(&live);
        let now = self.now();
        let get = |key: &str| {
            let value = kv.get(key)?;
            value.ends_at.is_none_or(|end| now < end).then(|| value.text.clone())
        };
        read(&get, kv)
    }

    fn fill(&self, buffer: &mut [u8]) {
        self.random.borrow_mut().fill_bytes(buffer);
    }

    /// One step of the platform: other futures may run before it, and the provider may die there.
    async fn step(&self, count: impl FnOnce(&mut Touches)) -> Result<(), Fault> {
        yield_once().await;
        if let Some(left) = self.steps.get() {
            let left = left.checked_sub(1).ok_or(Fault::Kv("the provider died here".to_owned()))?;
            self.steps.set(Some(left));
        }
        if let Some(left) = self.lapse.take() {
            let left = left.checked_sub(1).ok_or(Fault::Kv("away for a moment".to_owned()))?;
            self.lapse.set(Some(left));
        }
        count(&mut self.touches.borrow_mut());
        Ok(())
    }
}

rust_crypto!(World);

impl Platform for World {
    fn config(&self) -> &Config {
        &self.config
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.get())
    }

    fn rfc3339(&self, time: Timestamp) -> String {
        let written = Sqlite::default().exec("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?, 'unixepoch')", &[time.writable().into()]);
        written.expect("a date")[0].text(0).expect("a date")
    }

    async fn ask<C: Call>(&self, name: &str, command: C) -> Result<Result<C::Reply, Refusal>, Fault> {
        let class = C::CLASS.name();
        self.step(|touches| *touches.asks.entry(class).or_default() += 1).await?;
        let fault = |reason: String| Fault::Object { class, reason };
        let call = write_call(name, &command);
        if C::CLASS == Class::KeyRing {
            let rotate = call.contains(r#""rotate":true"#);
            self.tend_ring(if rotate { Occasion::Rotation } else { Occasion::Call }).await?;
        }
        let answer = self.run(C::CLASS, name, &call)?;
        read_answer::<C>(&answer).map_err(|error| fault(error.to_string()))
    }

    async fn kv_get(&self, key: &str) -> Result<Option<String>, Fault> {
        self.step(|touches| touches.kv_gets += 1).await?;
        check_key(key)?;
        Ok(self.kv_read(|get, _| get(key)))
    }

    async fn kv_get_all(&self, keys: &[String]) -> Result<Vec<Option<String>>, Fault> {
        if !keys.is_empty() {
            self.step(|touches| touches.kv_bulks += 1).await?;
        }
        keys.iter().try_for_each(|key| check_key(key))?;
        Ok(self.kv_read(|get, _| keys.iter().map(|key| get(key)).collect()))
    }

    async fn kv_put(&self, key: &str, value: &str, lifetime: Option<i64>) -> Result<(), Fault> {
        self.step(|touches| touches.kv_puts += 1).await?;
        for _ in 0..self.slow_put.take() {
            yield_once().await;
        }
        check_key(key)?;
        if let Some(lifetime @ ..60) = lifetime {
            return Err(Fault::Kv(format!("expiration_ttl {lifetime} is under 60")));
        }
        let value = KvValue {
            text: value.to_owned(),
            ends_at: lifetime.map(|lifetime| self.now().plus(lifetime)),
        };
        self.kv.borrow_mut().insert(key.to_owned(), value);
        Ok(())
    }

    async fn kv_page(&self, prefix: &str, limit: Option<usize>, cursor: Option<&str>) -> Result<Option<KvPage>, Fault> {
        self.step(|touches| touches.kv_lists += 1).await?;
        // As KV's own, a cursor is no key and stands for none that can be guessed.
        let Some(after) = cursor.map_or(Some(Vec::new()), base64url::decode) else {
            return Ok(None);
        };
        Ok(Some(self.kv_read(|get, kv| {
            let live = kv.keys().filter(|key| key.starts_with(prefix) && get(key).is_some());
            let mut keys: Vec<String> = live.filter(|key| key.as_bytes() > after.as_slice()).cloned().collect();
            let is_last = keys.len() <= limit.unwrap_or(KV_PAGE);
            keys.truncate(limit.unwrap_or(KV_PAGE));
            let cursor = keys.last().filter(|_| !is_last).map(base64url::encode);
            KvPage { keys, cursor }
        })))
    }

    async fn keys(&self) -> Result<Rc<KeySet>, Fault> {
        self.isolate_keys()
    }

    fn take_keys(&self, ring: Ring) -> Result<Rc<KeySet>, Fault> {
        let opened = KeySet::open(&self.config.key_sealer, &ring, self.now()).map(Rc::new);
        let opened = opened.ok_or(Fault::Stored("the keys were sealed under another SEAL_KEY"))?;
        let mut isolate = self.isolate.borrow_mut();
        if let Some((newer, _)) = isolate.as_ref().filter(|(kept, _)| kept.revision() > opened.revision()) {
            return Ok(Rc::clone(newer));
        }
        *isolate = Some((Rc::clone(&opened), self.now()));
        Ok(opened)
    }

    async fn fetch(&self, address: &FetchUri) -> Option<Vec<u8>> {
        // It is not a step: a site that is away is no fault of the provider's.
        yield_once().await;
        self.web.visit(address.as_str()).filter(|document| document.len() <= FETCH_LIMIT)
    }

    async fn post(&self, address: &FetchUri, form: &str) -> Option<u16> {
        yield_once().await;
        self.web.post(address.as_str(), form)
    }

    fn key_cache(&self) -> &KeyCache {
        &self.key_cache
    }

    fn clients(&self) -> &ClientMemory {
        &self.clients
    }

    fn refused(&self) -> &Refused {
        &self.refused
    }

    async fn answers(&self, part: Part<'_>) -> bool {
        // A part of the world that is away says so at once.
        part.await
    }

    fn milliseconds(&self) -> i64 {
        self.clock.get() * 1000
    }

    fn log(&self, entry: &Entry<'_>) {
        self.lines.borrow_mut().extend(entry.line(self.config.log));
    }

    fn report(&self, request_id: &str, fault: &Fault) {
        self.faults.borrow_mut().push(fault.clone());
        let entry = FaultEntry {
            request_id,
            fault: &fault.to_string(),
            ..FaultEntry::default()
        };
        self.lines.borrow_mut().extend(entry.line(self.config.log));
    }
}

/// KV refuses keys past 512 bytes, and the two that are paths of their own.
fn check_key(key: &str) -> Result<(), Fault> {
    match key {
        "" | "." | ".." => Err(Fault::Kv("not a key".to_owned())),
        key if key.len() > 512 => Err(Fault::Kv("the key is too long".to_owned())),
        _ => Ok(()),
    }
}
