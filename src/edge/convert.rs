//! Requests and responses as they cross into wasm and out of it. Each crossing costs, so nothing is fetched that is not asked for.

use crate::edge::bridge::bridge;
use crate::edge::task::{Outcome, Settled};
use crate::http::{Body, HeaderSource, Method, REQUEST_ID, Request, Response, TooLarge, body_limit};
use js_sys::JsString;
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

struct RequestHeaders(JsValue);

impl HeaderSource for RequestHeaders {
    fn header(&self, name: &str) -> Option<String> {
        bridge(|bridge| bridge.header(&self.0, name))
    }
}

/// Takes a request in. The address is taken apart as text: to parse it as a URL would normalise the path.
pub async fn request(raw: JsValue, method: &str, url: &str) -> Request {
    let method = match method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        _ => Method::Other,
    };
    let target = target(url);
    let path = target.split('?').next().unwrap_or(target);
    let body = match method {
        Method::Post | Method::Put => body(&raw, body_limit(path)).await,
        _ => Ok(Vec::new()),
    };
    Request::new(method, target, body, Box::new(RequestHeaders(raw)))
}

/// What follows the authority of an address, without a fragment.
fn target(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    target.split('#').next().unwrap_or(target)
}

/// The body, unless it is too large. What says so of itself is not read at all; what cannot be read counts as too large.
async fn body(raw: &JsValue, limit: usize) -> Result<Vec<u8>, TooLarge> {
    let begun = bridge(|bridge| bridge.read(raw, limit as f64)).map_err(|_| TooLarge)?;
    let buffer = Settled::unbounded(begun).await.map_err(|_| TooLarge)?;
    if buffer.is_undefined() {
        return Err(TooLarge);
    }
    let bytes = js_sys::Uint8Array::new(&buffer);
    match usize::try_from(bytes.length()) {
        Ok(length) if length <= limit => Ok(bytes.to_vec()),
        _ => Err(TooLarge),
    }
}

/// Hands a response out. The router adds its number last; every one has another, so that it is no part of what is kept of a document.
/// `again`: the address where a document may be given again without a question.
pub fn response(mut response: Response, again: Option<&JsString>) -> Outcome {
    if let Body::Shared(document) = &response.body {
        let document = Rc::clone(document);
        let number = response.headers.pop_if(|(name, _)| *name == REQUEST_ID).unwrap_or_default().1;
        let prepared = prepared(&response, &document);
        if let Some(url) = again {
            bridge(|bridge| bridge.keep(url, &prepared, &number));
        }
        return bridge(|bridge| bridge.repeat(&prepared, &number));
    }
    let body = match &response.body {
        Body::Text(text) => Some(text.as_str()),
        Body::Empty | Body::Shared(_) => None,
    };
    bridge(|bridge| bridge.respond(response.status, &lines(&response.headers), body))
}

type Headers = Vec<(&'static str, Cow<'static, str>)>;

/// A response with a shared document as JavaScript has it: text and headers have crossed the boundary before.
struct Prepared {
    document: Rc<str>,
    headers: Headers,
    response: JsValue,
}

thread_local! {
    /// The documents that this isolate has served: a handful, until newer ones of the same headers take their places.
    static PREPARED: RefCell<Vec<Prepared>> = const { RefCell::new(Vec::new()) };
}

/// More documents than there are kinds of; past it the memory begins anew.
const PREPARED_LIMIT: usize = 16;

fn prepared(response: &Response, document: &Rc<str>) -> JsValue {
    let is_it = |kept: &&Prepared| Rc::ptr_eq(&kept.document, document) && kept.headers == response.headers;
    if let Some(ready) = PREPARED.with_borrow(|all| all.iter().find(is_it).map(|kept| kept.response.clone())) {
        return ready;
    }
    let fresh = bridge(|bridge| bridge.prepare(response.status, &lines(&response.headers), document));
    PREPARED.with_borrow_mut(|all| {
        if all.len() >= PREPARED_LIMIT {
            all.clear();
        }
        all.push(Prepared {
            document: Rc::clone(document),
            headers: response.headers.clone(),
            response: fresh.clone(),
        });
    });
    fresh
}

/// Names and values in turns, each on a line. No value can hold the end of one, whatever it was made of: control characters and what is not ASCII are
/// percent-encoded.
fn lines(headers: &Headers) -> String {
    use percent_encoding::{CONTROLS, utf8_percent_encode};
    let mut lines = String::new();
    for (name, value) in headers {
        lines.push_str(name);
        lines.push('\n');
        lines.extend(utf8_percent_encode(value, CONTROLS));
        lines.push('\n');
    }
    lines
}

/// The answer of a Worker that cannot start: the log says why.
pub fn misconfigured() -> Outcome {
    let text = "The provider is not configured; the log says what is missing.\n";
    response(
        Response {
            body: Body::Text(text.to_owned()),
            ..Response::empty(500)
        },
        None,
    )
}
