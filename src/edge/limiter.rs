//! The rate limiter of the platform, where one is bound as `RATE_LIMITER`. Its limit and its period are those of the binding.

use crate::edge::task::patiently;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A limiter.
    pub type Limiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &Limiter, options: &Object) -> Result<JsValue, JsValue>;
}

/// Counts a request under a key. `None` where the limiter does not tell.
pub async fn is_within(limiter: &Limiter, key: &str) -> Option<bool> {
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &key.into()).ok()?;
    let told = limiter.limit(&options).ok()?;
    let outcome = patiently(&Promise::resolve(&told)).await.ok()?;
    Reflect::get(&outcome, &"success".into()).ok()?.as_bool()
}
