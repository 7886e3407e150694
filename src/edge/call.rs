//! One hop: a command to a Durable Object and its answer.

use crate::edge::patience::patiently;
use crate::edge::thrown;
use crate::error::Fault;
use crate::object::Class;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use worker::Env;

/// The binding of a class in wrangler.toml.
fn binding(class: Class) -> &'static str {
    match class {
        Class::UserSession => "USERS",
        Class::Registration => "REGISTRATIONS",
        Class::Pending => "PENDING",
        Class::KeyRing => "KEYS",
    }
}

/// Sends the body of a call to the object `name` and gives the body of its answer.
pub async fn send(env: &Env, class: Class, name: &str, call: &str) -> Result<String, Fault> {
    let fault = |reason: String| Fault::Object {
        class: class.name(),
        reason,
    };
    let answer = patiently(exchange(env, class, name, call)).await;
    answer.ok_or_else(|| fault("no answer in time".to_owned()))?.map_err(fault)
}

async fn exchange(env: &Env, class: Class, name: &str, call: &str) -> Result<String, String> {
    let js = |error: wasm_bindgen::JsValue| thrown(&error);
    let namespace = env.durable_object(binding(class)).map_err(|error| error.to_string())?;
    let stub = namespace.get_by_name(name).map_err(|error| error.to_string())?;
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&call.into());
    // The address is never looked at; only the name of the object counts.
    let request = web_sys::Request::new_with_str_and_init("https://object/", &init).map_err(js)?;
    let stub: worker_sys::DurableObject = stub.into_rpc();
    let response = JsFuture::from(stub.fetch_with_request(&request).map_err(js)?).await.map_err(js)?;
    let response: web_sys::Response = response.dyn_into().map_err(js)?;
    let text = JsFuture::from(response.text().map_err(js)?).await.map_err(js)?;
    match (response.status(), text.as_string()) {
        (200, Some(text)) => Ok(text),
        (status, _) => Err(format!("status {status}")),
    }
}
