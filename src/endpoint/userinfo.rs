//! The UserInfo endpoint (OpenID Connect Core, section 5.3).

use crate::endpoint::token::access_token;
use crate::endpoint::{client_lookup, form, jwt};
use crate::error::{Challenge, Error, ErrorCode, Fault, protocol};
use crate::http::{Method, Request, Response};
use crate::oauth::params::Params;
use crate::platform::Platform;
use crate::session::claims::{ReadClaims, Released};
use crate::session::grant::UserinfoForm;
use crate::session::mint::Claims;

/// GET and POST: the claims that the token's grant releases.
pub async fn userinfo<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let token = bearer_token(request)?;
    let Some(released) = release(platform, &token).await? else {
        return Err(Challenge::bearer_error(ErrorCode::InvalidToken, "the access token is unknown, expired or revoked").into());
    };
    if !is_for_userinfo(&released) {
        return Err(Challenge::bearer_error(ErrorCode::InsufficientScope, "the token's scope has no openid").into());
    }
    match released.form {
        UserinfoForm::Json => Ok(as_json(released)),
        UserinfoForm::Jwt => as_jwt(platform, released).await,
    }
}

/// What an access token releases; `None` for anything but a usable one.
pub async fn release<P: Platform>(platform: &P, token: &str) -> Result<Option<Released>, Fault> {
    let Some(locator) = access_token::locate(platform, token).await? else {
        return Ok(None);
    };
    let read = ReadClaims { token_id: locator.node };
    Ok(platform.ask(locator.user.as_str(), read).await?.ok())
}

/// Whether the token was issued to an OpenID Connect request (OpenID Connect Core, section 5.3).
pub fn is_for_userinfo(released: &Released) -> bool {
    released.scope.contains("openid")
}

fn as_json(released: Released) -> Response {
    Response::json(200, &members(released))
}

/// As the client has registered it (OpenID Connect Core, section 5.3.2), whatever the request accepts. A client that has registered otherwise since gets
/// JSON.
async fn as_jwt<P: Platform>(platform: &P, released: Released) -> Result<Response, Error> {
    let client = client_lookup::find(platform, &released.client_id).await?;
    let client = client.ok_or_else(|| Challenge::bearer_error(ErrorCode::InvalidToken, "the client is no longer registered"))?;
    let protection = client.metadata.userinfo;
    if !protection.is_some() {
        return Ok(as_json(released));
    }
    let mut claims = members(released);
    if protection.signing.is_some() {
        claims.insert("iss".to_owned(), platform.config().issuer.as_str().into());
        claims.insert("aud".to_owned(), client.client_id.as_str().into());
    }
    let text = jwt::issue(platform, &client, protection, None, &claims).await?;
    Ok(Response::text("application/jwt", text))
}

/// The subject and the claims.
pub fn members(released: Released) -> Claims {
    let mut members = Claims::new();
    members.insert("sub".to_owned(), released.sub.into());
    members.extend(released.claims);
    members
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
