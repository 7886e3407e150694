//! Absolute URIs, taken apart as RFC 3986 has it and never normalised: what is compared and stored is what was written.

use fluent_uri::Uri;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An absolute URI with the parts that the protocol looks at. One with a user name in it is none.
pub struct Address<'a> {
    uri: Uri<&'a str>,
    scheme: String,
    port: Option<u16>,
}

impl<'a> Address<'a> {
    /// Takes a URI apart; `None` where it is not absolute, not plain ASCII, holds a user name, has no host where its scheme needs one,
    /// or has a port that is not written as a number is.
    pub fn parse(text: &'a str) -> Option<Self> {
        let uri = Uri::parse(text).ok()?;
        let authority = uri.authority();
        if authority.is_some_and(|authority| {
            authority.has_userinfo()
                || authority
                    .port()
                    .is_some_and(|port| port.as_str().is_empty() || port.as_str().starts_with('0'))
        }) {
            return None;
        }
        let port = authority.map(|authority| authority.port_to_u16()).transpose().ok()?.flatten();
        let scheme = uri.scheme().as_str().to_ascii_lowercase();
        let address = Self { uri, scheme, port };
        // A host in escapes is a second spelling of a host, and none that is looked up.
        let sound = !address.is_web() || address.host().is_some_and(|host| !host.is_empty() && !host.contains('%'));
        sound.then_some(address)
    }

    /// The scheme, in lower case.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host as it was written; an IPv6 literal with its brackets.
    pub fn host(&self) -> Option<&'a str> {
        self.uri.authority().map(|authority| authority.host())
    }

    /// The port, where one was written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Path and query as they were written.
    pub fn resource(&self) -> (&'a str, Option<&'a str>) {
        (self.uri.path().as_str(), self.uri.query().map(|query| query.as_str()))
    }

    /// Whether it has a fragment, be it empty.
    pub fn has_fragment(&self) -> bool {
        self.uri.has_fragment()
    }

    /// Whether a browser finds a site there: `http` or `https`.
    pub fn is_web(&self) -> bool {
        matches!(self.scheme(), "http" | "https")
    }

    /// The origin of a web address (RFC 6454, section 6.2): lower case, without the scheme's own port.
    pub fn origin(&self) -> Option<String> {
        let host = self.host().filter(|_| self.is_web())?.to_ascii_lowercase();
        let own_port = if self.scheme == "https" { 443 } else { 80 };
        Some(match self.port.filter(|port| *port != own_port) {
            Some(port) => format!("{}://{host}:{port}", self.scheme),
            None => format!("{}://{host}", self.scheme),
        })
    }

    /// Whether the host is this machine: `localhost` or a loopback IP literal.
    pub fn is_loopback(&self) -> bool {
        let host = self.host().unwrap_or_default();
        let v6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        host == "localhost"
            || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
            || v6.is_some_and(|literal| literal.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()))
    }

    /// Whether the host is a name that is looked up: not this machine's own (RFC 6761, section 6.3), and nothing that a client reads as an IP
    /// address, in whichever notation.
    pub fn has_public_name(&self) -> bool {
        let host = self.host().unwrap_or_default().to_ascii_lowercase();
        let name = host.trim_end_matches('.');
        let last = name.rsplit('.').next().unwrap_or_default();
        let numeric = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        !name.is_empty() && !numeric && name.chars().all(legal) && last != "localhost"
    }
}
