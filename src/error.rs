//! Two kinds of failure: [`ProtocolError`] is the peer's fault and is told to the peer; [`Fault`] is ours, is logged, and is
//! shown as `server_error`.

use crate::http::Response;
use serde::Serialize;
use std::borrow::Cow;

/// Error codes of RFC 6749, 6750, 7591, 7592, RFC 9126 and OpenID Connect that the endpoints answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidScope,
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
    InvalidToken,
    InsufficientScope,
    LoginRequired,
    ConsentRequired,
    InteractionRequired,
    UnmetAuthenticationRequirements,
    InvalidRequestUri,
    InvalidRequestObject,
    RegistrationNotSupported,
    InvalidRedirectUri,
    InvalidClientMetadata,
    InvalidTarget,
    SlowDown,
}

impl ErrorCode {
    /// The code as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::InteractionRequired => "interaction_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidTarget => "invalid_target",
            Self::SlowDown => "slow_down",
        }
    }

    /// The status with which an endpoint that answers in JSON sends this code.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidClient | Self::InvalidToken => 401,
            Self::InsufficientScope => 403,
            Self::SlowDown => 429,
            Self::ServerError => 500,
            Self::TemporarilyUnavailable => 503,
            Self::InvalidRequest
            | Self::InvalidGrant
            | Self::UnauthorizedClient
            | Self::UnsupportedGrantType
            | Self::UnsupportedResponseType
            | Self::InvalidScope
            | Self::AccessDenied
            | Self::LoginRequired
            | Self::ConsentRequired
            | Self::InteractionRequired
            | Self::UnmetAuthenticationRequirements
            | Self::InvalidRequestUri
            | Self::InvalidRequestObject
            | Self::RegistrationNotSupported
            | Self::InvalidRedirectUri
            | Self::InvalidClientMetadata
            | Self::InvalidTarget => 400,
        }
    }
}

/// The peer did something that the specification answers with an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct ProtocolError {
    /// The error code.
    pub code: ErrorCode,
    /// A sentence for the developer of the peer: printable ASCII without `"` and `\` (RFC 6749, section 5.2).
    pub description: Cow<'static, str>,
}

impl ProtocolError {
    /// An error with its description.
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: printable(description.into()),
        }
    }

    /// The error as the JSON body of RFC 6749, section 5.2.
    pub fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Wire<'a> {
            error: &'a str,
            error_description: &'a str,
        }
        Response::json(
            self.code.status(),
            &Wire {
                error: self.code.as_str(),
                error_description: &self.description,
            },
        )
        .with_outcome(self.code.as_str())
    }
}

/// Replaces what RFC 6749 does not allow in an `error_description`.
fn printable(text: Cow<'static, str>) -> Cow<'static, str> {
    let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
    if text.chars().all(allowed) {
        return text;
    }
    text.chars().map(|c| if allowed(c) { c } else { '?' }).collect::<String>().into()
}

/// The scheme of a [`Challenge`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A client's id and secret (RFC 7617).
    Basic,
    /// A bearer token (RFC 6750).
    Bearer,
}

/// A refusal that tells how to authenticate: it carries a `WWW-Authenticate` header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("challenge: {}", error.as_ref().map_or("nothing was presented", |error| error.code.as_str()))]
pub struct Challenge {
    /// How the peer may authenticate.
    pub scheme: Scheme,
    /// What is wrong with what it presented; `None` where it presented nothing (RFC 6750, section 3.1).
    pub error: Option<ProtocolError>,
}

impl Challenge {
    /// Asks for a bearer token, of which none was presented.
    pub fn bearer() -> Self {
        Self {
            scheme: Scheme::Bearer,
            error: None,
        }
    }

    /// Refuses the bearer token that was presented (RFC 6750, section 3.1).
    pub fn bearer_error(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            scheme: Scheme::Bearer,
            error: Some(ProtocolError::new(code, description)),
        }
    }

    /// Refuses a client that used HTTP Basic (RFC 6749, section 5.2).
    pub fn basic(error: ProtocolError) -> Self {
        Self {
            scheme: Scheme::Basic,
            error: Some(error),
        }
    }

    /// The refusal as a response.
    pub fn into_response(self) -> Response {
        let header = match (self.scheme, &self.error) {
            (Scheme::Basic, _) => r#"Basic realm="treeline""#.to_owned(),
            (Scheme::Bearer, None) => r#"Bearer realm="treeline""#.to_owned(),
            // A description holds neither quote nor backslash, so it needs no escapes.
            (Scheme::Bearer, Some(error)) => format!(
                r#"Bearer realm="treeline", error="{}", error_description="{}""#,
                error.code.as_str(),
                error.description
            ),
        };
        let response = match self.error {
            Some(error) => error.into_response(),
            None => Response::empty(401).no_store(),
        };
        response.with("www-authenticate", header)
    }
}

/// Something of ours went wrong. The text is for the operator's log, never for the peer, and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The configuration is unusable.
    #[error("configuration: {0}")]
    Config(String),
    /// Workers KV did not do what it was asked.
    #[error("kv: {0}")]
    Kv(String),
    /// A Durable Object did not answer, or not in the agreed form.
    #[error("object {class}: {reason}")]
    Object {
        /// The class of the object.
        class: &'static str,
        /// What was seen.
        reason: String,
    },
    /// A cryptographic operation failed that cannot fail on sound keys.
    #[error("crypto: {0}")]
    Crypto(&'static str),
    /// What is stored cannot be read.
    #[error("stored value: {0}")]
    Stored(&'static str),
}

/// What an endpoint can fail with: a [`Failure`] in one word, since nearly every line hands it on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Failure>);

impl Error {
    /// What it is.
    pub fn failure(self) -> Failure {
        *self.0
    }

    /// Whether it is the peer's fault, and not ours.
    pub fn is_refusal(&self) -> bool {
        !matches!(*self.0, Failure::Fault(_))
    }
}

impl<F: Into<Failure>> From<F> for Error {
    fn from(failure: F) -> Self {
        Self(Box::new(failure.into()))
    }
}

/// What there is in an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The peer's fault.
    #[error(transparent)]
    Protocol(#[from] ProtocolError),
    /// The peer has to authenticate, or to do it otherwise.
    #[error(transparent)]
    Challenge(#[from] Challenge),
    /// Ours.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Shorthand for an error that is the peer's fault.
pub fn protocol(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Error {
    ProtocolError::new(code, description).into()
}
