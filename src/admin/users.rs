//! Accounts: `PUT /admin/users/{username}` creates one or changes it, `GET` shows it without its password, `DELETE` ends it.

use crate::admin::input;
use crate::client::members::Members;
use crate::error::{Error, ProtocolError};
use crate::http::{Request, Response};
use crate::oauth::ids::UserId;
use crate::password;
use crate::platform::Platform;
use crate::session::account::{Put, PutAccount, ReadAccount};
use crate::session::delete::DeleteAccount;
use serde_json::{Map, Value, json};

/// What can be said of an account; what is left out stays as it is.
struct Change {
    password: Option<String>,
    claims: Option<Map<String, Value>>,
    disabled: Option<bool>,
}

impl Change {
    fn take(members: &mut Members) -> Result<Self, ProtocolError> {
        Ok(Self {
            password: members.long_text("password")?,
            claims: members.object("claims")?,
            disabled: members.flag("disabled")?,
        })
    }
}

/// PUT: 201 where the account is new, else 200; the body is the account.
pub async fn put<P: Platform>(platform: &P, request: &Request, user: &UserId) -> Result<Response, Error> {
    let change = input::read(request, Change::take)?;
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
    show(platform, user, status).await
}

/// GET: the account.
pub async fn get<P: Platform>(platform: &P, user: &UserId) -> Result<Response, Error> {
    show(platform, user, 200).await
}

/// DELETE: the account goes with everything of it, and its name is free again; 404 where there is none.
pub async fn delete<P: Platform>(platform: &P, user: &UserId) -> Result<Response, Error> {
    Ok(match platform.ask(user.as_str(), DeleteAccount {}).await? {
        Ok(()) => Response::empty(204).no_store(),
        Err(_) => Response::not_found(),
    })
}

async fn show<P: Platform>(platform: &P, user: &UserId, status: u16) -> Result<Response, Error> {
    Ok(match platform.ask(user.as_str(), ReadAccount {}).await? {
        Ok(account) => {
            let shown = json!({ "username": user, "disabled": account.disabled, "claims": account.claims });
            Response::json(status, &shown)
        }
        Err(_) => Response::not_found(),
    })
}

fn hash<P: Platform>(platform: &P, text: &str) -> Result<String, Error> {
    let mut salt = [0; 16];
    platform.random(&mut salt)?;
    let hash = password::hash(text, salt)?;
    Ok(hash.ok_or_else(|| input::wrong("password", "is empty, too long, or holds a control character"))?)
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
