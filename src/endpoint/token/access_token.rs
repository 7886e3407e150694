//! Access tokens: JWTs by RFC 9068, signed ES256. The `jti` is a sealed locator, so whoever checks one finds the user's object without a look-up.

use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::jws::{self, Signer};
use crate::oauth::ids::ClientId;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use serde::{Deserialize, Serialize};

/// The algorithm of every access token.
const ALG: Alg = Alg::ES256;

/// The media type of RFC 9068, section 2.1.
const TYPE: &str = "at+jwt";

/// An access token that is to be written.
pub struct AccessToken<'a> {
    /// Where its row is.
    pub locator: &'a Locator,
    /// The client that it is for.
    pub client_id: &'a ClientId,
    /// The subject identifier.
    pub sub: &'a str,
    /// The granted scope.
    pub scope: &'a Scope,
    /// When it was minted.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// How.
    pub acr: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    client_id: &'a ClientId,
    scope: String,
    jti: String,
    iat: Timestamp,
    exp: Timestamp,
    auth_time: Timestamp,
    acr: &'a str,
}

impl AccessToken<'_> {
    /// Signs the token.
    pub async fn sign<P: Platform>(&self, platform: &P) -> Result<String, Fault> {
        let config = platform.config();
        let claims = Claims {
            iss: config.issuer.as_str(),
            sub: self.sub,
            // No resource was asked for, so the token is for the provider's own: userinfo.
            aud: config.issuer.as_str(),
            client_id: self.client_id,
            scope: self.scope.to_string(),
            jti: self.locator.seal(&config.sealer, Kind::AccessToken),
            iat: self.issued_at,
            exp: self.expires_at,
            auth_time: self.auth_time,
            acr: self.acr,
        };
        sign(platform, ALG, Some(TYPE), &claims).await
    }
}

/// Signs claims as a compact JWS with the provider's key for an algorithm.
pub async fn sign<P: Platform>(platform: &P, alg: Alg, typ: Option<&str>, claims: &impl Serialize) -> Result<String, Fault> {
    let keys = platform.keys().await?;
    let key = keys.signing(alg).ok_or(Fault::Crypto("there is no key for the algorithm"))?;
    jws::sign(platform, Signer::Key(key), typ, claims).await
}

#[derive(Deserialize)]
struct ReceivedClaims {
    iss: String,
    aud: String,
    exp: Timestamp,
    jti: String,
}

/// Where the row of a presented access token is; `None` for anything but a sound token of ours, for us, that has not expired. Whether it is still
/// usable only the user's object knows.
pub async fn locate<P: Platform>(platform: &P, token: &str) -> Result<Option<Locator>, Fault> {
    let Some(received) = jws::parse(token) else {
        return Ok(None);
    };
    let header = &received.header;
    if header.alg != ALG.name() || header.typ.as_deref() != Some(TYPE) {
        return Ok(None);
    }
    let keys = platform.keys().await?;
    let key = header.kid.as_deref().and_then(|kid| keys.public(kid)).filter(|key| key.alg == ALG);
    let Some(key) = key else {
        return Ok(None);
    };
    if !platform.verify(key, &received.signature, received.signing_input.as_bytes()).await? {
        return Ok(None);
    }
    let config = platform.config();
    let ours = |claims: &ReceivedClaims| {
        claims.iss == config.issuer.as_str() && claims.aud == config.issuer.as_str() && platform.now() < claims.exp
    };
    let claims: Option<ReceivedClaims> = serde_json::from_slice(&received.payload).ok().filter(ours);
    Ok(claims.and_then(|claims| Locator::open(&config.sealer, Kind::AccessToken, &claims.jti)))
}
