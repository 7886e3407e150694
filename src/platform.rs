//! The one seam between the protocol and what it runs on. Time, randomness, storage, keys and cryptography come only from here.

pub mod log;
pub mod refused;
pub mod ring;

use crate::client::memory::ClientMemory;
use crate::config::Config;
use crate::error::Fault;
use crate::jose::crypto::Crypto;
use crate::jose::key_cache::KeyCache;
use crate::jose::keyset::KeySet;
pub use crate::jose::keyset::ring::KEY_RING;
use crate::jose::keyset::ring::{ReadKeys, Ring};
use crate::jose::keyset::schedule::KeyInfo;
use crate::oauth::base64url;
use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::oauth::uri::FetchUri;
use crate::object::{Call, Refusal};
use log::Entry;
use refused::Refused;
use std::pin::Pin;
use std::rc::Rc;

/// The key ring has no keys, though its object makes them before it answers.
pub const NO_KEYS: Fault = Fault::Stored("the key ring is empty");

/// The largest document that is fetched, in bytes.
pub const FETCH_LIMIT: usize = 64 * 1024;

/// How long a fetch may take, from the look-up of the name to the last byte, in seconds.
pub const FETCH_SECONDS: u64 = 5;

/// Some keys of the KV namespace.
pub struct KvPage {
    /// Their names.
    pub keys: Vec<String>,
    /// Where the next page begins; `None` where this is the last one.
    pub cursor: Option<String>,
}

/// A look at something that the provider stands on: whether it does what it has to.
pub type Part<'a> = Pin<Box<dyn Future<Output = bool> + 'a>>;

/// What the protocol needs of its surroundings. At the edge it is workerd; in native tests it is SQLite and RustCrypto.
// Everything of one request runs on one thread, so no future has to be Send.
#[allow(async_fn_in_trait)]
pub trait Platform: Crypto {
    /// The configuration.
    fn config(&self) -> &Config;

    /// The time.
    fn now(&self) -> Timestamp;

    /// The nearest [writable](Timestamp::writable) moment in UTC as RFC 3339 writes it, such as `2026-11-23T14:05:09Z`.
    fn rfc3339(&self, time: Timestamp) -> String;

    /// Sends a command to the object `name` of its class: one hop.
    async fn ask<C: Call>(&self, name: &str, command: C) -> Result<Result<C::Reply, Refusal>, Fault>;

    /// Reads a value of the KV namespace. It may be up to 30 s old.
    async fn kv_get(&self, key: &str) -> Result<Option<String>, Fault>;

    /// Reads several values at once, in the order of the keys. One operation for every hundred of them.
    async fn kv_get_all(&self, keys: &[String]) -> Result<Vec<Option<String>>, Fault>;

    /// Writes a value to the KV namespace; `lifetime` in seconds, where it has one.
    async fn kv_put(&self, key: &str, value: &str, lifetime: Option<i64>) -> Result<(), Fault>;

    /// Some keys of the KV namespace that begin with `prefix`, from a cursor on that an earlier page gave: at most `limit` of them, or as many as KV likes.
    /// `None` where KV does not know the cursor.
    async fn kv_page(&self, prefix: &str, limit: Option<usize>, cursor: Option<&str>) -> Result<Option<KvPage>, Fault>;

    /// The provider's keys; from memory on a warm isolate.
    async fn keys(&self) -> Result<Rc<KeySet>, Fault>;

    /// Makes this isolate use a ring from now on, unless it has a newer one; gives what it uses.
    fn take_keys(&self, ring: Ring) -> Result<Rc<KeySet>, Fault>;

    /// Fetches a document on a client's word. `None` where its site does not give it with status 200 within [`FETCH_SECONDS`] and [`FETCH_LIMIT`]; no
    /// redirect is followed.
    async fn fetch(&self, address: &FetchUri) -> Option<Vec<u8>>;

    /// Posts a form on a client's word, under the same bounds; the status of the answer, `None` where none came.
    async fn post(&self, address: &FetchUri, form: &str) -> Option<u16>;

    /// What is remembered of the keys that clients serve; as long as an isolate lives.
    fn key_cache(&self) -> &KeyCache;

    /// What is remembered of clients; as long as an isolate lives.
    fn clients(&self) -> &ClientMemory;

    /// Who has tried too often, as this isolate remembers it.
    fn refused(&self) -> &Refused;

    /// Whether a request that is counted under a name is within its limit: by the runtime's own limiter where one is bound, else by an object of that name,
    /// to which the command goes that counts.
    async fn is_within_limit<C: Call>(&self, name: &str, count: C) -> Result<bool, Fault> {
        Ok(self.ask(name, count).await?.is_ok())
    }

    /// Whether a part that is looked at does what it has to, within two seconds.
    async fn answers(&self, part: Part<'_>) -> bool;

    /// Milliseconds on a clock that shows how long something takes.
    fn milliseconds(&self) -> i64;

    /// Notes for the operator what a request has come to.
    fn log(&self, entry: &Entry<'_>);

    /// Notes something that went wrong on our side, for the operator, under the number that the peer was given.
    fn report(&self, request_id: &str, fault: &Fault);

    /// A number that is drawn for a request.
    fn number(&self) -> String {
        let mut bytes = [0; 9];
        self.random(&mut bytes)
            .map_or_else(|_| String::new(), |()| base64url::encode(bytes))
    }

    /// Every key of the KV namespace that begins with `prefix`.
    async fn kv_keys(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        let mut keys = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = self.kv_page(prefix, None, cursor.as_deref()).await?;
            let mut page = page.ok_or_else(|| Fault::Kv("a cursor of its own is unknown".to_owned()))?;
            keys.append(&mut page.keys);
            match page.cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(keys),
            }
        }
    }

    /// All keys, as the key ring has them. To `rotate`, it first makes a successor to every key that has none: this isolate publishes them at
    /// once, the others within two minutes.
    async fn key_ring(&self, rotate: bool) -> Result<Vec<KeyInfo>, Fault> {
        let ring = self.ask(KEY_RING, ReadKeys { rotate }).await?.map_err(|_| NO_KEYS)?;
        let info = ring.info(ring::rules(self.config()), self.now());
        // KV may still have the one of before.
        self.take_keys(ring)?;
        Ok(info)
    }

    /// A fresh node id.
    fn node_id(&self) -> Result<NodeId, Fault> {
        let mut bytes = [0; 16];
        self.random(&mut bytes)?;
        Ok(NodeId(bytes))
    }

    /// A fresh secret of 256 bits, as 43 base64url characters.
    fn secret(&self) -> Result<String, Fault> {
        let mut bytes = [0; 32];
        self.random(&mut bytes)?;
        Ok(base64url::encode(bytes))
    }
}
