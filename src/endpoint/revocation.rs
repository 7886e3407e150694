//! The revocation endpoint (RFC 7009).

use crate::endpoint::presented;
use crate::error::Error;
use crate::http::{Request, Response};
use crate::platform::Platform;
use crate::session::revoke::RevokeToken;

/// POST: a client gives up a token of its own. Whatever else it presents, the answer is the same, and nothing changes (section 2.2).
pub async fn revoke<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let (client, token) = presented::receive(platform, request).await?;
    if let Some((_, locator)) = presented::locate(platform, &token).await? {
        let command = RevokeToken {
            token_id: locator.node,
            client_id: client.client_id.clone(),
        };
        // Refused where there is nothing to revoke any more.
        let _ = platform.ask(locator.user.as_str(), command).await?;
    }
    Ok(Response::empty(200).no_store())
}
