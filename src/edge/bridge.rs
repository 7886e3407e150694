//! The boundary as Rust sees it: `bridge.js`, which guard.js hands in with everything that comes.

use crate::edge::kv::KvNamespace;
use js_sys::{Array, JsString, Promise};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// See `bridge.js`. What gives a number is awaited by it: [`crate::edge::task`].
    pub type Bridge;

    #[wasm_bindgen(method)]
    pub fn later(this: &Bridge, task: u32) -> Promise;

    #[wasm_bindgen(method)]
    pub fn finish(this: &Bridge, task: u32, is_kept: bool, value: &JsValue);

    #[wasm_bindgen(method)]
    pub fn watch(this: &Bridge, promise: &Promise) -> u32;

    #[wasm_bindgen(method)]
    pub fn sleep(this: &Bridge, milliseconds: f64) -> u32;

    #[wasm_bindgen(method)]
    pub fn wake(this: &Bridge, awaited: u32);

    #[wasm_bindgen(method)]
    pub fn log(this: &Bridge, line: &str, is_error: bool);

    #[wasm_bindgen(method)]
    pub fn header(this: &Bridge, request: &JsValue, name: &str) -> Option<String>;

    #[wasm_bindgen(method, catch)]
    pub fn read(this: &Bridge, request: &JsValue, limit: f64) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn respond(this: &Bridge, status: u16, headers: &str, body: Option<&str>) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    pub fn prepare(this: &Bridge, status: u16, headers: &str, body: &str) -> JsValue;

    #[wasm_bindgen(method, catch)]
    pub fn repeat(this: &Bridge, prepared: &JsValue, number: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method)]
    pub fn keep(this: &Bridge, url: &JsString, prepared: &JsValue, number: &str);

    #[wasm_bindgen(method, js_name = forgetDocuments)]
    pub fn forget_documents(this: &Bridge);

    #[wasm_bindgen(method, catch)]
    pub fn send(this: &Bridge, namespace: &JsValue, name: &str, call: &str) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn get(this: &Bridge, kv: &KvNamespace, key: &str) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch, js_name = get)]
    pub fn get_all(this: &Bridge, kv: &KvNamespace, keys: &Array) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn subtle(this: &Bridge, name: &str, values: &Array) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn exec(this: &Bridge, storage: &JsValue, statement: &str, values: Vec<JsValue>) -> Result<Vec<JsValue>, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn transact(this: &Bridge, storage: &JsValue, work: u32) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub fn block(this: &Bridge, state: &JsValue, work: u32) -> Result<u32, JsValue>;
}

thread_local! {
    static BRIDGE: RefCell<Bridge> = RefCell::new(JsValue::UNDEFINED.unchecked_into());
}

/// Takes the bridge from whoever calls.
pub fn hold(bridge: Bridge) {
    BRIDGE.replace(bridge);
}

/// Asks JavaScript for something.
pub fn bridge<T>(ask: impl FnOnce(&Bridge) -> T) -> T {
    // What is asked for may come back to Rust before it returns, and ask again: so it is borrowed for reading.
    BRIDGE.with_borrow(ask)
}
