//! ID tokens (OpenID Connect Core, section 2).

use crate::client::record::ClientRecord;
use crate::endpoint::jwt;
use crate::error::Error;
use crate::jose::alg::SignatureAlg;
use crate::jose::hash::left_half;
use crate::oauth::ids::UserId;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::mint::Minted;
use serde_json::Value;

/// What comes in the same response from the authorization endpoint: the ID token vouches for it by a hash (section 3.3.2.11).
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The authorization code.
    pub code: Option<&'a str>,
    /// The access token.
    pub access_token: Option<&'a str>,
}

/// Signs and, where the client has registered it, encrypts an ID token of `user`.
pub async fn issue<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    user: &UserId,
    minted: &Minted,
    beside: Beside<'_>,
) -> Result<String, Error> {
    let config = platform.config();
    let protection = client.metadata.id_token;
    let alg = protection.signing.unwrap_or(SignatureAlg::RS256);
    let sid = minted.sid.map(|node| Locator { user: user.clone(), node });
    let own: [(&str, Option<Value>); 11] = [
        ("iss", Some(config.issuer.as_str().into())),
        ("sub", Some(minted.sub.as_str().into())),
        ("aud", Some(client.client_id.as_str().into())),
        ("exp", Some(minted.issued_at.plus(config.lifetimes.id_token).0.into())),
        ("iat", Some(minted.issued_at.0.into())),
        ("auth_time", Some(minted.auth_time.0.into())),
        ("acr", Some(minted.acr.as_str().into())),
        ("nonce", minted.nonce.as_deref().map(Value::from)),
        ("sid", sid.map(|sid| sid.seal(&config.sealer, Kind::Sid).into())),
        ("c_hash", beside.code.map(|code| left_half(alg, code).into())),
        ("at_hash", beside.access_token.map(|token| left_half(alg, token).into())),
    ];
    let claims = jwt::with_own(minted.id_token_claims.clone(), own);
    jwt::issue(platform, client, protection, None, &claims).await
}
