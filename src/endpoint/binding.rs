//! What Workers ask that the operator has bound to the provider's own. The binding is the proof: the operator alone makes it, so nobody authenticates, and every
//! client's tokens may be asked about. What is told is what the endpoints tell.

use crate::endpoint::token::access_token;
use crate::endpoint::{client_lookup, id_token_hint, introspection, userinfo};
use crate::error::Fault;
use crate::oauth::ids::UserId;
use crate::platform::Platform;
use crate::session::introspect::Caller;
use crate::session::logout::{EndSession, ToldSession};
use crate::session::mint::Claims;

/// A token that shows whose session is meant.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum SessionToken<'a> {
    AccessToken(&'a str),
    IdToken(&'a str),
}

/// What a resource server is told of an access token (RFC 7662, section 2.2), whoever its resource servers are. Of anything else, a refresh token too, only
/// that it is not active.
pub async fn introspect<P: Platform>(platform: &P, token: &str) -> Result<Claims, Fault> {
    introspection::answer(platform, Caller::Operator, token).await
}

/// The claims that an access token releases, as plain members whatever form its client has registered; `None` where the userinfo endpoint would refuse it.
pub async fn userinfo<P: Platform>(platform: &P, access_token: &str) -> Result<Option<Claims>, Fault> {
    let released = userinfo::release(platform, access_token).await?;
    Ok(released.filter(userinfo::is_for_userinfo).map(userinfo::members))
}

/// Ends the login in which a token was issued, and tells the clients by the back channel; nobody's browser is here for the front channel. An access token
/// has to be usable, an ID token may be old (RP-Initiated Logout, section 2). Says whether there was a login to end.
pub async fn sign_out<P: Platform>(platform: &P, token: SessionToken<'_>) -> Result<bool, Fault> {
    let found = match token {
        SessionToken::AccessToken(token) => {
            let locator = access_token::locate(platform, token).await?;
            locator.map(|locator| (locator.user, None, Some(locator.node)))
        }
        SessionToken::IdToken(hint) => told(platform, hint).await?.map(|(user, told)| (user, Some(told), None)),
    };
    let Some((user, told, access_token_id)) = found else {
        return Ok(false);
    };
    let command = EndSession {
        told,
        access_token_id,
        ..EndSession::default()
    };
    // Refused where the user is gone, and every session with it.
    Ok(platform.ask(user.as_str(), command).await?.is_ok_and(|ended| ended.was_in_force))
}

/// The session that an ID token tells of, where it tells of one.
async fn told<P: Platform>(platform: &P, hint: &str) -> Result<Option<(UserId, ToldSession)>, Fault> {
    let client = match id_token_hint::audience(hint) {
        Some(id) => client_lookup::find(platform, &id).await?,
        None => None,
    };
    let hint = id_token_hint::read(platform, client.as_deref(), hint).await?;
    Ok(hint.and_then(|hint| hint.told(platform.config())))
}
