//! `/admin/clients/{client_id}/policy`: what the operator has decided about a client ([`ClientPolicy`]). `PUT` replaces it, `GET` shows it.

use crate::admin::authorize_admin;
use crate::client::home::SetPolicy;
use crate::client::policy::ClientPolicy;
use crate::endpoint::client_lookup::find_at_home;
use crate::endpoint::registration::manage::publish;
use crate::error::{Error, ErrorCode, protocol};
use crate::http::{Request, Response};
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::platform::Platform;

/// GET: the policy; 404 where there is no such client.
pub async fn get<P: Platform>(platform: &P, request: &Request, client_id: &str) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    Ok(match find_at_home(platform, &ClientId(client_id.to_owned())).await? {
        Some(client) => Response::json(200, &client.policy),
        None => Response::not_found(),
    })
}

/// PUT: another policy in place of the old. It counts from the next request on, wherever the client's copy in KV has arrived.
pub async fn put<P: Platform>(platform: &P, request: &Request, client_id: &str) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    let bad = |reason: &'static str| protocol(ErrorCode::InvalidRequest, reason);
    let body = request.body.as_ref().map_err(|_| bad("the body is too large"))?;
    let policy: ClientPolicy = json::parse_as(body).map_err(|_| bad("the body is not a client policy, or names a member that none has"))?;
    if !policy.is_sound() {
        return Err(bad(
            "the policy has usage rules, a refresh_grace or resources that no token can keep to",
        ));
    }
    let client_id = ClientId(client_id.to_owned());
    if find_at_home(platform, &client_id).await?.is_none() {
        return Ok(Response::not_found());
    }
    let Ok(record) = platform.ask(client_id.as_str(), SetPolicy { policy }).await? else {
        return Ok(Response::not_found());
    };
    publish(platform, &record).await?;
    Ok(Response::json(200, &record.policy))
}
