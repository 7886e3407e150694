//! ID tokens that come back as hints (OpenID Connect Core, section 3.1.2.1; RP-Initiated Logout, section 2): they were this provider's, however long ago.

use crate::client::record::ClientRecord;
use crate::config::Config;
use crate::endpoint::jwt;
use crate::error::Fault;
use crate::jose::alg::SignatureAlg;
use crate::jose::jwe;
use crate::jose::jws::{self, Received};
use crate::oauth::ids::{ClientId, UserId};
use crate::oauth::json;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::logout::ToldSession;
use serde::Deserialize;

/// What an ID token of this provider's says of a session.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs)]
pub struct IdTokenHint {
    iss: String,
    /// Userinfo that is signed has no such member: so it passes for no ID token.
    #[serde(rename = "exp")]
    _exp: Timestamp,
    pub sub: String,
    pub aud: ClientId,
    pub sid: Option<String>,
}

impl IdTokenHint {
    /// The session that the ID token was issued in: whose it is, and how the client knows it.
    pub fn told(&self, config: &Config) -> Option<(UserId, ToldSession)> {
        let session = Locator::open(&config.sealer, Kind::Sid, self.sid.as_deref()?)?;
        let told = ToldSession {
            client_id: self.aud.clone(),
            sid: session.node,
        };
        Some((session.user, told))
    }
}

/// The client that a hint says it was issued to, before anything of it has been verified; `None` where that cannot be read.
pub fn audience(hint: &str) -> Option<ClientId> {
    let claims: IdTokenHint = json::read(&jws::parse(hint)?.payload).ok()?;
    Some(claims.aud)
}

/// Reads an ID token that this provider has signed; `None` for anything else. It may still be encrypted to the client by the secret of both.
pub async fn read<P: Platform>(platform: &P, client: Option<&ClientRecord>, hint: &str) -> Result<Option<IdTokenHint>, Fault> {
    let secret = client.and_then(|client| client.secret(&platform.config().sealer));
    let secret = secret.as_deref().map(String::as_str);
    let decrypted = match jwe::parse(hint) {
        Some(encrypted) => jwe::decrypt(platform, &encrypted, &*platform.keys().await?, secret).await?,
        None => None,
    };
    let inner = decrypted.as_ref().and_then(|plain| std::str::from_utf8(plain).ok());
    let Some(received) = jws::parse(inner.unwrap_or(hint)) else {
        return Ok(None);
    };
    if !is_signed(platform, &received, secret).await? {
        return Ok(None);
    }
    let claims: Option<IdTokenHint> = json::read(&received.payload).ok();
    Ok(claims.filter(|claims| claims.iss == platform.config().issuer.as_str()))
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
