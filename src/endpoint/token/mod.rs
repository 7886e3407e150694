//! The token endpoint (RFC 6749, section 3.2; OpenID Connect Core, section 3.1.3).

pub mod access_token;
pub mod id_token;

use crate::client::auth::AuthenticatedClient;
use crate::client::record::ClientRecord;
use crate::endpoint::client_auth::authenticate;
use crate::endpoint::form;
use crate::error::{Error, ErrorCode, protocol};
use crate::http::{Request, Response};
use crate::oauth::params::Params;
use crate::oauth::pkce::Verifier;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::redeem::{RedeemCode, Redeemed};
use access_token::AccessToken;
use serde::Serialize;
use std::collections::BTreeSet;

/// POST: redeems an authorization code.
pub async fn token<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = form::read(request)?;
    each_once(&params)?;
    let client = authenticate(platform, request, &params).await?;
    match params.one("grant_type") {
        Ok(Some("authorization_code")) => redeem(platform, &client, &params).await,
        Ok(Some(_)) => Err(protocol(ErrorCode::UnsupportedGrantType, "the grant type is not supported")),
        _ => Err(protocol(ErrorCode::InvalidRequest, "the parameter grant_type is missing")),
    }
}

/// No parameter of a token request may repeat (RFC 6749, section 3.2), but for `resource` (RFC 8707).
fn each_once(params: &Params) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    match params.pairs().all(|(name, _)| name == "resource" || seen.insert(name)) {
        true => Ok(()),
        false => Err(protocol(ErrorCode::InvalidRequest, "a parameter is given twice")),
    }
}

#[derive(Serialize)]
struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// One hop to the user's object; only then are the tokens signed.
async fn redeem<P: Platform>(platform: &P, client: &AuthenticatedClient, params: &Params) -> Result<Response, Error> {
    let one = |name| params.one(name).ok().flatten();
    let invalid_grant = || protocol(ErrorCode::InvalidGrant, "the code cannot be redeemed");
    let code = one("code").ok_or_else(|| protocol(ErrorCode::InvalidRequest, "the parameter code is missing"))?;
    // Garbage is refused before any object is touched.
    let code = Locator::open(&platform.config().sealer, Kind::Code, code).ok_or_else(invalid_grant)?;
    let challenge = match one("code_verifier") {
        Some(text) => Some(Verifier::parse(text).ok_or_else(invalid_grant)?.challenge()),
        None => None,
    };
    let token = Locator {
        user: code.user,
        node: platform.node_id()?,
    };
    let command = RedeemCode {
        code_id: code.node,
        client_id: client.client_id.clone(),
        redirect_uri: one("redirect_uri").map(str::to_owned),
        challenge,
        access_token_id: token.node,
        access_token_lifetime: platform.config().lifetimes.access_token,
    };
    let redeemed = platform.ask(token.user.as_str(), command).await?.map_err(|_| invalid_grant())?;
    issue(platform, client, &token, redeemed).await
}

async fn issue<P: Platform>(platform: &P, client: &ClientRecord, token: &Locator, redeemed: Redeemed) -> Result<Response, Error> {
    let access_token = AccessToken {
        locator: token,
        client_id: &client.client_id,
        sub: &redeemed.sub,
        scope: &redeemed.scope,
        issued_at: redeemed.issued_at,
        expires_at: redeemed.expires_at,
        auth_time: redeemed.auth_time,
        acr: &redeemed.acr,
    };
    let access_token = access_token.sign(platform).await?;
    let id_token = match redeemed.scope.contains("openid") {
        true => Some(id_token::sign(platform, client, token, &redeemed).await?),
        false => None,
    };
    Ok(Response::json(
        200,
        &TokenResponse {
            access_token,
            token_type: "Bearer",
            expires_in: redeemed.expires_at.since(redeemed.issued_at),
            scope: redeemed.scope.to_string(),
            id_token,
        },
    ))
}
