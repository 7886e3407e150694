//! The key ring's object: what platform/ring.rs does, on a Durable Object's storage, KV and WebCrypto.

use crate::config::Config;
use crate::edge::kv::Kv;
use crate::edge::object::{Runtime, now};
use crate::edge::platform::EdgePlatform;
use crate::edge::sql::EdgeSql;
use crate::edge::subtle;
use crate::edge::thrown;
use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::jwk::PublicJwk;
use crate::jose::keyset::StoredKey;
use crate::jose::keyset::ring::{self, RETRY, ReadKeys, Ring};
use crate::oauth::json;
use crate::object::read_call;
use crate::object::sql::SqlFault;
use crate::platform::Platform;
use crate::platform::ring::{KEYS_IN_KV, RingHost, keeping, publish, renew, rules};
use std::fmt::Display;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

/// Why the ring does its work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    Call,
    Rotation,
    Alarm,
}

struct Host {
    runtime: Rc<Runtime>,
    platform: EdgePlatform,
}

impl Host {
    fn transaction<T: 'static>(&self, work: impl FnOnce(&EdgeSql) -> Result<T, SqlFault> + 'static) -> Result<T, Fault> {
        self.runtime.transaction(work).map_err(fault)
    }
}

impl RingHost for Host {
    fn config(&self) -> &Config {
        self.platform.config()
    }

    fn plan(&self, rotate: bool) -> Result<Vec<Alg>, Fault> {
        let rules = rules(self.config());
        self.transaction(move |sql| ring::plan(sql, rotate, rules, now()))
    }

    fn keep(&self, keys: Vec<StoredKey>, rotate: bool) -> Result<Option<Ring>, Fault> {
        let keeping = keeping(self.config());
        self.transaction(move |sql| ring::keep(sql, keys, rotate, &keeping, now()))
    }

    fn note_put(&self, put: Option<i64>) -> Result<Option<Ring>, Fault> {
        self.transaction(move |sql| ring::note_put(sql, put))
    }

    async fn generate(&self, alg: Alg) -> Result<(PublicJwk, Zeroizing<String>), Fault> {
        subtle::generate(alg).await
    }

    async fn put(&self, text: &str) -> Result<(), Fault> {
        Kv::new(&self.runtime.bindings)?.put(KEYS_IN_KV, text, None).await
    }
}

/// Answers one call; `None` where there was a fault, which is in the log. An algorithm that lacks a key gets one before, so the first 200 requests of a
/// new provider find one key of each.
pub async fn answer(runtime: &Rc<Runtime>, call: &str) -> Option<String> {
    let call = read_call(call).map_err(|fault| runtime.report(&fault)).ok()?;
    let occasion = match json::of_value(&call.body) {
        Ok(ReadKeys { rotate: true }) => Occasion::Rotation,
        _ => Occasion::Call,
    };
    if let Err(fault) = tend(runtime, occasion).await {
        runtime.report(&fault);
        // The keys that there are can be read all the same.
        if occasion != Occasion::Call {
            return None;
        }
    }
    runtime.answer_call(call).await
}

/// The alarm has come. It may come more than once, and always sets the next one: an error would leave that to the runtime, which gives up.
pub async fn wake(runtime: &Rc<Runtime>) -> Result<(), JsValue> {
    runtime.alarm_has_come();
    match tend(runtime, Occasion::Alarm).await {
        Ok(()) => runtime.set_alarm().await,
        Err(fault) => {
            runtime.report(&fault);
            runtime.state.storage().set_alarm(now().plus(RETRY)).await
        }
    }
}

async fn tend(runtime: &Rc<Runtime>, occasion: Occasion) -> Result<(), Fault> {
    let rotate = occasion == Occasion::Rotation;
    let host = Rc::new(Host {
        runtime: Rc::clone(runtime),
        platform: runtime.platform()?,
    });
    if occasion != Occasion::Alarm && host.plan(rotate)?.is_empty() {
        return Ok(());
    }
    // Whoever calls meanwhile waits: of twenty rotations at once, nineteen find the keys of the first.
    let maker = Rc::clone(&host);
    let made = runtime.state.block_concurrency_while(async move {
        let ring = renew(maker.as_ref(), rotate).await;
        // In one write with the ring: if this object ends before it has published, its alarm will.
        maker.runtime.set_alarm().await?;
        Ok(ring)
    });
    let ring = made.await.map_err(|error| fault(thrown(&error)))?;
    if let Some(ring) = ring.transpose()?.flatten()
        && let Err(fault) = publish(host.as_ref(), ring).await
    {
        runtime.report(&fault);
    }
    Ok(())
}

fn fault(error: impl Display) -> Fault {
    Fault::Object {
        class: "KeyRing",
        reason: error.to_string(),
    }
}
