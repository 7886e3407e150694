//! The one seam between the protocol and what it runs on. Time, randomness, storage, keys and cryptography come only from here.

pub mod ring;

use crate::config::Config;
use crate::error::Fault;
use crate::jose::crypto::Crypto;
use crate::jose::keyset::KeySet;
use crate::jose::keyset::ring::{ReadKeys, Ring, RotateKeys};
use crate::jose::keyset::schedule::KeyInfo;
use crate::oauth::ids::NodeId;
use crate::oauth::time::Timestamp;
use crate::object::{Call, Refusal};
use std::rc::Rc;

/// The key ring's one name.
pub const KEY_RING: &str = "keys";

/// The key ring has no keys, though its object makes them before it answers.
pub const NO_KEYS: Fault = Fault::Stored("the key ring is empty");

/// What the protocol needs of its surroundings. At the edge it is workerd; in native tests it is SQLite and RustCrypto.
// Everything of one request runs on one thread, so no future has to be Send.
#[allow(async_fn_in_trait)]
pub trait Platform: Crypto {
    /// The configuration.
    fn config(&self) -> &Config;

    /// The time.
    fn now(&self) -> Timestamp;

    /// Sends a command to the object `name` of its class: one hop.
    async fn ask<C: Call>(&self, name: &str, command: C) -> Result<Result<C::Reply, Refusal>, Fault>;

    /// Reads a value of the KV namespace. It may be up to 60 s old.
    async fn kv_get(&self, key: &str) -> Result<Option<String>, Fault>;

    /// Writes a value to the KV namespace; `lifetime` in seconds, where it has one.
    async fn kv_put(&self, key: &str, value: &str, lifetime: Option<i64>) -> Result<(), Fault>;

    /// Every key of the KV namespace that begins with `prefix`.
    async fn kv_keys(&self, prefix: &str) -> Result<Vec<String>, Fault>;

    /// The provider's keys; from memory on a warm isolate.
    async fn keys(&self) -> Result<Rc<KeySet>, Fault>;

    /// Makes this isolate use a ring from now on, unless it has a newer one; gives what it uses.
    fn take_keys(&self, ring: Ring) -> Result<Rc<KeySet>, Fault>;

    /// Notes something that went wrong on our side, for the operator, under the number that the peer was given.
    fn report(&self, request_id: &str, fault: &Fault);

    /// Makes a successor to every key that has none yet, and gives all keys. This isolate publishes them at once, the others within two minutes.
    async fn rotate_keys(&self) -> Result<Vec<KeyInfo>, Fault> {
        ask_ring(self, RotateKeys {}).await
    }

    /// All keys, as the key ring has them.
    async fn list_keys(&self) -> Result<Vec<KeyInfo>, Fault> {
        ask_ring(self, ReadKeys {}).await
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
        Ok(crate::oauth::base64url::encode(bytes))
    }
}

async fn ask_ring<P: Platform + ?Sized, C: Call<Reply = Ring>>(platform: &P, command: C) -> Result<Vec<KeyInfo>, Fault> {
    let ring = platform.ask(KEY_RING, command).await?.map_err(|_| NO_KEYS)?;
    let info = ring.info(ring::rules(platform.config()), platform.now());
    // KV may still have the one of before.
    platform.take_keys(ring)?;
    Ok(info)
}
