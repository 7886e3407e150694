//! A token that a client presents to ask about it or to give it up (RFC 7009, section 2.1; RFC 7662, section 2.1).

use crate::client::auth::AuthenticatedClient;
use crate::endpoint::client_auth::authenticate;
use crate::endpoint::form;
use crate::endpoint::token::access_token;
use crate::error::{Error, ErrorCode, Fault, protocol};
use crate::http::Request;
use crate::oauth::usage::TokenClass;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;

/// The client that sends a form about a token, and the token as text. A client that has not authenticated is answered with 401 `invalid_client`, a form
/// without a token with 400 `invalid_request`.
pub async fn receive<P: Platform>(platform: &P, request: &Request) -> Result<(AuthenticatedClient, String), Error> {
    let params = form::read_each_once(request)?;
    let client = authenticate(platform, request, &params).await?;
    let token = params.one("token").ok().flatten();
    let token = token.ok_or_else(|| protocol(ErrorCode::InvalidRequest, "the parameter token is missing"))?;
    Ok((client, token.to_owned()))
}

/// What a token is, and where its row; `None` for anything but a token of ours that a client may ask about. A token tells by itself what it is, so a hint
/// is not needed.
pub async fn locate<P: Platform>(platform: &P, token: &str) -> Result<Option<(TokenClass, Locator)>, Fault> {
    if let Some(locator) = Locator::open(&platform.config().sealer, Kind::RefreshToken, token) {
        return Ok(Some((TokenClass::RefreshToken, locator)));
    }
    let locator = access_token::locate(platform, token).await?;
    Ok(locator.map(|locator| (TokenClass::AccessToken, locator)))
}
