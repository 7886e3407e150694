//! The page that clients' pages put into a frame, to ask it whether the browser is still in the same session.

use super::inline::{CHECK_SESSION, source};
use crate::http::{Document, Request, Response};

/// How long caches may keep it, in seconds.
const MAX_AGE: u32 = 3600;

/// The `check_session_iframe` (OpenID Connect Session Management 1.0, section 3.3): a script, the same for everybody, that reads a cookie and loads nothing.
/// Any site may frame it, so it alone has no `frame-ancestors`.
pub struct SessionFrame {
    document: Document,
    policy: String,
}

impl SessionFrame {
    /// Prepares the page.
    pub fn new() -> Self {
        Self {
            document: Document::new(format!(
                "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Session</title>\n<script>{CHECK_SESSION}</script>\n"
            )),
            policy: format!(
                "default-src 'none'; script-src {}; base-uri 'none'; form-action 'none'",
                source(CHECK_SESSION)
            ),
        }
    }

    /// The page.
    pub fn respond(&self, request: &Request) -> Response {
        self.document
            .respond(request, "text/html; charset=utf-8", MAX_AGE)
            .with("content-security-policy", self.policy.clone())
    }
}

impl Default for SessionFrame {
    fn default() -> Self {
        Self::new()
    }
}
