//! The token endpoint (RFC 6749, section 3.2; OpenID Connect Core, section 3.1.3).

pub mod access_token;
mod code;
pub mod id_token;
mod old_token;
mod refresh;

use crate::client::auth::AuthenticatedClient;
use crate::client::metadata::GrantType;
use crate::config::Lifetimes;
use crate::endpoint::client_auth::authenticate;
use crate::endpoint::form;
use crate::error::{Error, ErrorCode, Fault, protocol};
use crate::http::{Request, Response};
use crate::oauth::ids::UserId;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::mint::{Minted, RefreshLifetimes};
use access_token::AccessToken;
use id_token::Beside;
use serde::Serialize;

/// POST: what a client holds becomes tokens.
pub async fn token<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = form::read_each_once(request)?;
    let client = authenticate(platform, request, &params).await?;
    let grant_type = params.one("grant_type").ok().flatten();
    let grant_type = grant_type.ok_or_else(|| protocol(ErrorCode::InvalidRequest, "the parameter grant_type is missing"))?;
    let known = GrantType::parse(grant_type).filter(|grant_type| *grant_type != GrantType::Implicit);
    let known = known.ok_or_else(|| protocol(ErrorCode::UnsupportedGrantType, "the grant type is not supported"))?;
    match known {
        GrantType::RefreshToken => refresh::refresh(platform, &client, &params).await,
        _ if !client.metadata.grant_types.contains(&known) => Err(protocol(
            ErrorCode::UnauthorizedClient,
            "the client has not registered this grant type",
        )),
        _ => code::redeem(platform, &client, &params).await,
    }
}

/// How long the configuration lets refresh tokens live.
fn refresh_lifetimes(lifetimes: &Lifetimes) -> RefreshLifetimes {
    RefreshLifetimes {
        all: lifetimes.refresh_token,
        idle: lifetimes.refresh_idle,
    }
}

#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// Writes what the user's object has minted; only now is anything signed.
async fn respond<P: Platform>(platform: &P, client: &AuthenticatedClient, user: &UserId, minted: Minted) -> Result<Response, Error> {
    let located = |node| Locator { user: user.clone(), node };
    let Some(token) = minted.access_token else {
        return Err(Fault::Stored("tokens without an access token").into());
    };
    let locator = located(token.id);
    let access_token = AccessToken::new(&locator, &client.client_id, &minted, token)
        .write(platform)
        .await?;
    let id_token = match minted.id_token && minted.scope.contains("openid") {
        true => Some(id_token::issue(platform, client, user, &minted, Beside::default()).await?),
        false => None,
    };
    let sealer = &platform.config().sealer;
    let refresh_token = minted.refresh_token.map(|id| located(id).seal(sealer, Kind::RefreshToken));
    Ok(Response::json(
        200,
        &TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: token.expires_at.since(minted.issued_at),
            scope: minted.scope.to_string(),
            refresh_token,
            id_token,
        },
    ))
}
