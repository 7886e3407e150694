//! An authorization response as the client gets it, in whichever mode it travels.

use super::party::{decode, text};
use sha2::{Digest, Sha256, Sha512};
use treeline::http::Response;
use treeline::oauth::base64url;

/// Where the parameters stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Query,
    Fragment,
    Form,
}

/// A response at a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub place: Place,
    /// The address without what the response has put there.
    pub redirect_uri: String,
    pub parameters: Vec<(String, String)>,
}

impl Answer {
    /// Reads a response that leads back to the client; fails on any other.
    pub fn of(response: &Response) -> Self {
        match response.header("location") {
            Some(location) => Self::of_location(location),
            None => Self::of_form(response),
        }
    }

    fn of_location(location: &str) -> Self {
        let (place, mark) = if location.contains('#') {
            (Place::Fragment, '#')
        } else {
            (Place::Query, '?')
        };
        let (redirect_uri, encoded) = location.split_once(mark).unwrap_or((location, ""));
        Self {
            place,
            redirect_uri: redirect_uri.to_owned(),
            parameters: form_urlencoded::parse(encoded.as_bytes()).into_owned().collect(),
        }
    }

    fn of_form(response: &Response) -> Self {
        let html = response.body.as_str();
        let (form, _) = html
            .split_once("<form method=\"post\" action=\"")
            .and_then(|(_, rest)| rest.split_once("</form>"))
            .unwrap_or_else(|| panic!("{}: no form in {html}", response.status));
        assert_eq!(response.status, 200);
        assert!(!form.starts_with('/'), "a page of the provider's own: {html}");
        let plain = |text: &str| text.replace("&#34;", "\"").replace("&#38;", "&");
        let value = |tag: &str, name: &str| {
            plain(
                tag.split_once(&format!("{name}=\""))
                    .expect("an attribute")
                    .1
                    .split('"')
                    .next()
                    .unwrap(),
            )
        };
        Self {
            place: Place::Form,
            redirect_uri: plain(form.split('"').next().unwrap()),
            parameters: form
                .split("<input ")
                .skip(1)
                .map(|tag| (value(tag, "name"), value(tag, "value")))
                .collect(),
        }
    }

    /// The names of the parameters, in order.
    pub fn names(&self) -> Vec<&str> {
        self.parameters.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// A parameter, which stands there once at most.
    pub fn find(&self, name: &str) -> Option<&str> {
        let mut values = self.parameters.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} stands twice in {self:?}");
        value
    }

    /// A parameter that has to be there.
    #[track_caller]
    pub fn get(&self, name: &str) -> &str {
        self.find(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    /// The claims of the ID token, which has to be there.
    #[track_caller]
    pub fn id_claims(&self) -> serde_json::Value {
        decode(self.get("id_token")).1
    }

    /// Fails unless the ID token vouches for the code and the access token beside it, and for nothing else.
    pub fn assert_hashes(&self) {
        let (header, claims) = decode(self.get("id_token"));
        for (claim, parameter) in [("c_hash", "code"), ("at_hash", "access_token")] {
            let expected = self.find(parameter).map(|value| half_hash(&text(&header, "alg"), value));
            assert_eq!(claims[claim].as_str(), expected.as_deref(), "{claim}");
        }
    }
}

/// The left half of a hash, in base64url (OpenID Connect Core, section 3.3.2.11).
fn half_hash(alg: &str, value: &str) -> String {
    match alg {
        "EdDSA" => base64url::encode(&Sha512::digest(value)[..32]),
        _ => base64url::encode(&Sha256::digest(value)[..16]),
    }
}
