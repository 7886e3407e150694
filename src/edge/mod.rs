//! The edge: the only modules that name the runtime. A request enters wasm once and leaves it once; everything between is the protocol's.

mod call;
// wasm-bindgen's imports are written out as foreign functions.
#[allow(unsafe_code)]
mod convert;
#[allow(unsafe_code)]
mod counters;
#[allow(unsafe_code)]
mod fetch;
mod key_ring;
#[allow(unsafe_code)]
mod kv;
#[allow(unsafe_code)]
mod limiter;
mod log;
mod object;
mod patience;
mod platform;
// wasm-bindgen's exports are written out as foreign functions as well.
#[allow(unsafe_code)]
mod rpc;
mod sender;
mod sql;
mod subtle;

// The macros of the worker crate write code that their own crate answers for.
#[allow(unsafe_code, missing_docs)]
mod entry;

/// A variable or secret of the Worker. What wrangler.toml has without quotes, a number or a table, counts as its JSON.
fn variable(env: &worker::Env, name: &str) -> Option<String> {
    let value = js_sys::Reflect::get(env, &name.into()).ok()?;
    value.as_string().or_else(|| js_sys::JSON::stringify(&value).ok()?.as_string())
}

/// Anything that JavaScript threw, as text for the operator's log.
fn thrown(value: &wasm_bindgen::JsValue) -> String {
    use wasm_bindgen::JsCast;
    match value.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => value.as_string().unwrap_or_else(|| "something that is no Error".to_owned()),
    }
}
