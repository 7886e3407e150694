//! Redirect URIs and the other URIs that a client registers (RFC 6749, section 3.1.2; RFC 8252).

use crate::oauth::address::Address;
use serde::{Deserialize, Serialize};

/// Schemes that a browser runs or reads instead of navigating to a site.
const ACTIVE_SCHEMES: &[&str] = &[
    "javascript",
    "data",
    "vbscript",
    "blob",
    "file",
    "about",
    "filesystem",
    "view-source",
];

/// Response parameters that must not already stand in a redirect URI's query: the client could not tell them from ours.
const RESERVED_PARAMETERS: &[&str] = &[
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "id_token",
    "access_token",
    "token_type",
    "expires_in",
    "session_state",
    "response",
];

/// A redirect URI that may be registered, kept exactly as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks a URI that a client wants to register: absolute, plain ASCII, no fragment, no userinfo, no wildcard; `https`, or `http` on
    /// loopback, or a private-use scheme with a dot in it (RFC 8252, section 7.1). The error is the reason, for the developer.
    pub fn register(text: &str) -> Result<Self, &'static str> {
        let url = parse_plain(text)?;
        if url.has_fragment() {
            return Err("a redirect URI has no fragment");
        }
        if text.contains('*') {
            return Err("a redirect URI has no wildcard");
        }
        let (_, query) = url.resource();
        let mut parameters = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        if parameters.any(|(name, _)| RESERVED_PARAMETERS.contains(&name.as_ref())) {
            return Err("a redirect URI has no parameter that the response uses");
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if url.is_loopback() => Ok(()),
            "http" => Err("an http redirect URI is for loopback addresses only"),
            scheme if ACTIVE_SCHEMES.contains(&scheme) => Err("the scheme of the redirect URI is not allowed"),
            scheme if scheme.contains('.') => Ok(()),
            _ => Err("a private-use scheme is a reversed domain name"),
        }?;
        Ok(Self(text.to_owned()))
    }

    /// Whether a request's redirect_uri is this one: byte for byte, but for the port where this is an `http` loopback address
    /// (RFC 8252, section 7.3).
    pub fn matches(&self, requested: &str) -> bool {
        self.0 == requested || self.matches_loopback(requested)
    }

    fn matches_loopback(&self, requested: &str) -> bool {
        let (Some(registered), Some(wanted)) = (Address::parse(&self.0), Address::parse(requested)) else {
            return false;
        };
        self.0.starts_with("http://")
            && requested.starts_with("http://")
            && registered.is_loopback()
            && !wanted.has_fragment()
            && registered.host() == wanted.host()
            && registered.resource() == wanted.resource()
    }

    /// Whether only the client's own software receives what is sent here: an `https` address, which its owner claims
    /// (RFC 8252, section 8.6).
    pub fn is_claimed(&self) -> bool {
        Address::parse(&self.0).is_some_and(|address| address.scheme() == "https" && address.has_public_name())
    }

    /// Whether a web site is there, and not a program on the person's device.
    pub fn is_web(&self) -> bool {
        Address::parse(&self.0).is_some_and(|address| address.is_web())
    }

    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks a web address of a client that the provider shows as a link or will call: `https` to a named host, without userinfo. Where
/// `development` allows it, the host may be an IP literal or `localhost`, and loopback may be `http`.
pub fn register_web_uri(text: &str, development: bool) -> Result<(), &'static str> {
    let url = parse_plain(text)?;
    match url.scheme() {
        "https" if development || url.has_public_name() => Ok(()),
        "https" => Err("the host of the address has to be a public name"),
        "http" if development && url.is_loopback() => Ok(()),
        _ => Err("the address has to be https"),
    }
}

/// An address that may be fetched on a client's word. It has passed the rules of registration once more: those may have been others when the client
/// was registered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FetchUri(String);

impl FetchUri {
    /// Takes an address by the rules of [`register_web_uri`], and not one of the provider's own: a client whose keys were behind a request of its own would
    /// have the provider ask itself without end. A fragment stays here: it is never sent (RFC 9110, section 7.1).
    pub fn of(text: &str, issuer: &str, development: bool) -> Option<Self> {
        register_web_uri(text, development).ok()?;
        let host = |text| display_host(text).trim_end_matches('.').to_owned();
        // On a developer's machine everybody is the same host.
        let own = match development {
            true => same_origin(text, issuer),
            false => host(text) == host(issuer),
        };
        let address = text.split('#').next()?;
        (!own).then(|| Self(address.to_owned()))
    }

    /// The address, without a fragment.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether two web addresses have the same scheme, host and port.
pub fn same_origin(one: &str, other: &str) -> bool {
    let origin = |text| Address::parse(text).and_then(|address| address.origin());
    origin(one).is_some_and(|one| Some(one) == origin(other))
}

/// The host of a web address, as a person is shown it. Of any other address the scheme: nobody looks at the host of a private-use scheme, so it could
/// be anybody's (RFC 8252, section 7.1).
pub fn display_host(uri: &str) -> String {
    match Address::parse(uri) {
        Some(url) => match url.host().filter(|_| url.is_web()) {
            Some(host) => host.to_ascii_lowercase(),
            None => format!("{}:", url.scheme()),
        },
        None => String::new(),
    }
}

/// Parses an address in which nothing is left to interpretation.
fn parse_plain(text: &str) -> Result<Address<'_>, &'static str> {
    if text.len() > 2048 {
        return Err("the address is too long");
    }
    Address::parse(text).ok_or("the address is not an absolute URI, or holds a user name")
}
