//! The operator's API: who may use it, what it does with clients and accounts, and what it says of input that is none.

mod clients;
mod description;
mod guard;
mod input;
mod lists;
mod users;

use crate::world::{ADMIN_TOKEN, Outgoing, World, body};
use serde_json::Value;
use treeline::http::Response;

/// Sends a request as the operator does.
fn send(world: &World, request: Outgoing) -> Response {
    request.bearer(ADMIN_TOKEN).send(world)
}

/// Sends a request as the operator does; the body of the answer, which has to be of this status.
#[track_caller]
fn ask(world: &World, request: Outgoing, status: u16) -> Value {
    let response = send(world, request);
    assert_eq!(response.status, status, "{}", response.body.as_str());
    assert_eq!(response.header("cache-control"), Some("no-store"));
    match response.body.as_str() {
        "" => Value::Null,
        _ => body(&response),
    }
}

/// Fails unless the answer is an error that names what is wrong.
#[track_caller]
fn assert_names(response: &Response, error: &str, name: &str) {
    let said = body(response);
    assert_eq!((response.status, &said["error"]), (400, &error.into()), "{said}");
    let description = said["error_description"].as_str().expect("a description");
    assert!(description.starts_with(&format!("{name}: ")), "{name}: {description}");
}
