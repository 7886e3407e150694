//! What a request object says (OpenID Connect Core, section 6.1; RFC 9101, section 4): whether it is meant for us and of now, and how its parameters stand
//! beside those of the query.

use crate::client::record::ClientRecord;
use crate::config::Issuer;
use crate::endpoint::authorization::check::KNOWN;
use crate::oauth::params::Params;
use crate::oauth::response_type::ResponseType;
use crate::oauth::time::Timestamp;
use crate::oauth::{json, jwt_claims};
use serde_json::{Map, Value};

/// Why a request object is refused, for the client's developer.
pub type Reason = &'static str;

/// Reads the claims of a request object: one JSON object in which nothing stands twice.
pub fn parse(payload: &[u8]) -> Result<Map<String, Value>, Reason> {
    match json::parse(payload) {
        Ok(Value::Object(claims)) => Ok(claims),
        _ => Err("the request object holds no sound JSON object"),
    }
}

/// Checks what a request object says about itself. None of it has to be there, because an unsigned one may come with nothing but parameters.
pub fn check(claims: &Map<String, Value>, issuer: &Issuer, client: &ClientRecord, now: Timestamp) -> Result<(), Reason> {
    let of_client = |name| claims.get(name).is_none_or(|value| value == client.client_id.as_str());
    if !of_client("iss") || !of_client("client_id") {
        return Err("the request object is of another client");
    }
    // Who asserts something about itself authenticates; that is no request (RFC 9101, section 10.8).
    if claims.get("sub").is_some_and(|sub| sub == client.client_id.as_str()) {
        return Err("the request object is a client assertion");
    }
    if claims.contains_key("aud") && !jwt_claims::audience(claims).is_some_and(|aud| aud.contains(&issuer.as_str())) {
        return Err("the request object is not for this provider");
    }
    if !jwt_claims::is_current(claims, now) {
        return Err("the request object has expired or is not valid yet");
    }
    match claims.contains_key("request") || claims.contains_key("request_uri") {
        true => Err("a request object holds no other"),
        false => Ok(()),
    }
}

/// Checks that an encrypted request object says whose it is: anybody could have sent another client's, and would learn what is in it.
pub fn check_owner(claims: &Map<String, Value>) -> Result<(), Reason> {
    match claims.contains_key("iss") || claims.contains_key("client_id") {
        true => Ok(()),
        false => Err("an encrypted request object has to say whose it is, by iss or client_id"),
    }
}

/// The parameters of the query with those of the request object in their places. The claims that are about the request object become none.
pub fn merge(claims: Map<String, Value>, outside: &Params) -> Result<Params, Reason> {
    let mut params = outside.clone();
    params.remove("request");
    params.remove("request_uri");
    for (name, value) in claims {
        if name != "redirect_uri" && !KNOWN.contains(&name.as_str()) {
            continue;
        }
        let text = match (name.as_str(), value) {
            (_, Value::String(text)) => text,
            ("max_age", Value::Number(number)) => number.to_string(),
            ("claims" | "registration", Value::Object(object)) => Value::Object(object).to_string(),
            _ => return Err("a parameter in the request object has a wrong type"),
        };
        if name == "response_type" && !is_same_response_type(outside, &text) {
            return Err("the response_type of the request object is another than in the query");
        }
        params.replace(&name, text);
    }
    Ok(params)
}

/// Whether the query asks for the same response, in whichever order of words, or says nothing about it: beside a request object only client_id has to
/// stand there (RFC 9101, section 5).
fn is_same_response_type(outside: &Params, inside: &str) -> bool {
    match outside.one("response_type") {
        Ok(None) => true,
        Ok(Some(outside)) => outside == inside || ResponseType::read(outside).is_some_and(|read| ResponseType::read(inside) == Some(read)),
        Err(_) => false,
    }
}
