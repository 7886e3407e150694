//! Plain request and response values. The protocol sees these and nothing of the runtime.

use crate::oauth::base64url;
use crate::oauth::json;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::rc::Rc;

/// The largest request body that is read, in bytes. A larger one is refused before it is parsed.
pub const BODY_LIMIT: usize = 128 * 1024;

/// Where an operator imports what other providers have written.
pub const IMPORT_PATH: &str = "/admin/import";

/// The largest body of what is imported, in bytes.
pub const IMPORT_LIMIT: usize = 4 * 1024 * 1024;

/// The largest query string that is parsed, in bytes.
pub const QUERY_LIMIT: usize = 64 * 1024;

/// The response header with the number under which the operator finds a request in the log.
pub const REQUEST_ID: &str = "x-request-id";

/// The largest body that is read for a path, in bytes.
pub fn body_limit(path: &str) -> usize {
    match path {
        IMPORT_PATH => IMPORT_LIMIT,
        _ => BODY_LIMIT,
    }
}

/// The request methods that the router tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Options,
    Other,
}

/// Where header values come from: they are fetched one by one, because each costs a step across the wasm boundary.
pub trait HeaderSource {
    /// The value of the header `name` (lower case), or `None` where the request does not have it.
    fn header(&self, name: &str) -> Option<String>;
}

/// The body was longer than [`body_limit`] allows and was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

/// One HTTP request.
pub struct Request {
    /// The request method.
    pub method: Method,
    /// The path as it was sent: never decoded and never normalised, so that no spelling reaches another route.
    pub path: String,
    /// What follows `?`, not decoded; empty where there is none.
    pub query: String,
    /// The body, or the fact that it was too large to be read.
    pub body: Result<Vec<u8>, TooLarge>,
    headers: Box<dyn HeaderSource>,
    client_id: OnceCell<String>,
}

impl Request {
    /// Puts a request together; `target` is the path with its query as sent.
    pub fn new(method: Method, target: &str, body: Result<Vec<u8>, TooLarge>, headers: Box<dyn HeaderSource>) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            body,
            headers,
            client_id: OnceCell::new(),
        }
    }

    /// Notes which registered client the request turns out to be of, for the log. The first word counts.
    pub fn note_client(&self, client_id: &str) {
        let _ = self.client_id.set(client_id.to_owned());
    }

    /// The client that the request is of, where that has turned out.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.get().map(String::as_str)
    }

    /// The value of the header `name`, which is given in lower case.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.header(name)
    }

    /// What follows `scheme` (lower case) in the `Authorization` header; schemes compare without case (RFC 9110, section 11.1).
    pub fn credentials(&self, scheme: &str) -> Option<String> {
        let header = self.header("authorization")?;
        let (given, credentials) = header.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then(|| credentials.trim_matches(' ').to_owned())
    }
}

/// A response body.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Text made for this response.
    Text(String),
    /// A document that the isolate keeps and serves again and again.
    Shared(Rc<str>),
}

impl Body {
    /// The body as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) => text,
            Self::Shared(text) => text,
        }
    }
}

/// A public document that changes seldom: it is made once for an isolate and served from its memory.
#[derive(Clone, Debug)]
pub struct Document {
    text: Rc<str>,
    etag: String,
}

impl Document {
    /// A document with a strong validator made from its text.
    pub fn new(text: String) -> Self {
        let etag = format!("\"{}\"", base64url::encode(Sha256::digest(&text)));
        Self { text: text.into(), etag }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Answers with the document, or with 304 where the request shows that the peer has it (RFC 9110, section 13.1.2).
    /// `max_age` is how long caches may keep it, in seconds.
    pub fn respond(&self, request: &Request, media_type: &'static str, max_age: u32) -> Response {
        let unchanged = request.header("if-none-match").is_some_and(|tags| self.is_named_in(&tags));
        let mut response = Response::empty(if unchanged { 304 } else { 200 })
            .with("cache-control", format!("public, max-age={max_age}"))
            .with("etag", self.etag.clone());
        if !unchanged {
            response = response.with("content-type", media_type);
            response.body = Body::Shared(Rc::clone(&self.text));
        }
        response
    }

    fn is_named_in(&self, tags: &str) -> bool {
        tags.split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.trim_start_matches("W/") == self.etag)
    }
}

/// One HTTP response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers in the order in which they are sent; `set-cookie` may stand more than once.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub body: Body,
    /// What the request has come to, where the status does not tell: see [`Self::outcome`].
    pub told: Option<&'static str>,
}

impl Response {
    /// A response without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
            told: None,
        }
    }

    /// Whether it is a [`Document`], or says that the peer has it.
    pub fn is_document(&self) -> bool {
        matches!(self.body, Body::Shared(_)) || self.status == 304
    }

    /// There is nothing of that name.
    pub fn not_found() -> Self {
        Self::empty(404).no_store()
    }

    /// A text of any media type that no cache keeps.
    pub fn text(media_type: &'static str, text: String) -> Self {
        let response = Self {
            body: Body::Text(text),
            ..Self::empty(200)
        };
        response.with("content-type", media_type).no_store()
    }

    /// A JSON response that no cache keeps (RFC 6749, section 5.1).
    pub fn json(status: u16, value: &impl serde::Serialize) -> Self {
        let text = json::text(value);
        let response = Self {
            body: Body::Text(text),
            ..Self::empty(status)
        };
        response.with("content-type", "application/json").no_store()
    }

    /// An HTML page that no cache keeps.
    pub fn html(status: u16, html: String) -> Self {
        let response = Self {
            body: Body::Text(html),
            ..Self::empty(status)
        };
        response.with("content-type", "text/html; charset=utf-8").no_store()
    }

    /// A redirect after a form or an authorization request: 303, so that a POST with credentials is never repeated.
    /// The caller has checked `location`; what could split a header is dropped by the edge.
    pub fn see_other(location: String) -> Self {
        Self::empty(303).with("location", location).no_store()
    }

    /// Adds a header.
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Says what the request has come to, in the word of an error code; the status alone does not always tell.
    pub fn with_outcome(mut self, outcome: &'static str) -> Self {
        self.told = Some(outcome);
        self
    }

    /// What the request has come to, for log and counters: an error code, or `ok`.
    pub fn outcome(&self) -> &'static str {
        match (self.told, self.status) {
            (Some(outcome), _) => outcome,
            (None, ..400) => "ok",
            (None, 401) => "unauthorized",
            (None, 404) => "not_found",
            (None, 405) => "wrong_method",
            (None, 409) => "already_done",
            (None, 429) => "slow_down",
            (None, ..500) => "refused",
            (None, _) => "server_error",
        }
    }

    /// Forbids every cache to keep the response.
    pub fn no_store(self) -> Self {
        self.with("cache-control", "no-store").with("pragma", "no-cache")
    }

    /// The first value of the header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
    }
}
