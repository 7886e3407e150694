//! Where an authorization response may go. Only code that holds a [`RedirectTarget`] can build a redirect, and one is made only of a registered
//! redirect URI.

use crate::client::record::ClientRecord;
use crate::config::Issuer;
use crate::endpoint::authorization::page::{Refused, refusal};
use crate::error::{ErrorCode, ProtocolError};
use crate::http::Response;
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::params::{self, Params};

/// A registered redirect URI of a client, with what every response carries.
pub struct RedirectTarget {
    redirect_uri: String,
    state: Option<String>,
    issuer: String,
}

impl RedirectTarget {
    /// The target of a request that has just come in; a page where there is none.
    pub fn of_request(issuer: &Issuer, client: &ClientRecord, params: &Params) -> Result<Self, Refused> {
        let wrong = |description| refusal(400, ErrorCode::InvalidRequest, description);
        let redirect_uri = match params.one("redirect_uri") {
            Ok(Some(redirect_uri)) => redirect_uri,
            Ok(None) => return Err(wrong("The parameter redirect_uri is missing.")),
            Err(_) => return Err(wrong("The parameter redirect_uri is given twice.")),
        };
        // A state that is given twice is an error of its own; the response to it carries none.
        let state = params.one("state").ok().flatten();
        Self::new(issuer, client, redirect_uri, state)
            .ok_or_else(|| wrong("The parameter redirect_uri is not one that the client has registered."))
    }

    /// The target of a request that comes back from a page: the client's registration may have changed meanwhile.
    pub fn of_checked(issuer: &Issuer, client: &ClientRecord, request: &AuthorizationRequest) -> Option<Self> {
        Self::new(issuer, client, &request.redirect_uri, request.state.as_deref())
    }

    fn new(issuer: &Issuer, client: &ClientRecord, redirect_uri: &str, state: Option<&str>) -> Option<Self> {
        client.redirect_uri(redirect_uri).map(|_| Self {
            redirect_uri: redirect_uri.to_owned(),
            state: state.map(str::to_owned),
            issuer: issuer.as_str().to_owned(),
        })
    }

    /// The successful response (RFC 6749, section 4.1.2).
    pub fn code(&self, code: &str) -> Response {
        self.redirect(&[("code", code)])
    }

    /// The error response (RFC 6749, section 4.1.2.1).
    pub fn error(&self, error: &ProtocolError) -> Response {
        self.redirect(&[("error", error.code.as_str()), ("error_description", &error.description)])
    }

    fn redirect(&self, answer: &[(&str, &str)]) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        // RFC 9207: the client can tell which issuer the response is from.
        let pairs = answer.iter().copied().chain(state).chain([("iss", self.issuer.as_str())]);
        // Clients differ in how they read "+"; "%20" is a space for all of them.
        let query = params::encode(pairs).replace('+', "%20");
        let separator = if self.redirect_uri.contains('?') { '&' } else { '?' };
        Response::see_other(format!("{}{separator}{query}", self.redirect_uri))
    }
}
