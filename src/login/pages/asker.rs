//! The client as the templates name it.

use super::ClientView;
use super::csp::{is_web, origin_source};
use super::texts::{Naming, Texts};
use crate::oauth::text::displayable;
use crate::oauth::uri::display_host;

/// The longest name that is shown, in characters: what stands below it has to stay in sight.
const NAME_LIMIT: usize = 60;

/// A name that a stranger chose, fit to stand in a sentence of ours. The templates put it into `<bdi>`, but a stray U+2069 would end even that
/// isolation (Unicode Standard Annex #9, section 3.1.2).
pub fn shown(name: &str) -> String {
    displayable(name, NAME_LIMIT)
}

/// A client whose name is text without tricks and whose addresses are nothing but web addresses.
pub struct Asker<'a> {
    /// The client's name for itself.
    pub name: String,
    /// Where the person is sent afterwards.
    pub destination: Destination,
    /// The address of the logo.
    pub logo: Option<&'a str>,
    /// The client's pages about itself.
    pub links: Vec<Link<'a>>,
}

/// Where a redirect URI leads, as a person is shown it.
pub enum Destination {
    /// A web site, by its host.
    Site(String),
    /// A program on the person's device, by its private-use scheme (RFC 8252, section 7.1).
    App(String),
}

/// A link to one of the client's pages.
pub struct Link<'a> {
    /// What the link says.
    pub text: &'static str,
    /// Where it leads.
    pub address: &'a str,
}

impl Destination {
    /// Takes it from a redirect URI.
    pub fn of(redirect_uri: &str) -> Self {
        let host = display_host(redirect_uri);
        match host.strip_suffix(':') {
            Some(scheme) => Self::App(scheme.to_owned()),
            None => Self::Site(host),
        }
    }

    /// The host or the scheme.
    pub fn name(&self) -> &str {
        match self {
            Self::Site(name) | Self::App(name) => name,
        }
    }

    /// The sentence that names it.
    pub fn sentence(&self, texts: &Texts) -> Naming<'_> {
        match self {
            Self::Site(host) => texts.return_to_site.naming(host),
            Self::App(scheme) => texts.return_to_app.naming(scheme),
        }
    }
}

impl<'a> Asker<'a> {
    /// Takes from what the client has registered what may be shown.
    pub fn new(client: &ClientView<'a>, texts: &'static Texts) -> Self {
        let destination = Destination::of(client.redirect_uri);
        let name = match shown(client.name) {
            name if name.is_empty() => destination.name().to_owned(),
            name => name,
        };
        let links = [
            (texts.website, client.client_uri),
            (texts.policy, client.policy_uri),
            (texts.terms, client.tos_uri),
        ];
        let link = |(text, uri): (&'static str, Option<&'a str>)| uri.filter(|uri| is_web(uri)).map(|address| Link { text, address });
        Self {
            name,
            destination,
            logo: client.logo_uri.filter(|uri| origin_source(uri).is_some()),
            links: links.into_iter().filter_map(link).collect(),
        }
    }
}
