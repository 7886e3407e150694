//! Requests and responses as they cross into wasm and out of it. Each crossing costs, so nothing is fetched that is not asked for.

use crate::http::{BODY_LIMIT, Body, HeaderSource, Method, Request, Response, TooLarge};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::Result;

struct Headers(web_sys::Request);

impl HeaderSource for Headers {
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
    let body = match method {
        Method::Post | Method::Put => body(&raw).await,
        _ => Ok(Vec::new()),
    };
    let url = raw.url();
    Request::new(method, target(&url), body, Box::new(Headers(raw)))
}

/// What follows the authority of an address, without a fragment.
fn target(url: &str) -> &str {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    target.split('#').next().unwrap_or(target)
}

/// The body, unless it is too large. What says so of itself is not read at all; what cannot be read counts as too large.
async fn body(raw: &web_sys::Request) -> std::result::Result<Vec<u8>, TooLarge> {
    let declared = raw.headers().get("content-length").ok().flatten();
    if declared
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length > BODY_LIMIT)
    {
        return Err(TooLarge);
    }
    let promise = raw.array_buffer().map_err(|_| TooLarge)?;
    let buffer = JsFuture::from(promise).await.map_err(|_| TooLarge)?;
    let bytes = js_sys::Uint8Array::new(&buffer);
    match usize::try_from(bytes.length()) {
        Ok(length) if length <= BODY_LIMIT => Ok(bytes.to_vec()),
        _ => Err(TooLarge),
    }
}

/// Hands a response out.
pub fn response(response: Response) -> Result<web_sys::Response> {
    let headers = web_sys::Headers::new()?;
    for (name, value) in &response.headers {
        headers.append(name, &header_value(value))?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    let body = match &response.body {
        Body::Empty => None,
        body => Some(body.as_str()),
    };
    Ok(web_sys::Response::new_with_opt_str_and_init(body, &init)?)
}

/// A header value that cannot split the header, whatever it was made of: control characters go, and what is not ASCII is percent-encoded.
fn header_value(value: &str) -> std::borrow::Cow<'_, str> {
    use percent_encoding::{CONTROLS, utf8_percent_encode};
    utf8_percent_encode(value, CONTROLS).into()
}

/// The answer of a Worker that cannot start: the log says why.
pub fn misconfigured() -> Result<web_sys::Response> {
    let init = web_sys::ResponseInit::new();
    init.set_status(500);
    let text = "The provider is not configured; the log says what is missing.\n";
    web_sys::Response::new_with_opt_str_and_init(Some(text), &init).map_err(|error: JsValue| error.into())
}
