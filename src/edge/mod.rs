//! The edge: the only modules that name the runtime. A request enters wasm once and leaves it once; everything between is the protocol's.

mod bindings;
// wasm-bindgen's imports and exports are written out as foreign functions.
#[allow(unsafe_code, missing_docs)]
mod bridge;
mod call;
mod convert;
#[allow(unsafe_code)]
mod counters;
#[allow(unsafe_code, missing_docs)]
mod entry;
#[allow(unsafe_code)]
mod fetch;
mod key_ring;
#[allow(unsafe_code)]
mod kv;
#[allow(unsafe_code)]
mod limiter;
mod log;
mod object;
mod platform;
mod rpc;
mod sender;
mod sql;
#[allow(unsafe_code)]
mod storage;
mod subtle;
#[allow(unsafe_code)]
mod task;

/// Anything that JavaScript threw, as text for the operator's log.
fn thrown(value: &wasm_bindgen::JsValue) -> String {
    use wasm_bindgen::JsCast;
    match value.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => value.as_string().unwrap_or_else(|| "something that is no Error".to_owned()),
    }
}
