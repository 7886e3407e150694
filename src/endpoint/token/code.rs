//! `grant_type=authorization_code` (RFC 6749, section 4.1.3).

use super::{refresh_lifetimes, respond};
use crate::client::auth::AuthenticatedClient;
use crate::client::metadata::GrantType;
use crate::error::{Error, ErrorCode, protocol};
use crate::http::Response;
use crate::oauth::params::Params;
use crate::oauth::pkce::Verifier;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::redeem::{RedeemCode, RefreshPolicy};

/// A client that sends its form twice does so within so many seconds.
const DOUBLE_SUBMIT: i64 = 2;

/// One hop to the user's object, which makes sure that the code is used once.
pub async fn redeem<P: Platform>(platform: &P, client: &AuthenticatedClient, params: &Params) -> Result<Response, Error> {
    let one = |name| params.one(name).ok().flatten();
    let invalid_grant = || protocol(ErrorCode::InvalidGrant, "the code cannot be redeemed");
    let code = one("code").ok_or_else(|| protocol(ErrorCode::InvalidRequest, "the parameter code is missing"))?;
    // Garbage is refused before any object is touched.
    let code = Locator::open(&platform.config().sealer, Kind::Code, code).ok_or_else(invalid_grant)?;
    let challenge = match one("code_verifier") {
        Some(text) => Some(Verifier::parse(text).ok_or_else(invalid_grant)?.challenge()),
        None => None,
    };
    let lifetimes = &platform.config().lifetimes;
    let command = RedeemCode {
        grant_id: code.node,
        client_id: client.client_id.clone(),
        redirect_uri: one("redirect_uri").map(str::to_owned),
        challenge,
        access_token_lifetime: lifetimes.access_token,
        refresh_token_id: platform.node_id()?.within(code.node),
        refresh_lifetimes: refresh_lifetimes(lifetimes),
        refresh: match client.metadata.grant_types.contains(&GrantType::RefreshToken) {
            true => RefreshPolicy::Always,
            false => RefreshPolicy::OfflineAccess,
        },
        double_submit: DOUBLE_SUBMIT,
    };
    let minted = platform.ask(code.user.as_str(), command).await?.map_err(|_| invalid_grant())?;
    respond(platform, client, &code.user, minted).await
}
