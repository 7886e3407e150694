//! `grant_type=refresh_token` (RFC 6749, section 6; OpenID Connect Core, section 12).

use super::{old_token, refresh_lifetimes, respond};
use crate::client::auth::AuthenticatedClient;
use crate::client::metadata::GrantType;
use crate::client::release::scope_claims;
use crate::error::{Error, ErrorCode, protocol};
use crate::http::Response;
use crate::oauth::params::Params;
use crate::oauth::scope::Scope;
use crate::object::Refusal;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::mint::Narrowed;
use crate::session::refresh::RefreshTokens;

/// One hop to the user's object. A client may hold a refresh token without having registered the grant type: `offline_access` brings one too.
pub async fn refresh<P: Platform>(platform: &P, client: &AuthenticatedClient, params: &Params) -> Result<Response, Error> {
    let one = |name| params.one(name).ok().flatten();
    let invalid_grant = || protocol(ErrorCode::InvalidGrant, "the refresh token cannot be used");
    let no_token = || match client.metadata.grant_types.contains(&GrantType::RefreshToken) {
        true => invalid_grant(),
        false => protocol(ErrorCode::UnauthorizedClient, "the client has not registered this grant type"),
    };
    let token = one("refresh_token").ok_or_else(|| protocol(ErrorCode::InvalidRequest, "the parameter refresh_token is missing"))?;
    let config = platform.config();
    let presented = match Locator::open(&config.sealer, Kind::RefreshToken, token) {
        Some(locator) => Some(locator),
        None => old_token::locate(platform, token).await?,
    };
    let presented = presented.ok_or_else(no_token)?;
    let narrowed = match one("scope") {
        Some(text) => Some(narrowed(platform, client, text)?),
        None => None,
    };
    let command = RefreshTokens {
        refresh_token_id: presented.node,
        client_id: client.client_id.clone(),
        successor_id: platform.node_id()?.within(presented.node),
        refresh_lifetimes: refresh_lifetimes(&config.lifetimes),
        grace: client.policy.refresh_grace.unwrap_or(config.lifetimes.refresh_grace),
        access_token_id: platform.node_id()?.within(presented.node),
        access_token_lifetime: config.lifetimes.access_token,
        narrowed,
    };
    match platform.ask(presented.user.as_str(), command).await? {
        Ok(minted) => respond(platform, client, &presented.user, minted).await,
        Err(Refusal::InvalidScope) => Err(protocol(ErrorCode::InvalidScope, "the scope is more than was granted")),
        Err(_) => Err(invalid_grant()),
    }
}

fn narrowed<P: Platform>(platform: &P, client: &AuthenticatedClient, text: &str) -> Result<Narrowed, Error> {
    let scope = Scope::parse(text).map_err(|_| protocol(ErrorCode::InvalidScope, "the scope holds a character that is not allowed"))?;
    let userinfo = scope_claims(&platform.config().scopes, client, &scope);
    Ok(Narrowed { scope, userinfo })
}
