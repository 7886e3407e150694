//! The checks on an authorization request once it is known who asks and where the answer goes: each failure is an error response at the redirect URI.

use crate::client::record::ClientRecord;
use crate::error::{ErrorCode, ProtocolError};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::claim::is_known_scope;
use crate::oauth::params::Params;
use crate::oauth::pkce::Challenge;
use crate::oauth::prompt::Prompt;
use crate::oauth::scope::Scope;

/// Parameters that may stand once; any other is ignored (RFC 6749, section 3.1).
const KNOWN: &[&str] = &[
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "display",
    "prompt",
    "max_age",
    "ui_locales",
    "claims_locales",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "claims",
    "registration",
    "request",
    "request_uri",
    "code_challenge",
    "code_challenge_method",
];

/// The longest max_age that makes sense, in seconds: a hundred years.
const MAX_AGE_LIMIT: i64 = 3_155_760_000;

/// Checks every parameter, in the order in which a developer would mend them.
pub fn request(params: &Params, client: &ClientRecord) -> Result<AuthorizationRequest, ProtocolError> {
    each_once(params)?;
    refuse_request_objects(params)?;
    let one = |name| params.one(name).ok().flatten();
    let response_type = response_type(one("response_type"))?;
    response_mode(one("response_mode"))?;
    let scope = scope(one("scope"), client)?;
    let challenge = challenge(one("code_challenge"), one("code_challenge_method"), client)?;
    prompt(one("prompt"))?;
    Ok(AuthorizationRequest {
        redirect_uri: one("redirect_uri").unwrap_or_default().to_owned(),
        scope,
        response_type,
        nonce: one("nonce").map(str::to_owned),
        state: one("state").map(str::to_owned),
        code_challenge_method: challenge.as_ref().map(|_| "S256".to_owned()),
        code_challenge: challenge,
        client_id: client.client_id.clone(),
        prompt: one("prompt").map(str::to_owned),
        max_age: max_age(one("max_age"))?,
        ui_locales: one("ui_locales").map(str::to_owned),
        login_hint: one("login_hint").map(str::to_owned),
    })
}

/// What of a requested scope this client can be granted: what the provider knows and the client has not excluded by its registration.
pub fn grantable_scope(requested: &str, client: &ClientRecord) -> Scope {
    let allowed = client.allowed_scope();
    let fits = |token: &str| is_known_scope(token) && allowed.as_ref().is_none_or(|allowed| allowed.contains(token));
    Scope::parse(requested).unwrap_or_default().filter(fits)
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> ProtocolError {
    ProtocolError::new(ErrorCode::InvalidRequest, description)
}

fn each_once(params: &Params) -> Result<(), ProtocolError> {
    for name in KNOWN {
        params
            .one(name)
            .map_err(|_| invalid(format!("the parameter {name} is given twice")))?;
    }
    Ok(())
}

fn refuse_request_objects(params: &Params) -> Result<(), ProtocolError> {
    let given = |name| params.all(name).next().is_some();
    match (given("request"), given("request_uri"), given("registration")) {
        (true, true, _) => Err(invalid("request and request_uri exclude each other")),
        (true, ..) => Err(ProtocolError::new(
            ErrorCode::RequestNotSupported,
            "request objects are not supported",
        )),
        (_, true, _) => Err(ProtocolError::new(
            ErrorCode::RequestUriNotSupported,
            "request_uri is not supported",
        )),
        (_, _, true) => Err(ProtocolError::new(
            ErrorCode::RegistrationNotSupported,
            "the registration parameter is not supported",
        )),
        _ => Ok(()),
    }
}

fn response_type(value: Option<&str>) -> Result<String, ProtocolError> {
    match value {
        Some("code") => Ok("code".to_owned()),
        None => Err(invalid("the parameter response_type is missing")),
        Some(_) => Err(ProtocolError::new(
            ErrorCode::UnsupportedResponseType,
            "the response type is not supported",
        )),
    }
}

fn response_mode(value: Option<&str>) -> Result<(), ProtocolError> {
    match value {
        None | Some("query") => Ok(()),
        Some(_) => Err(invalid("the response mode is not supported")),
    }
}

fn scope(value: Option<&str>, client: &ClientRecord) -> Result<String, ProtocolError> {
    let invalid_scope = |reason| ProtocolError::new(ErrorCode::InvalidScope, reason);
    let requested = value.ok_or_else(|| invalid_scope("the parameter scope is missing"))?;
    Scope::parse(requested).map_err(|_| invalid_scope("the scope holds a character that is not allowed"))?;
    if grantable_scope(requested, client).is_empty() {
        return Err(invalid_scope("nothing of the scope can be granted"));
    }
    Ok(requested.to_owned())
}

/// PKCE: S256 or, for a client that authenticates, nothing (RFC 7636; RFC 9700, section 2.1.1).
fn challenge(challenge: Option<&str>, method: Option<&str>, client: &ClientRecord) -> Result<Option<Challenge>, ProtocolError> {
    match (challenge, method) {
        (Some(challenge), Some("S256")) => Challenge::parse(challenge)
            .map(Some)
            .ok_or_else(|| invalid("code_challenge is not the base64url form of a SHA-256")),
        (Some(_), _) => Err(invalid("code_challenge_method has to be S256")),
        (None, Some(_)) => Err(invalid("code_challenge is missing")),
        (None, None) if client.is_public() => Err(invalid("a public client has to send a code_challenge")),
        (None, None) => Ok(None),
    }
}

fn prompt(value: Option<&str>) -> Result<(), ProtocolError> {
    match value.map(Prompt::parse) {
        Some(None) => Err(invalid(
            "the prompt is not one that the provider knows, or none stands beside another",
        )),
        _ => Ok(()),
    }
}

fn max_age(value: Option<&str>) -> Result<Option<i64>, ProtocolError> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match value {
        None => Ok(None),
        Some(text) => text
            .parse()
            .ok()
            .filter(|seconds| digits(text) && (0..=MAX_AGE_LIMIT).contains(seconds))
            .map(Some)
            .ok_or_else(|| invalid("max_age is not a number of seconds")),
    }
}
