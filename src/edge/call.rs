//! One hop: a command to a Durable Object and its answer.

use crate::edge::bindings::Bindings;
use crate::edge::bridge::bridge;
use crate::edge::task::Settled;
use crate::edge::thrown;
use crate::error::Fault;
use crate::object::Class;
use wasm_bindgen::JsValue;

/// Sends a call to the object `name` and gives its answer.
pub async fn send(bindings: &Bindings, class: Class, name: &str, call: &str) -> Result<String, Fault> {
    let fault = |reason: String| Fault::Object {
        class: class.name(),
        reason,
    };
    let thrown = |error: JsValue| fault(thrown(&error));
    let sent = bridge(|bridge| bridge.send(bindings.objects(class), name, call)).map_err(thrown)?;
    let answer = Settled::patient(sent).await.map_err(thrown)?;
    // What went wrong there stands in the log.
    answer.as_string().ok_or_else(|| fault("a fault".to_owned()))
}
