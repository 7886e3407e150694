//! ID tokens (OpenID Connect Core, section 2).

use crate::client::record::ClientRecord;
use crate::endpoint::token::access_token;
use crate::error::Fault;
use crate::oauth::ids::ClientId;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::redeem::Redeemed;
use serde::Serialize;

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a ClientId,
    exp: Timestamp,
    iat: Timestamp,
    auth_time: Timestamp,
    acr: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

/// Signs an ID token with the algorithm that the client has registered. `token` tells whose it is.
pub async fn sign<P: Platform>(platform: &P, client: &ClientRecord, token: &Locator, redeemed: &Redeemed) -> Result<String, Fault> {
    let config = platform.config();
    let sid = redeemed.sid.map(|node| Locator {
        user: token.user.clone(),
        node,
    });
    let claims = Claims {
        iss: config.issuer.as_str(),
        sub: &redeemed.sub,
        aud: &client.client_id,
        exp: redeemed.issued_at.plus(config.lifetimes.id_token),
        iat: redeemed.issued_at,
        auth_time: redeemed.auth_time,
        acr: &redeemed.acr,
        nonce: redeemed.nonce.as_deref(),
        sid: sid.map(|sid| sid.seal(&config.sealer, Kind::Sid)),
    };
    access_token::sign(platform, client.metadata.id_token_signed_response_alg, None, &claims).await
}
