//! Requests, put together in one line.

use super::World;
use base64ct::{Base64, Encoding};
use serde_json::Value;
use treeline::http::{HeaderSource, Method, Request, Response, TooLarge};
use treeline::oauth::params;

/// A request in the making.
pub struct Outgoing {
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Result<Vec<u8>, TooLarge>,
}

/// A client as the registration response describes it.
#[derive(Clone, Debug)]
pub struct Registered(pub Value);

impl Registered {
    pub fn id(&self) -> &str {
        self.text("client_id")
    }

    pub fn secret(&self) -> &str {
        self.text("client_secret")
    }

    pub fn token(&self) -> &str {
        self.text("registration_access_token")
    }

    /// The path and query of the client configuration endpoint.
    pub fn configuration(&self) -> String {
        format!("/registration_api?client_id={}", self.id())
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }
}

/// The body of a response as JSON.
pub fn body(response: &Response) -> Value {
    serde_json::from_str(response.body.as_str()).unwrap_or_else(|error| panic!("{error}: {:?}", response.body))
}

pub fn request(method: Method, target: &str) -> Outgoing {
    Outgoing {
        method,
        target: target.to_owned(),
        headers: Vec::new(),
        body: Ok(Vec::new()),
    }
}

pub fn get(target: &str) -> Outgoing {
    request(Method::Get, target)
}

pub fn post(target: &str) -> Outgoing {
    request(Method::Post, target)
}

pub fn put(target: &str) -> Outgoing {
    request(Method::Put, target)
}

pub fn delete(target: &str) -> Outgoing {
    request(Method::Delete, target)
}

impl Outgoing {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// HTTP Basic with the client's own id and secret.
    pub fn basic(self, client: &Registered) -> Self {
        self.basic_pair(client.id(), client.secret())
    }

    /// HTTP Basic with any id and secret, form-urlencoded as RFC 6749 wants them.
    pub fn basic_pair(self, id: &str, secret: &str) -> Self {
        let encoded = |text: &str| params::encode([("", text)]).replacen('=', "", 1);
        let pair = format!("{}:{}", encoded(id), encoded(secret));
        self.header("authorization", &format!("Basic {}", Base64::encode_string(pair.as_bytes())))
    }

    pub fn json(self, value: &Value) -> Self {
        self.header("content-type", "application/json").text(&value.to_string())
    }

    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded")
            .text(&params::encode(pairs.iter().copied()))
    }

    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.body = Ok(bytes.to_vec());
        self
    }

    /// A body that was too large to be read.
    pub fn too_large(mut self) -> Self {
        self.body = Err(TooLarge);
        self
    }

    pub fn build(self) -> Request {
        Request::new(self.method, &self.target, self.body, Box::new(Headers(self.headers)))
    }

    pub fn send(self, world: &World) -> Response {
        world.send(&self.build())
    }
}

struct Headers(Vec<(String, String)>);

impl HeaderSource for Headers {
    fn header(&self, name: &str) -> Option<String> {
        assert_eq!(name, name.to_lowercase(), "headers are asked for in lower case");
        // As Fetch does, several fields of one name become one.
        let values: Vec<&str> = self
            .0
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}
