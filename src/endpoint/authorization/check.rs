//! The checks on an authorization request once it is known who asks and where the answer goes: each failure is an error response at the redirect URI.

use crate::client::record::ClientRecord;
use crate::client::release::meaning;
use crate::config::{Config, SignUp};
use crate::error::{ErrorCode, ProtocolError};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::claim::OFFLINE_ACCESS;
use crate::oauth::claims_request::ClaimsRequest;
use crate::oauth::params::Params;
use crate::oauth::pkce::{self, Challenge};
use crate::oauth::prompt::Prompt;
use crate::oauth::response_mode::ResponseMode;
use crate::oauth::response_type::ResponseType;
use crate::oauth::scope::Scope;
use crate::password;

/// Parameters that may stand once; any other is ignored (RFC 6749, section 3.1).
pub const KNOWN: &[&str] = &[
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

/// Checks every parameter, in the order in which a developer would mend them. The parameters of a request object stand among the others already.
pub fn request(config: &Config, params: &Params, client: &ClientRecord) -> Result<AuthorizationRequest, ProtocolError> {
    each_once(params)?;
    refuse_registration(params)?;
    let one = |name| params.one(name).ok().flatten();
    let kept = |name| one(name).map(str::to_owned);
    let response_type = response_type(one("response_type"), client)?;
    let response_mode = response_mode(one("response_mode"), response_type)?;
    let scope = scope(config, one("scope"), client, response_type)?;
    nonce(one("nonce"), response_type)?;
    let challenge = challenge(one("code_challenge"), one("code_challenge_method"), client, response_type)?;
    prompt(one("prompt"), config.sign_up)?;
    Ok(AuthorizationRequest {
        redirect_uri: kept("redirect_uri").unwrap_or_default(),
        scope,
        response_type,
        response_mode,
        nonce: kept("nonce"),
        state: kept("state"),
        code_challenge_method: challenge.as_ref().map(|_| pkce::METHOD.to_owned()),
        code_challenge: challenge,
        client_id: client.client_id.clone(),
        prompt: kept("prompt"),
        max_age: max_age(one("max_age"))?,
        ui_locales: kept("ui_locales"),
        claims_locales: kept("claims_locales"),
        acr_values: kept("acr_values"),
        claims: claims(one("claims"))?,
        login_hint: kept("login_hint"),
    })
}

/// What of a requested scope this client can be granted: what has a meaning and the client may ask for. Access for later comes only with a code
/// (OpenID Connect Core, section 11).
pub fn grantable_scope(config: &Config, client: &ClientRecord, requested: &str, response_type: ResponseType) -> Scope {
    let fits = |token: &str| {
        meaning(&config.scopes, client, token).is_some()
            && client.may_ask_for(token)
            && (token != OFFLINE_ACCESS || response_type.has_code())
    };
    Scope::parse(requested).unwrap_or_default().filter(fits)
}

fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> ProtocolError {
    ProtocolError::new(ErrorCode::InvalidRequest, description)
}

/// No parameter that has a meaning may repeat (RFC 6749, section 3.1).
pub fn each_once(params: &Params) -> Result<(), ProtocolError> {
    for name in KNOWN {
        params
            .one(name)
            .map_err(|_| invalid(format!("the parameter {name} is given twice")))?;
    }
    Ok(())
}

/// Only a self-issued provider learns about a client from a request (OpenID Connect Core, section 7.2.1).
fn refuse_registration(params: &Params) -> Result<(), ProtocolError> {
    match params.all("registration").next() {
        Some(_) => Err(ProtocolError::new(
            ErrorCode::RegistrationNotSupported,
            "the registration parameter is not supported",
        )),
        None => Ok(()),
    }
}

fn response_type(value: Option<&str>, client: &ClientRecord) -> Result<ResponseType, ProtocolError> {
    let text = value.ok_or_else(|| invalid("the parameter response_type is missing"))?;
    let response_type = ResponseType::read(text)
        .ok_or_else(|| ProtocolError::new(ErrorCode::UnsupportedResponseType, "the response type is not supported"))?;
    match client.metadata.response_types.contains(&response_type) {
        true => Ok(response_type),
        false => Err(ProtocolError::new(
            ErrorCode::UnauthorizedClient,
            "the client has not registered this response type",
        )),
    }
}

/// Nothing that servers must not log comes in a query (OAuth 2.0 Multiple Response Type Encoding Practices, section 3).
fn response_mode(value: Option<&str>, response_type: ResponseType) -> Result<Option<ResponseMode>, ProtocolError> {
    match value.map(ResponseMode::parse) {
        None => Ok(None),
        Some(None) => Err(invalid("the response mode is not supported")),
        Some(Some(ResponseMode::Query)) if response_type.is_front_channel() => {
            Err(invalid("a response that brings a token cannot come in the query"))
        }
        Some(mode) => Ok(mode),
    }
}

fn scope(config: &Config, value: Option<&str>, client: &ClientRecord, response_type: ResponseType) -> Result<String, ProtocolError> {
    let invalid_scope = |reason| ProtocolError::new(ErrorCode::InvalidScope, reason);
    let requested = value.ok_or_else(|| invalid_scope("the parameter scope is missing"))?;
    let parsed = Scope::parse(requested).map_err(|_| invalid_scope("the scope holds a character that is not allowed"))?;
    let grantable = grantable_scope(config, client, requested, response_type);
    if grantable.is_empty() {
        return Err(invalid_scope("nothing of the scope can be granted"));
    }
    let ungranted = || parsed.iter().any(|token| token != OFFLINE_ACCESS && !grantable.contains(token));
    if client.policy.deny_unknown_scopes.unwrap_or(config.deny_unknown_scopes) && ungranted() {
        return Err(invalid_scope("a part of the scope cannot be granted"));
    }
    if response_type.has_id_token() && !grantable.contains("openid") {
        return Err(invalid_scope("an ID token comes only with the scope openid"));
    }
    Ok(requested.to_owned())
}

/// Without a nonce an ID token from the front channel could be another session's (OpenID Connect Core, sections 3.2.2.1 and 3.3.2.11).
fn nonce(value: Option<&str>, response_type: ResponseType) -> Result<(), ProtocolError> {
    match value {
        None if response_type.has_id_token() => Err(invalid("the parameter nonce is missing")),
        _ => Ok(()),
    }
}

fn claims(value: Option<&str>) -> Result<Option<ClaimsRequest>, ProtocolError> {
    let Some(text) = value else {
        return Ok(None);
    };
    let claims = ClaimsRequest::parse(text).map_err(invalid)?;
    match claims.accepts_acr(password::ACR) {
        true => Ok(Some(claims)),
        false => Err(ProtocolError::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "the essential acr is not one that the provider reaches",
        )),
    }
}

/// PKCE: S256 or, for a client that authenticates and for a response without a code, nothing (RFC 7636; RFC 9700, section 2.1.1).
fn challenge(
    challenge: Option<&str>,
    method: Option<&str>,
    client: &ClientRecord,
    response_type: ResponseType,
) -> Result<Option<Challenge>, ProtocolError> {
    match (challenge, method) {
        (Some(challenge), Some(pkce::METHOD)) => Challenge::parse(challenge)
            .map(Some)
            .ok_or_else(|| invalid("code_challenge is not the base64url form of a SHA-256")),
        (Some(_), _) => Err(invalid("code_challenge_method has to be S256")),
        (None, Some(_)) => Err(invalid("code_challenge is missing")),
        (None, None) if client.is_public() && response_type.has_code() => Err(invalid("a public client has to send a code_challenge")),
        (None, None) => Ok(None),
    }
}

fn prompt(value: Option<&str>, sign_up: SignUp) -> Result<(), ProtocolError> {
    match value.map(Prompt::parse) {
        Some(None) => Err(invalid(
            "the prompt is not one that the provider knows, or none or create stands beside another",
        )),
        Some(Some(Prompt::Create)) if sign_up == SignUp::Closed => Err(invalid("the prompt create is not supported")),
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
