//! The edge: the only modules that name the runtime. A request enters wasm once and leaves it once; everything between is the protocol's.

mod call;
mod convert;
mod key_ring;
mod object;
mod platform;
mod sql;
mod subtle;

// The macros of the worker crate write code that their own crate answers for.
#[allow(unsafe_code, missing_docs)]
mod entry;

use crate::error::Fault;

/// Anything that JavaScript threw, as text for the operator's log.
fn thrown(value: &wasm_bindgen::JsValue) -> String {
    use wasm_bindgen::JsCast;
    match value.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => format!("{value:?}"),
    }
}

/// A KV failure as a fault.
fn kv_fault(error: impl std::fmt::Display) -> Fault {
    Fault::Kv(error.to_string())
}
