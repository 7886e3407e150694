//! The UserInfo endpoint (OpenID Connect Core, section 5.3).

use crate::endpoint::form;
use crate::endpoint::token::access_token;
use crate::error::{Challenge, Error, ErrorCode, protocol};
use crate::http::{Method, Request, Response};
use crate::oauth::params::Params;
use crate::platform::Platform;
use crate::session::claims::{ReadClaims, Released};
use serde::Serialize;
use serde_json::{Map, Value};

/// GET and POST: the claims that the token's grant releases.
pub async fn userinfo<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let token = bearer_token(request)?;
    let invalid = || Challenge::bearer_error(ErrorCode::InvalidToken, "the access token is unknown, expired or revoked");
    let locator = access_token::locate(platform, &token).await?.ok_or_else(invalid)?;
    let read = ReadClaims { token_id: locator.node };
    let released = platform.ask(locator.user.as_str(), read).await?.map_err(|_| invalid())?;
    if !released.scope.contains("openid") {
        return Err(Challenge::bearer_error(ErrorCode::InsufficientScope, "the token's scope has no openid").into());
    }
    Ok(Response::json(200, &UserInfo::from(released)))
}

#[derive(Serialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    claims: Map<String, Value>,
}

impl From<Released> for UserInfo {
    fn from(released: Released) -> Self {
        Self {
            sub: released.sub,
            claims: released.claims,
        }
    }
}

/// The one access token of the request (RFC 6750, section 2): in the header, or in a form body, never in the URL.
fn bearer_token(request: &Request) -> Result<String, Error> {
    let bad = |reason| protocol(ErrorCode::InvalidRequest, reason);
    let query = Params::parse(&request.query).map_err(|_| bad("the query is not UTF-8"))?;
    if query.all("access_token").next().is_some() {
        return Err(bad("an access token does not belong in a URL"));
    }
    let in_header = request.credentials("bearer");
    let in_body = match request.method {
        Method::Post if form::is_form(request) => {
            let params = form::read(request)?;
            params
                .one("access_token")
                .map_err(|_| bad("access_token is given twice"))?
                .map(str::to_owned)
        }
        _ => None,
    };
    match (in_header, in_body) {
        (Some(_), Some(_)) => Err(bad("the access token is given in two ways")),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(Challenge::bearer().into()),
    }
}
