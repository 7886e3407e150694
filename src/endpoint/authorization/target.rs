//! Where an authorization response may go. Only code that holds a [`RedirectTarget`] can build one, and one is made only of a registered
//! redirect URI.

use crate::client::record::ClientRecord;
use crate::config::Issuer;
use crate::endpoint::authorization::page::{Refused, refusal};
use crate::error::{ErrorCode, ProtocolError};
use crate::http::Response;
use crate::login::pages::FormPostPage;
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::locale::Locale;
use crate::oauth::params::{self, Params};
use crate::oauth::response_mode::ResponseMode;
use crate::oauth::response_type::ResponseType;

/// A registered redirect URI of a client, with what every response carries.
pub struct RedirectTarget {
    redirect_uri: String,
    state: Option<String>,
    mode: ResponseMode,
    issuer: String,
    locale: Locale,
}

impl RedirectTarget {
    /// The target of a request that has just come in; a page where there is none.
    pub fn of_request(issuer: &Issuer, client: &ClientRecord, params: &Params, locale: Locale) -> Result<Self, Refused> {
        let wrong = |description| refusal(400, ErrorCode::InvalidRequest, description);
        let redirect_uri = match params.one("redirect_uri") {
            Ok(Some(redirect_uri)) => redirect_uri,
            Ok(None) => return Err(wrong("The parameter redirect_uri is missing.")),
            Err(_) => return Err(wrong("The parameter redirect_uri is given twice.")),
        };
        // A state that is given twice is an error of its own; the response to it carries none.
        let state = params.one("state").ok().flatten();
        Self::new(issuer, client, redirect_uri)
            .map(|target| Self {
                state: state.map(str::to_owned),
                mode: mode(params),
                locale,
                ..target
            })
            .ok_or_else(|| wrong("The parameter redirect_uri is not one that the client has registered."))
    }

    /// The target of a request that comes back from a page: the client's registration may have changed meanwhile.
    pub fn of_checked(issuer: &Issuer, client: &ClientRecord, request: &AuthorizationRequest, locale: Locale) -> Option<Self> {
        Self::new(issuer, client, &request.redirect_uri).map(|target| Self {
            state: request.state.clone(),
            mode: request.response_mode(),
            locale,
            ..target
        })
    }

    fn new(issuer: &Issuer, client: &ClientRecord, redirect_uri: &str) -> Option<Self> {
        client.redirect_uri(redirect_uri).map(|_| Self {
            redirect_uri: redirect_uri.to_owned(),
            state: None,
            mode: ResponseMode::Query,
            issuer: issuer.as_str().to_owned(),
            locale: Locale::default(),
        })
    }

    /// The redirect URI as it was asked for: on loopback its port may be another than the registered one's.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The language of the pages on the way there.
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// The error response (RFC 6749, section 4.1.2.1).
    pub fn error(&self, error: &ProtocolError) -> Response {
        let parameters = [("error", error.code.as_str()), ("error_description", &*error.description)];
        self.answer(&parameters).with_outcome(error.code.as_str())
    }

    /// A response with the given parameters, `state` and `iss` (RFC 9207), in the mode of the request.
    pub fn answer(&self, parameters: &[(&str, &str)]) -> Response {
        let state = self.state.as_deref().map(|state| ("state", state));
        let pairs = parameters.iter().copied().chain(state).chain([("iss", self.issuer.as_str())]);
        match self.mode {
            ResponseMode::Query => Response::see_other(params::append(&self.redirect_uri, pairs)),
            ResponseMode::Fragment => Response::see_other(format!("{}#{}", self.redirect_uri, params::encode(pairs))),
            ResponseMode::FormPost => FormPostPage {
                action: &self.redirect_uri,
                fields: &pairs.collect::<Vec<_>>(),
                locale: self.locale,
            }
            .respond(),
        }
    }
}

/// How the response to a request travels that may be faulty in every other way: as it says, but never with a token in the query.
fn mode(params: &Params) -> ResponseMode {
    let one = |name| params.one(name).ok().flatten();
    let response_type = one("response_type").unwrap_or_default();
    let default = match ResponseType::read(response_type) {
        Some(response_type) => response_type.default_mode(),
        None if response_type.contains("token") => ResponseMode::Fragment,
        None => ResponseMode::Query,
    };
    match one("response_mode").and_then(ResponseMode::parse) {
        None | Some(ResponseMode::Query) => default,
        Some(mode) => mode,
    }
}
