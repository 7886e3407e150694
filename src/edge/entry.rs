//! The entry points, which guard.js calls: a request, a question of another Worker, a call of an object and its alarm.
//!
//! Texts come in as JavaScript's own. After a panic wasm-bindgen makes the instance anew at the next call, but it would have copied a `String` into the
//! memory of the old one before.

use crate::edge::bindings::Bindings;
use crate::edge::bridge::{Bridge, hold};
use crate::edge::object::Runtime;
use crate::edge::platform::EdgePlatform;
use crate::edge::storage::{Memory, ObjectState};
use crate::edge::task::{Outcome, start};
use crate::edge::{convert, key_ring, log, rpc, sender};
use crate::http::Method;
use crate::object::Class;
use crate::router;
use js_sys::JsString;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::Env;

/// Answers a request with a response, or the promise of one.
#[wasm_bindgen]
pub fn answer(bridge: Bridge, env: Env, request: JsValue, method: JsString, url: JsString) -> Outcome {
    hold(bridge);
    start(async move {
        let platform = match EdgePlatform::new(|| Bindings::of(env)) {
            Ok(platform) => platform,
            Err(fault) => {
                log::misconfigured(&fault);
                return convert::misconfigured();
            }
        };
        let request = convert::request(request, &String::from(method), &String::from(&url)).await;
        let response = router::answer(&platform, platform.site(), &request).await;
        // A document depends on nothing but its address, and on what the peer says to have, which is asked about there.
        let is_kept = request.method == Method::Get && !platform.notes_documents();
        convert::response(response, is_kept.then_some(&url))
    })
}

/// Answers a question of another Worker.
#[wasm_bindgen]
pub fn ask(bridge: Bridge, env: Env, method: JsString, question: JsValue) -> Outcome {
    hold(bridge);
    start(rpc::ask(env, method.into(), question))
}

/// Answers a call of an object: its text, or nothing where there was a fault.
#[wasm_bindgen]
pub fn call(bridge: Bridge, env: Env, class: JsString, state: ObjectState, memory: Memory, call: JsString) -> Outcome {
    hold(bridge);
    let (class, runtime) = object(&class, env, state, memory)?;
    start(async move {
        let answer = match class {
            Class::KeyRing => key_ring::answer(&runtime, &String::from(call)).await,
            Class::UserSession | Class::Registration | Class::Pending => runtime.answer(&String::from(call)).await,
        };
        Ok(answer.map_or(JsValue::NULL, JsValue::from))
    })
}

/// The alarm of an object has come.
#[wasm_bindgen]
pub fn wake(bridge: Bridge, env: Env, class: JsString, state: ObjectState, memory: Memory) -> Outcome {
    hold(bridge);
    let (class, runtime) = object(&class, env, state, memory)?;
    start(async move {
        match class {
            Class::KeyRing => key_ring::wake(&runtime).await?,
            Class::UserSession => {
                sender::start(&runtime)?;
                runtime.wake().await?;
            }
            Class::Registration | Class::Pending => runtime.wake().await?,
        }
        Ok(JsValue::UNDEFINED)
    })
}

/// The object that guard.js speaks for.
fn object(class: &JsString, env: Env, state: ObjectState, memory: Memory) -> Result<(Class, Rc<Runtime>), JsValue> {
    let class = Class::named(&String::from(class)).ok_or(JsValue::UNDEFINED)?;
    Ok((class, Rc::new(Runtime::new(class, env, state, memory))))
}
