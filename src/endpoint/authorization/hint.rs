//! Whom the answer has to be of: an ID token that the client got before (`id_token_hint`), or a subject that the claims parameter names.

use crate::client::record::ClientRecord;
use crate::endpoint::jwt;
use crate::error::{ErrorCode, Fault, ProtocolError};
use crate::jose::alg::SignatureAlg;
use crate::jose::jwe;
use crate::jose::jws::{self, Received};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::json;
use crate::oauth::params::Params;
use crate::platform::Platform;
use serde::Deserialize;

/// The subject that the request names; `invalid_request` where the hint is no ID token of this provider's, or says otherwise than the claims parameter.
pub async fn subject<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    params: &Params,
    request: &AuthorizationRequest,
) -> Result<Result<Option<String>, ProtocolError>, Fault> {
    let invalid = |reason| Ok(Err(ProtocolError::new(ErrorCode::InvalidRequest, reason)));
    let claimed = request.claims.as_ref().and_then(|claims| claims.subject()).map(str::to_owned);
    let Some(hint) = params.one("id_token_hint").ok().flatten() else {
        return Ok(Ok(claimed));
    };
    match (read(platform, client, hint).await?, claimed) {
        (None, _) => invalid("id_token_hint is not an ID token of this provider"),
        (Some(hinted), Some(claimed)) if hinted != claimed => invalid("id_token_hint and claims name different subjects"),
        (Some(hinted), _) => Ok(Ok(Some(hinted))),
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
}

/// The subject of an ID token that this provider has signed, however long ago. It may still be encrypted to the client by the secret of both.
async fn read<P: Platform>(platform: &P, client: &ClientRecord, hint: &str) -> Result<Option<String>, Fault> {
    let secret = client.secret(&platform.config().sealer);
    let decrypted = match jwe::parse(hint) {
        Some(encrypted) => {
            jwe::decrypt(
                platform,
                &encrypted,
                &*platform.keys().await?,
                secret.as_deref().map(String::as_str),
            )
            .await?
        }
        None => None,
    };
    let inner = decrypted.as_ref().and_then(|plain| std::str::from_utf8(plain).ok());
    let Some(received) = jws::parse(inner.unwrap_or(hint)) else {
        return Ok(None);
    };
    if !is_signed(platform, &received, secret.as_deref().map(String::as_str)).await? {
        return Ok(None);
    }
    let claims: Option<Claims> = json::read(&received.payload).ok();
    let ours = claims.filter(|claims| claims.iss == platform.config().issuer.as_str());
    Ok(ours.map(|claims| claims.sub))
}

/// Whether the signature is one that this provider makes under ID tokens. Tokens of other types are signed by the same keys.
async fn is_signed<P: Platform>(platform: &P, received: &Received<'_>, secret: Option<&str>) -> Result<bool, Fault> {
    let header = &received.header;
    if header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Ok(false);
    }
    if let (Some(SignatureAlg::HS256), Some(secret)) = (SignatureAlg::parse(&header.alg), secret) {
        return jws::verify_secret(platform, received, secret).await;
    }
    jwt::is_ours(platform, received).await
}
