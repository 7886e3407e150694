//! JWTs for clients: signed, and encrypted where they have registered that (OpenID Connect Core, section 10).

use crate::client::metadata::JwtProtection;
use crate::client::record::ClientRecord;
use crate::endpoint::client_keys;
use crate::error::{Error, ErrorCode, Fault, protocol};
use crate::jose::alg::{Alg, SignatureAlg, Usage};
use crate::jose::jwe::{self, Recipient, RecipientKey};
use crate::jose::jws::{self, Received, Signer};
use crate::oauth::json;
use crate::platform::Platform;
use crate::session::mint::Claims;
use serde_json::Value;

/// The key ring has no key for an algorithm that is advertised.
pub const NO_KEY: Fault = Fault::Crypto("there is no key for the algorithm");

/// Whether one of the provider's keys for signatures made the signature, by the algorithm that the header names.
pub async fn is_ours<P: Platform>(platform: &P, received: &Received<'_>) -> Result<bool, Fault> {
    let header = &received.header;
    let keys = platform.keys().await?;
    let alg = Alg::parse(&header.alg).filter(|alg| alg.usage() == Usage::Signature);
    let key = header.kid.as_deref().and_then(|kid| keys.public(kid));
    match key.filter(|key| Some(key.alg) == alg) {
        Some(key) => platform.verify(key, &received.signature, received.signing_input.as_bytes()).await,
        None => Ok(false),
    }
}

/// Claims about a person with what the provider itself says: a profile never takes the place of that, nor of what the provider keeps silent about.
pub fn with_own<const N: usize>(mut claims: Claims, own: [(&str, Option<Value>); N]) -> Claims {
    for (name, value) in own {
        match value {
            Some(value) => claims.insert(name.to_owned(), value),
            None => claims.remove(name),
        };
    }
    claims
}

/// Signs claims and encrypts what is signed, as a client has registered for this kind of JWT. One that is encrypted and not signed holds the bare claims.
///
/// Fails with `invalid_request` where the client has registered no key that fits: it is the client's to mend.
pub async fn issue<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    protection: JwtProtection,
    typ: Option<&str>,
    claims: &Claims,
) -> Result<String, Error> {
    let signed = match protection.signing {
        Some(alg) => Some(sign(platform, client, alg, typ, claims).await?),
        None => None,
    };
    let Some(encryption) = protection.encryption else {
        return signed.ok_or(NO_KEY.into());
    };
    let no_key = || {
        protocol(
            ErrorCode::InvalidRequest,
            "the client has no key that fits the encryption it has registered",
        )
    };
    let secret = client.secret(&platform.config().sealer);
    let key = match encryption.alg.is_symmetric() {
        true => RecipientKey::Secret(secret.as_deref().ok_or_else(no_key)?),
        false => {
            let keys = client_keys::of(platform, client).await?;
            RecipientKey::Public(keys.encryption(encryption.alg).ok_or_else(no_key)?)
        }
    };
    let recipient = Recipient {
        key,
        alg: encryption.alg,
        enc: encryption.enc,
    };
    let (content, plain) = match signed {
        Some(signed) => (Some("JWT"), signed.into_bytes()),
        None => (None, json::text(claims).into_bytes()),
    };
    jwe::encrypt(platform, &recipient, content, &plain).await?.ok_or_else(no_key)
}

async fn sign<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    alg: SignatureAlg,
    typ: Option<&str>,
    claims: &Claims,
) -> Result<String, Fault> {
    let secret = client.secret(&platform.config().sealer);
    let keys = platform.keys().await?;
    let signer = match (alg.key(), alg) {
        (Some(alg), _) => Signer::Key(keys.signing(alg, platform.now()).ok_or(NO_KEY)?),
        (None, SignatureAlg::None) => Signer::Unsigned,
        (None, _) => Signer::Secret(secret.as_deref().ok_or(Fault::Stored("a client's secret"))?),
    };
    jws::sign(platform, signer, typ, claims).await
}
