//! Counters per route and outcome: a point for every request in the Analytics Engine dataset that is bound as `ANALYTICS`, where there is one.

use crate::platform::log::Entry;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A dataset.
    pub type Dataset;

    #[wasm_bindgen(method, catch, js_name = writeDataPoint)]
    fn write(this: &Dataset, point: &Object) -> Result<JsValue, JsValue>;
}

/// Adds a request. Nothing waits for it, and a dataset that does not take it costs nobody the answer.
pub fn count(dataset: &Dataset, entry: &Entry<'_>) {
    let _ = add(dataset, entry);
}

fn add(dataset: &Dataset, entry: &Entry<'_>) -> Result<(), JsValue> {
    let texts = |texts: &[&str]| texts.iter().map(|text| JsValue::from_str(text)).collect::<Array>();
    let numbers = [f64::from(entry.status), entry.ms as f64].map(JsValue::from_f64);
    let members = [
        ("blobs", texts(&[entry.route, entry.outcome, entry.method])),
        ("doubles", numbers.into_iter().collect()),
        ("indexes", texts(&[entry.route])),
    ];
    let point = Object::new();
    for (name, values) in members {
        Reflect::set(&point, &name.into(), &values)?;
    }
    dataset.write(&point).map(drop)
}
