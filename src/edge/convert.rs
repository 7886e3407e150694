//! Requests and responses as they cross into wasm and out of it. Each crossing costs, so nothing is fetched that is not asked for.

use crate::http::{Body, HeaderSource, Method, REQUEST_ID, Request, Response, TooLarge, body_limit};
use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::Result;

struct RequestHeaders(web_sys::Request);

impl HeaderSource for RequestHeaders {
    fn header(&self, name: &str) -> Option<String> {
        self.0.headers().get(name).ok().flatten()
    }
}

/// Takes a request in. The address is taken apart as text: to parse it as a URL would normalise the path.
pub async fn request(raw: web_sys::Request) -> Request {
    let method = match raw.method().as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "OPTIONS" => Method::Options,
        _ => Method::Other,
    };
    let url = raw.url();
    let target = target(&url);
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
async fn body(raw: &web_sys::Request, limit: usize) -> std::result::Result<Vec<u8>, TooLarge> {
    let declared = raw.headers().get("content-length").ok().flatten();
    if declared
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length > limit)
    {
        return Err(TooLarge);
    }
    let promise = raw.array_buffer().map_err(|_| TooLarge)?;
    let buffer = JsFuture::from(promise).await.map_err(|_| TooLarge)?;
    let bytes = js_sys::Uint8Array::new(&buffer);
    match usize::try_from(bytes.length()) {
        Ok(length) if length <= limit => Ok(bytes.to_vec()),
        _ => Err(TooLarge),
    }
}

/// Hands a response out. The router adds its number last; every one has another, so that it is no part of what is kept of a document.
pub fn response(mut response: Response) -> Result<web_sys::Response> {
    let number = response.headers.pop_if(|(name, _)| *name == REQUEST_ID);
    let answer = match &response.body {
        Body::Empty => construct(&JsValue::NULL, &init(&response)?),
        Body::Text(text) => construct(&text.into(), &init(&response)?),
        Body::Shared(text) => prepared(&response, text),
    }?;
    if let Some((name, number)) = number {
        answer.headers().append(name, &header_value(&number))?;
    }
    Ok(answer)
}

/// A response with a shared document as JavaScript has it: text and headers have crossed the boundary before.
struct Prepared {
    document: Rc<str>,
    headers: Headers,
    body: JsValue,
    init: web_sys::ResponseInit,
}

type Headers = Vec<(&'static str, Cow<'static, str>)>;

thread_local! {
    /// The documents that this isolate has served: a handful, until newer ones of the same headers take their places.
    static PREPARED: RefCell<Vec<Prepared>> = const { RefCell::new(Vec::new()) };
}

/// More documents than there are kinds of; past it the memory begins anew.
const PREPARED_LIMIT: usize = 16;

fn prepared(response: &Response, document: &Rc<str>) -> Result<web_sys::Response> {
    let same = |kept: &&Prepared| Rc::ptr_eq(&kept.document, document) && kept.headers == response.headers;
    let ready = PREPARED.with_borrow(|all| all.iter().find(same).map(|kept| construct(&kept.body, &kept.init)));
    if let Some(ready) = ready {
        return ready;
    }
    let fresh = Prepared {
        document: Rc::clone(document),
        headers: response.headers.clone(),
        body: JsValue::from_str(document),
        init: init(response)?,
    };
    let answer = construct(&fresh.body, &fresh.init);
    PREPARED.with_borrow_mut(|all| {
        if all.len() >= PREPARED_LIMIT {
            all.clear();
        }
        all.push(fresh);
    });
    answer
}

fn init(response: &Response) -> Result<web_sys::ResponseInit> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in &response.headers {
        headers.append(name, &header_value(value))?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    Ok(init)
}

fn construct(body: &JsValue, init: &web_sys::ResponseInit) -> Result<web_sys::Response> {
    Ok(Constructed::new(body, init)?.unchecked_into())
}

#[wasm_bindgen]
extern "C" {
    /// A response made of a body that is JavaScript's already.
    #[wasm_bindgen(js_name = Response)]
    type Constructed;

    #[wasm_bindgen(constructor, catch, js_class = "Response")]
    fn new(body: &JsValue, init: &web_sys::ResponseInit) -> std::result::Result<Constructed, JsValue>;
}

/// A header value that cannot split the header, whatever it was made of: control characters go, and what is not ASCII is percent-encoded.
fn header_value(value: &str) -> Cow<'_, str> {
    use percent_encoding::{CONTROLS, utf8_percent_encode};
    utf8_percent_encode(value, CONTROLS).into()
}

/// The answer of a Worker that cannot start: the log says why.
pub fn misconfigured() -> Result<web_sys::Response> {
    let text = "The provider is not configured; the log says what is missing.\n";
    response(Response {
        body: Body::Text(text.to_owned()),
        ..Response::empty(500)
    })
}
