//! Accounts: `PUT /admin/users/{username}` creates one or changes it, `GET` shows it without its password.

use crate::admin::authorize_admin;
use crate::error::{Error, ErrorCode, protocol};
use crate::http::{Request, Response};
use crate::login::password;
use crate::oauth::ids::UserId;
use crate::oauth::json;
use crate::platform::Platform;
use crate::session::account::{Put, PutAccount, ReadAccount};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What can be said of an account; what is left out stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    password: Option<String>,
    claims: Option<Map<String, Value>>,
    disabled: Option<bool>,
}

#[derive(Serialize)]
struct Shown<'a> {
    username: &'a str,
    disabled: bool,
    claims: Map<String, Value>,
}

/// PUT: 201 where the account is new, else 200; the body is the account.
pub async fn put<P: Platform>(platform: &P, request: &Request, username: &str) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    let bad = |reason: &'static str| protocol(ErrorCode::InvalidRequest, reason);
    let user = UserId::from_username(username).ok_or_else(|| bad("the user name is not one that RFC 8265 allows"))?;
    let body = request.body.as_ref().map_err(|_| bad("the body is too large"))?;
    let change: Change =
        json::parse_as(body).map_err(|_| bad("the body is a JSON object with password, claims or disabled, not nested deeper than 16"))?;
    let password_hash = match change.password {
        Some(text) => Some(hash(platform, &text)?),
        None => None,
    };
    let command = PutAccount {
        password_hash,
        claims: change.claims.map(without_subject),
        disabled: change.disabled,
    };
    let status = match platform.ask(user.as_str(), command).await? {
        Ok(Put::Created) => 201,
        _ => 200,
    };
    show(platform, &user, status).await
}

/// GET: the account.
pub async fn get<P: Platform>(platform: &P, request: &Request, username: &str) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    match UserId::from_username(username) {
        Some(user) => show(platform, &user, 200).await,
        None => Ok(Response::not_found()),
    }
}

async fn show<P: Platform>(platform: &P, user: &UserId, status: u16) -> Result<Response, Error> {
    Ok(match platform.ask(user.as_str(), ReadAccount {}).await? {
        Ok(account) => {
            let shown = Shown {
                username: user.as_str(),
                disabled: account.disabled,
                claims: account.claims,
            };
            Response::json(status, &shown)
        }
        Err(_) => Response::not_found(),
    })
}

fn hash<P: Platform>(platform: &P, text: &str) -> Result<String, Error> {
    let mut salt = [0; 16];
    platform.random(&mut salt)?;
    let hash = password::hash(text, salt)?;
    hash.ok_or_else(|| {
        protocol(
            ErrorCode::InvalidRequest,
            "the password is empty, too long, or holds a control character",
        )
    })
}

/// `sub` is the provider's to make; empty claims say nothing and are left out (OpenID Connect Core, section 5.3.2).
fn without_subject(claims: Map<String, Value>) -> Map<String, Value> {
    claims
        .into_iter()
        .filter(|(name, value)| name != "sub" && !is_empty(value))
        .collect()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
