//! Workers KV by its own interface: calls, none of which looks the binding's methods up first.

use crate::edge::bindings::Bindings;
use crate::edge::bridge::bridge;
use crate::edge::task::{Settled, patiently, sleep};
use crate::edge::thrown;
use crate::error::Fault;
use crate::platform::KvPage;
use js_sys::{Array, Object, Promise, Reflect};
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// The shortest lifetime that KV takes, in seconds.
const SHORTEST: i64 = 60;

/// So many keys are read at once at most.
const BULK: usize = 100;

/// KV takes one write per second to a key, and answers 429 to a second one: a client may well be changed as soon as it is registered.
const WRITE_INTERVAL: Duration = Duration::from_millis(1100);

#[wasm_bindgen]
extern "C" {
    /// A KV namespace binding.
    pub type KvNamespace;

    #[wasm_bindgen(method, catch)]
    fn put(this: &KvNamespace, key: &str, value: &str, options: &Object) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn list(this: &KvNamespace, options: &Object) -> Result<Promise, JsValue>;
}

/// The provider's namespace.
pub struct Kv<'a>(&'a KvNamespace);

impl<'a> Kv<'a> {
    /// The binding `KV` of wrangler.toml.
    pub fn new(bindings: &'a Bindings) -> Result<Self, Fault> {
        let kv = bindings.kv.as_ref();
        kv.map(Self).ok_or_else(|| Fault::Kv("there is no binding KV".to_owned()))
    }

    /// The value of a key.
    pub async fn get(&self, key: &str) -> Result<Option<String>, Fault> {
        let read = bridge(|bridge| bridge.get(self.0, key)).map_err(fault)?;
        Ok(Settled::patient(read).await.map_err(fault)?.as_string())
    }

    /// The values of several keys, in their order.
    pub async fn get_all(&self, keys: &[String]) -> Result<Vec<Option<String>>, Fault> {
        let mut values = Vec::new();
        for keys in keys.chunks(BULK) {
            let names: Array = keys.iter().map(JsValue::from).collect();
            let read = bridge(|bridge| bridge.get_all(self.0, &names)).map_err(fault)?;
            let found: js_sys::Map = Settled::patient(read).await.map_err(fault)?.unchecked_into();
            values.extend(keys.iter().map(|key| found.get(&key.into()).as_string()));
        }
        Ok(values)
    }

    /// Writes a value; `lifetime` in seconds, where it has one.
    pub async fn put(&self, key: &str, value: &str, lifetime: Option<i64>) -> Result<(), Fault> {
        let options = Object::new();
        if let Some(seconds) = lifetime {
            set(&options, "expirationTtl", &JsValue::from_f64(seconds.max(SHORTEST) as f64))?;
        }
        match settle(self.0.put(key, value, &options)).await {
            Err(Fault::Kv(reason)) if reason.contains("429") => {
                sleep(WRITE_INTERVAL).await;
                settle(self.0.put(key, value, &options)).await.map(drop)
            }
            outcome => outcome.map(drop),
        }
    }

    /// Some keys that begin with `prefix`; `None` where the cursor is not one of KV's, which answers 400 to it.
    pub async fn page(&self, prefix: &str, limit: Option<usize>, cursor: Option<&str>) -> Result<Option<KvPage>, Fault> {
        let options = Object::new();
        set(&options, "prefix", &prefix.into())?;
        if let Some(limit) = limit {
            set(&options, "limit", &JsValue::from_f64(limit as f64))?;
        }
        if let Some(cursor) = cursor {
            set(&options, "cursor", &cursor.into())?;
        }
        let page = match settle(self.0.list(&options)).await {
            Err(Fault::Kv(reason)) if cursor.is_some() && reason.contains("400") => return Ok(None),
            page => page?,
        };
        let mut keys = Vec::new();
        for key in Array::from(&member(&page, "keys")?).iter() {
            keys.extend(member(&key, "name")?.as_string());
        }
        let is_last = member(&page, "list_complete")?.is_truthy();
        let next = member(&page, "cursor")?.as_string().filter(|_| !is_last);
        Ok(Some(KvPage { keys, cursor: next }))
    }
}

async fn settle(promise: Result<Promise, JsValue>) -> Result<JsValue, Fault> {
    patiently(&promise.map_err(fault)?).await.map_err(fault)
}

fn member(object: &JsValue, name: &str) -> Result<JsValue, Fault> {
    Reflect::get(object, &name.into()).map_err(fault)
}

fn set(object: &Object, name: &str, value: &JsValue) -> Result<(), Fault> {
    Reflect::set(object, &name.into(), value).map(drop).map_err(fault)
}

fn fault(error: JsValue) -> Fault {
    Fault::Kv(thrown(&error))
}
