//! The key ring's object: what platform/ring.rs does, on a Durable Object's storage, KV and WebCrypto.

use crate::config::Config;
use crate::edge::kv::Kv;
use crate::edge::object::{Runtime, now};
use crate::edge::platform::load_config;
use crate::edge::sql::EdgeSql;
use crate::edge::subtle;
use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::jwk::PublicJwk;
use crate::jose::keyset::StoredKey;
use crate::jose::keyset::ring::{self, RETRY, ReadKeys, Ring};
use crate::oauth::json;
use crate::object::read_call;
use crate::object::sql::SqlFault;
use crate::platform::ring::{KEYS_IN_KV, RingHost, keeping, publish, renew, rules};
use std::rc::Rc;
use worker::{Request, Response, Result};
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
    config: Config,
}

impl Host {
    fn transaction<T: 'static>(
        &self,
        work: impl FnOnce(&EdgeSql) -> std::result::Result<T, SqlFault> + 'static,
    ) -> std::result::Result<T, Fault> {
        self.runtime.transaction(work).map_err(fault)
    }
}

impl RingHost for Host {
    fn config(&self) -> &Config {
        &self.config
    }

    fn plan(&self, rotate: bool) -> std::result::Result<Vec<Alg>, Fault> {
        let rules = rules(&self.config);
        self.transaction(move |sql| ring::plan(sql, rotate, rules, now()))
    }

    fn keep(&self, keys: Vec<StoredKey>, rotate: bool) -> std::result::Result<Option<Ring>, Fault> {
        let keeping = keeping(&self.config);
        self.transaction(move |sql| ring::keep(sql, keys, rotate, &keeping, now()))
    }

    fn note_put(&self, put: Option<i64>) -> std::result::Result<Option<Ring>, Fault> {
        self.transaction(move |sql| ring::note_put(sql, put))
    }

    async fn generate(&self, alg: Alg) -> std::result::Result<(PublicJwk, Zeroizing<String>), Fault> {
        subtle::generate(alg).await
    }

    async fn put(&self, text: &str) -> std::result::Result<(), Fault> {
        Kv::new(&self.runtime.env)?.put(KEYS_IN_KV, text, None).await
    }
}

/// Answers one call. An algorithm that lacks a key gets one before, so the first 200 requests of a new provider find one key of each.
pub async fn answer(runtime: &Rc<Runtime>, mut request: Request) -> Result<Response> {
    let call = request.text().await?;
    let asked = read_call(&call).map(|envelope| json::of_value(&envelope.body));
    let occasion = match asked {
        Ok(Ok(ReadKeys { rotate: true })) => Occasion::Rotation,
        _ => Occasion::Call,
    };
    match tend(runtime, occasion).await {
        // The keys that there are can be read all the same.
        Err(fault) if occasion == Occasion::Call => runtime.report(&fault),
        done => done.map_err(failed)?,
    }
    runtime.answer_call(&call).await
}

/// The alarm has come. It may come more than once, and always sets the next one: an error would leave that to the runtime, which gives up.
pub async fn wake(runtime: &Rc<Runtime>) -> Result<Response> {
    runtime.alarm_has_come();
    match tend(runtime, Occasion::Alarm).await {
        Ok(()) => runtime.set_alarm().await?,
        Err(fault) => {
            runtime.report(&fault);
            runtime.state.storage().set_alarm(RETRY.saturating_mul(1000)).await?;
        }
    }
    Response::empty()
}

async fn tend(runtime: &Rc<Runtime>, occasion: Occasion) -> std::result::Result<(), Fault> {
    let rotate = occasion == Occasion::Rotation;
    let host = Rc::new(Host {
        runtime: Rc::clone(runtime),
        config: load_config(&runtime.env)?,
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
    if let Some(ring) = made.await.map_err(fault)??
        && let Err(fault) = publish(host.as_ref(), ring).await
    {
        runtime.report(&fault);
    }
    Ok(())
}

fn fault(error: impl std::fmt::Display) -> Fault {
    Fault::Object {
        class: "KeyRing",
        reason: error.to_string(),
    }
}

fn failed(fault: Fault) -> worker::Error {
    worker::Error::RustError(fault.to_string())
}
