//! What a page may load and where its form may lead (Content Security Policy Level 3).

use super::inline::{source, style_source};
use crate::oauth::address::Address;
use std::fmt;

/// The policy of one page: no frames but those of sites that are named, no scripts but one, one stylesheet, the provider's own icon.
pub struct Csp {
    image: Option<String>,
    form: Option<String>,
    script: Option<String>,
    frames: Vec<String>,
}

impl Csp {
    /// For a page without a form.
    pub fn of_page() -> Self {
        Self {
            image: None,
            form: None,
            script: None,
            frames: Vec::new(),
        }
    }

    /// For a page whose forms end at the provider itself.
    pub fn of_own_form() -> Self {
        Self {
            form: Some("'self'".to_owned()),
            ..Self::of_page()
        }
    }

    /// For a page whose form ends at `redirect_uri`.
    pub fn of_form(redirect_uri: &str) -> Self {
        let form = form_target(redirect_uri).map_or_else(|| "'self'".to_owned(), |source| format!("'self' {source}"));
        Self {
            form: Some(form),
            ..Self::of_page()
        }
    }

    /// Allows one image from elsewhere: the client's logo.
    pub fn with_image(mut self, uri: Option<&str>) -> Self {
        self.image = uri.and_then(origin_source);
        self
    }

    /// Allows frames of the sites at these addresses, as far as a policy can name them.
    pub fn with_frames(mut self, addresses: &[String]) -> Self {
        self.frames = addresses.iter().filter_map(|address| origin_source(address)).collect();
        self.frames.dedup();
        self
    }

    /// Allows one script, which stands inside the page.
    pub fn with_script(mut self, script: &str) -> Self {
        self.script = Some(source(script));
        self
    }
}

impl fmt::Display for Csp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "default-src 'none'; style-src {}; img-src 'self'", style_source())?;
        if let Some(image) = &self.image {
            write!(f, " {image}")?;
        }
        if let Some(script) = &self.script {
            write!(f, "; script-src {script}")?;
        }
        if !self.frames.is_empty() {
            write!(f, "; frame-src {}", self.frames.join(" "))?;
        }
        let form = self.form.as_deref().unwrap_or("'none'");
        write!(f, "; form-action {form}; base-uri 'none'; frame-ancestors 'none'")
    }
}

/// Whether an address is one that a page may link to. What is registered has been checked already; this holds for any caller.
pub fn is_web(uri: &str) -> bool {
    Address::parse(uri).is_some_and(|address| address.is_web())
}

/// Where the redirects that follow a form may lead: Chromium holds all of them against `form-action`, those of the client's site too. Many a
/// site goes on from its callback to another of its origins, so an `https` redirect URI allows `https`, and any other its own origin or scheme.
fn form_target(redirect_uri: &str) -> Option<String> {
    let address = Address::parse(redirect_uri)?;
    let scheme = || format!("{}:", address.scheme());
    match address.scheme() {
        "http" => Some(origin_source(redirect_uri).unwrap_or_else(scheme)),
        _ => Some(scheme()),
    }
}

/// The origin of a web address as a source expression. `None` where no source expression can spell it (an IPv6 literal), and where the host
/// holds a `;` or a `,`, which URLs allow and which would begin a directive of the client's own.
pub fn origin_source(uri: &str) -> Option<String> {
    let spelt = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '.' | '-' | '_');
    Address::parse(uri)?.origin().filter(|source| source.chars().all(spelt))
}
