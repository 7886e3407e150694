//! The key ring's own work: it makes the keys, once, and publishes them to KV for every location.

use crate::config::Config;
use crate::edge::kv::Kv;
use crate::edge::object::{Runtime, now};
use crate::edge::platform::{KEYS_IN_KV, load_config};
use crate::edge::{sql::EdgeSql, subtle};
use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::keyset::{KeepKeys, StoredKey};
use crate::object::{Answer, exists, write_call};
use crate::platform::KEY_RING;
use worker::{Env, Result};

/// Makes the keys where there are none. Whoever calls meanwhile waits, so the first 200 requests of a new provider find one key of each algorithm.
pub async fn ensure_keys(runtime: &Runtime) -> Result<()> {
    if exists(&EdgeSql(runtime.state.storage().sql())).map_err(failed)? {
        return Ok(());
    }
    let env = runtime.env.clone();
    let made = runtime
        .state
        .block_concurrency_while(async move { make(&env).await.map_err(failed) })
        .await?;
    // Two calls may have come this far; storing and answering happen in one step, and the first one's keys stay.
    let call = write_call(KEY_RING, &KeepKeys { keys: made }).map_err(failed)?;
    let (answer, _) = runtime.run(&call).map_err(failed)?;
    if let Ok(Answer::Ok(keys)) = serde_json::from_str::<Answer<Vec<StoredKey>>>(&answer) {
        publish(&runtime.env, &keys).await?;
    }
    Ok(())
}

async fn make(env: &Env) -> std::result::Result<Vec<StoredKey>, Fault> {
    let config: Config = load_config(env)?;
    let mut keys = Vec::new();
    for alg in Alg::ALL.iter().copied() {
        let (public, private) = subtle::generate(alg).await?;
        keys.push(StoredKey::seal(&config.sealer, public, &private, now()));
    }
    Ok(keys)
}

async fn publish(env: &Env, keys: &[StoredKey]) -> Result<()> {
    let text = serde_json::to_string(keys).map_err(failed)?;
    Kv::new(env).map_err(failed)?.put(KEYS_IN_KV, &text, None).await.map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> worker::Error {
    worker::Error::RustError(error.to_string())
}
