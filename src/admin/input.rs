//! What the operator's software sends. What is wrong with it is named, before anything has happened.

use crate::client::members::Members;
use crate::error::{ErrorCode, ProtocolError};
use crate::http::{Request, TooLarge, body_limit};
use crate::oauth::json;
use serde_json::{Map, Value};

/// The longest name that is repeated in an error, in characters.
const NAME_LIMIT: usize = 64;

/// `invalid_request` for a member, a parameter, or the body.
pub fn wrong(name: &str, reason: &str) -> ProtocolError {
    let name: String = name.chars().take(NAME_LIMIT).collect();
    ProtocolError::new(ErrorCode::InvalidRequest, format!("{name}: {reason}"))
}

/// The body of a request, which has to be a JSON object.
pub fn object(request: &Request) -> Result<Map<String, Value>, ProtocolError> {
    let too_large = |_: &TooLarge| wrong("body", &format!("has more than {} bytes", body_limit(&request.path)));
    let body = request.body.as_ref().map_err(too_large)?;
    match json::parse(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(wrong("body", "has to be a JSON object")),
        Err(error) => Err(wrong("body", &format!("is not sound JSON: {error}"))),
    }
}

/// Reads the body of a request by `take`; a member that this does not take is unknown.
pub fn read<T>(request: &Request, take: impl FnOnce(&mut Members) -> Result<T, ProtocolError>) -> Result<T, ProtocolError> {
    let mut members = Members::of(object(request)?.into())?;
    let taken = take(&mut members).map_err(|error| ProtocolError {
        code: ErrorCode::InvalidRequest,
        ..error
    })?;
    match members.left_over() {
        None => Ok(taken),
        Some(name) => Err(wrong(name, "is unknown here")),
    }
}

/// The path to the first member for which an object does not fit: it is the innermost one that does not fit by itself.
pub fn culprit(object: &Map<String, Value>, fits: &dyn Fn(Value) -> bool) -> Option<String> {
    object.iter().find_map(|(name, value)| {
        let fits_alone = |value: Value| fits(Value::Object([(name.clone(), value)].into_iter().collect()));
        if fits_alone(value.clone()) {
            return None;
        }
        let below = value.as_object().and_then(|inner| culprit(inner, &fits_alone));
        Some(below.map_or(name.clone(), |below| format!("{name}.{below}")))
    })
}
