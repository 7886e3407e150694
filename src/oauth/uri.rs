//! Redirect URIs and the other URIs that a client registers (RFC 6749, section 3.1.2; RFC 8252).

use serde::{Deserialize, Serialize};
use url::{Host, Url};

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
const RESERVED_PARAMETERS: &[&str] = &["code", "state", "iss", "error", "error_description", "id_token", "access_token"];

/// A redirect URI that may be registered, kept exactly as the client wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// Checks a URI that a client wants to register: absolute, plain ASCII, no fragment, no userinfo, no wildcard; `https`, or `http` on
    /// loopback, or a private-use scheme with a dot in it (RFC 8252, section 7.1). The error is the reason, for the developer.
    pub fn register(text: &str) -> Result<Self, &'static str> {
        let url = parse_plain(text)?;
        if url.fragment().is_some() || text.contains('#') {
            return Err("a redirect URI has no fragment");
        }
        if text.contains('*') {
            return Err("a redirect URI has no wildcard");
        }
        let reserved = |name: &str| RESERVED_PARAMETERS.contains(&name);
        if url.query_pairs().any(|(name, _)| reserved(&name)) {
            return Err("a redirect URI has no parameter that the response uses");
        }
        match url.scheme() {
            "https" => Ok(()),
            "http" if is_loopback(&url) => Ok(()),
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
        let (Ok(mut registered), Ok(wanted)) = (Url::parse(&self.0), Url::parse(requested)) else {
            return false;
        };
        // Normalising must not change what was asked for, so a tricky spelling cannot become a match.
        registered.scheme() == "http"
            && is_loopback(&registered)
            && wanted.as_str() == requested
            && registered.as_str() == self.0
            && registered.set_port(wanted.port()).is_ok()
            && registered.as_str() == requested
    }

    /// Whether only the client's own software receives what is sent here: an `https` address, which its owner claims
    /// (RFC 8252, section 8.6).
    pub fn is_claimed(&self) -> bool {
        self.0.starts_with("https://")
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
        "https" if development || is_named_host(&url) => Ok(()),
        "https" => Err("the host of the address has to be a public name"),
        "http" if development && is_loopback(&url) => Ok(()),
        _ => Err("the address has to be https"),
    }
}

/// Whether two addresses have the same scheme, host and port.
pub fn same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin().is_tuple() && one.origin() == other.origin(),
        _ => false,
    }
}

/// Whether the host is a name that is looked up, and not this machine's own (RFC 6761, section 6.3).
fn is_named_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name != "localhost" && !name.ends_with(".localhost")
        }
        _ => false,
    }
}

/// What a page's `form-action` has to allow so that a form may end in a redirect to this address.
pub fn form_action_source(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    match url.scheme() {
        "http" | "https" => Some(url.origin().ascii_serialization()),
        scheme => Some(format!("{scheme}:")),
    }
}

/// The host of an address, as a person is shown it; the scheme where there is no host.
pub fn display_host(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) => url.host_str().map_or_else(|| format!("{}:", url.scheme()), str::to_owned),
        Err(_) => String::new(),
    }
}

/// Parses an address in which nothing is left to interpretation: visible ASCII without a backslash, and no userinfo.
fn parse_plain(text: &str) -> Result<Url, &'static str> {
    if text.len() > 2048 {
        return Err("the address is too long");
    }
    if !text.chars().all(|c| matches!(c, '!'..='~') && c != '\\') {
        return Err("the address holds a character that no URI may hold");
    }
    let url = Url::parse(text).map_err(|_| "the address is not an absolute URI")?;
    let authority = authority(text, url.scheme());
    if !url.username().is_empty() || url.password().is_some() || authority.contains('@') {
        return Err("the address holds a user name");
    }
    // The parser would take `https:/host` and `https:///host` as well.
    if matches!(url.scheme(), "http" | "https") && authority.is_empty() {
        return Err("the address has no host");
    }
    Ok(url)
}

/// What stands between `//` and the path; empty where there is no `//`.
fn authority<'a>(text: &'a str, scheme: &str) -> &'a str {
    let rest = text.get(scheme.len()..).and_then(|rest| rest.strip_prefix("://"));
    rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or("")
}

/// Whether the host is this machine: `localhost` or a loopback IP literal.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
