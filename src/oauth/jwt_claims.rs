//! The claims by which a JWT from a client says when and for whom it is (RFC 7519, section 4.1).

use crate::oauth::time::Timestamp;
use serde_json::{Map, Value};

/// How far ahead a client's clock may be, in seconds.
pub const SKEW: i64 = 60;

/// A claim had a type that it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongType;

/// A time, in whole seconds: a JSON number, be it one with a fraction.
pub fn time(claims: &Map<String, Value>, name: &str) -> Result<Option<Timestamp>, WrongType> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            // A number that is none of a time becomes the nearest that is.
            let whole = number.as_i64().or_else(|| number.as_f64().map(|number| number as i64));
            whole.map(|seconds| Some(Timestamp(seconds))).ok_or(WrongType)
        }
        Some(_) => Err(WrongType),
    }
}

/// For whom it is: one or several; `None` where that is missing or is no text.
pub fn audience(claims: &Map<String, Value>) -> Option<Vec<&str>> {
    match claims.get("aud")? {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// Whether its time has come (`nbf`, with some patience for the client's clock) and is not over (`exp`), as far as it says.
pub fn is_current(claims: &Map<String, Value>, now: Timestamp) -> bool {
    match (time(claims, "exp"), time(claims, "nbf")) {
        (Ok(end), Ok(begin)) => end.is_none_or(|end| now < end) && begin.is_none_or(|begin| begin <= now.plus(SKEW)),
        _ => false,
    }
}
