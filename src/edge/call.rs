//! One hop: a command to a Durable Object and its answer.

use crate::edge::bindings::Bindings;
use crate::edge::bridge::bridge;
use crate::edge::task::Settled;
use crate::edge::thrown;
use crate::error::Fault;
use crate::object::Class;
use wasm_bindgen::JsValue;

/// Sends a call to the object `name`; gives its answer when it is there.
pub fn send(bindings: &Bindings, class: Class, name: &str, call: &str) -> impl Future<Output = Result<String, Fault>> + use<> {
    let sent = bridge(|bridge| bridge.send(bindings.objects(class), name, call)).map(Settled::patient);
    async move {
        let fault = |reason: String| Fault::Object {
            class: class.name(),
            reason,
        };
        let thrown = |error: JsValue| fault(thrown(&error));
        let answer = sent.map_err(thrown)?.await.map_err(thrown)?;
        // What went wrong there stands in the log.
        answer.as_string().ok_or_else(|| fault("a fault".to_owned()))
    }
}
