//! The rate limiter of the platform, where one is bound as `RATE_LIMITER`. Its limit and its period are those of the binding.

use crate::edge::patience::patiently;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

#[wasm_bindgen]
extern "C" {
    type Limiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &Limiter, options: &Object) -> Result<JsValue, JsValue>;
}

/// Counts a request under a key. `None` where no limiter is bound, or where it does not tell.
pub async fn is_within(env: &Env, key: &str) -> Option<bool> {
    let limiter = Reflect::get(env, &"RATE_LIMITER".into()).ok().filter(JsValue::is_object)?;
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &key.into()).ok()?;
    let told = limiter.unchecked_into::<Limiter>().limit(&options).ok()?;
    let outcome = patiently(JsFuture::from(Promise::resolve(&told))).await?.ok()?;
    Reflect::get(&outcome, &"success".into()).ok()?.as_bool()
}
