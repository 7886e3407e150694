//! Access tokens: JWTs by RFC 9068, signed ES256, or opaque. The `jti`, or the opaque text, is a sealed locator, so whoever checks one finds the user's
//! object without a look-up.

use crate::client::policy::AccessTokenFormat;
use crate::config::Config;
use crate::endpoint::jwt::{self, NO_KEY};
use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::jws::{self, Signer};
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::oauth::scope::Scope;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::mint::{Claims, Minted, MintedAccessToken};
use serde::Deserialize;
use serde_json::Value;

/// The algorithm of every access token.
const ALG: Alg = Alg::ES256;

/// The media type of RFC 9068, section 2.1.
const TYPE: &str = "at+jwt";

/// An access token that is to be written.
pub struct AccessToken<'a> {
    /// Where its row is.
    pub locator: &'a Locator,
    /// What it looks like.
    pub format: AccessTokenFormat,
    /// The client that it is for.
    pub client_id: &'a ClientId,
    /// The subject identifier.
    pub sub: &'a str,
    /// What it is good for.
    pub scope: &'a Scope,
    /// The clients that it is for.
    pub resources: &'a [ClientId],
    /// When it was minted.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When the person authenticated.
    pub auth_time: Timestamp,
    /// How.
    pub acr: &'a str,
    /// What it says of the user beyond the subject.
    pub claims: &'a Claims,
}

impl<'a> AccessToken<'a> {
    /// The access token of a response.
    pub fn new(locator: &'a Locator, client_id: &'a ClientId, minted: &'a Minted, token: MintedAccessToken) -> Self {
        Self {
            locator,
            format: token.format,
            client_id,
            sub: &minted.sub,
            scope: &minted.scope,
            resources: &minted.resources,
            issued_at: minted.issued_at,
            expires_at: token.expires_at,
            auth_time: minted.auth_time,
            acr: &minted.acr,
            claims: &minted.access_token_claims,
        }
    }

    /// The token as its client gets it. The same token is the same text, signatures apart.
    pub async fn write<P: Platform>(&self, platform: &P) -> Result<String, Fault> {
        match self.format {
            AccessTokenFormat::Jwt => self.sign(platform).await,
            AccessTokenFormat::Opaque => Ok(self.locator.seal(&platform.config().sealer, Kind::OpaqueAccessToken)),
        }
    }

    async fn sign<P: Platform>(&self, platform: &P) -> Result<String, Fault> {
        let config = platform.config();
        let own: [(&str, Value); 10] = [
            ("iss", config.issuer.as_str().into()),
            ("sub", self.sub.into()),
            ("aud", audience(config, self.client_id, self.resources)),
            ("client_id", self.client_id.as_str().into()),
            ("scope", self.scope.to_string().into()),
            ("jti", self.locator.seal(&config.sealer, Kind::AccessToken).into()),
            ("iat", self.issued_at.0.into()),
            ("exp", self.expires_at.0.into()),
            ("auth_time", self.auth_time.0.into()),
            ("acr", self.acr.into()),
        ];
        let mut claims = self.claims.clone();
        claims.extend(own.map(|(name, value)| (name.to_owned(), value)));
        let keys = platform.keys().await?;
        let key = keys.signing(ALG, platform.now()).ok_or(NO_KEY)?;
        jws::sign(platform, Signer::Key(key), Some(TYPE), &claims).await
    }
}

/// Who a token is for: the provider's own userinfo, and the resource servers that it names. The client itself is none (RFC 9068, section 2.2).
pub fn audience(config: &Config, client_id: &ClientId, resources: &[ClientId]) -> Value {
    let issuer = config.issuer.as_str();
    let others: Vec<&str> = resources.iter().filter(|one| *one != client_id).map(ClientId::as_str).collect();
    match others.is_empty() {
        true => issuer.into(),
        false => [&[issuer], others.as_slice()].concat().into(),
    }
}

#[derive(Deserialize)]
struct ReceivedClaims {
    iss: String,
    exp: Timestamp,
    jti: String,
}

/// Where the row of a presented access token is; `None` for anything but a sound token of ours, for us. Whether it is still usable only the user's
/// object knows.
pub async fn locate<P: Platform>(platform: &P, token: &str) -> Result<Option<Locator>, Fault> {
    match Locator::open(&platform.config().sealer, Kind::OpaqueAccessToken, token) {
        Some(locator) => Ok(Some(locator)),
        None => locate_jwt(platform, token).await,
    }
}

async fn locate_jwt<P: Platform>(platform: &P, token: &str) -> Result<Option<Locator>, Fault> {
    let Some(received) = jws::parse(token) else {
        return Ok(None);
    };
    let header = &received.header;
    if header.alg != ALG.name() || header.typ.as_deref() != Some(TYPE) {
        return Ok(None);
    }
    if !jwt::is_ours(platform, &received).await? {
        return Ok(None);
    }
    let config = platform.config();
    let ours = |claims: &ReceivedClaims| {
        // The provider is in the audience of every token that it signs.
        claims.iss == config.issuer.as_str() && platform.now() < claims.exp
    };
    let claims: Option<ReceivedClaims> = json::read(&received.payload).ok().filter(ours);
    Ok(claims.and_then(|claims| Locator::open(&config.sealer, Kind::AccessToken, &claims.jti)))
}
