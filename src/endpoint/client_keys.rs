//! A client's public keys: those that it has registered, or those that it serves at its `jwks_uri` (OpenID Connect Core, section 10).

use crate::client::record::ClientRecord;
use crate::endpoint::fetch::fetch;
use crate::error::Fault;
use crate::jose::alg::{Alg, SignatureAlg};
use crate::jose::client_keys::ClientKeys;
use crate::jose::jws::Received;
use crate::jose::key_cache::Advice;
use crate::jose::verified::Verified;
use crate::oauth::json;
use crate::platform::Platform;
use serde_json::Value;

/// The keys of a client; none where they cannot be had.
pub async fn of<P: Platform>(platform: &P, client: &ClientRecord) -> Result<ClientKeys, Fault> {
    Ok(current(platform, client).await.keys)
}

/// Checks what a client has signed, with its keys or, for HS256, its secret; `None` where the signature does not hold, and for the algorithm `none`.
///
/// A key that is not known may be one that the client has begun to use since its keys were fetched, so they are fetched once more
/// (OpenID Connect Core, section 10.1.1).
pub async fn verify<'a, P: Platform>(
    platform: &P,
    client: &ClientRecord,
    alg: SignatureAlg,
    received: &'a Received<'a>,
) -> Result<Option<Verified<'a>>, Fault> {
    match alg.key() {
        Some(alg) => by_keys(platform, client, alg, received).await,
        None => match client.secret(&platform.config().sealer) {
            Some(secret) => Verified::by_secret(platform, received, &secret).await,
            None => Ok(None),
        },
    }
}

async fn by_keys<'a, P: Platform>(
    platform: &P,
    client: &ClientRecord,
    alg: Alg,
    received: &'a Received<'a>,
) -> Result<Option<Verified<'a>>, Fault> {
    let current = current(platform, client).await;
    let verified = Verified::by_keys(platform, received, alg, &current.keys).await?;
    match (&client.metadata.jwks_uri, current.are_kept) {
        (Some(address), true) if verified.is_none() && platform.key_cache().may_ask_again(address, platform.now()) => {
            let newer = fetch_keys(platform, address).await;
            // What has been tried need not be tried again.
            match newer == current.keys {
                true => Ok(None),
                false => Verified::by_keys(platform, received, alg, &newer).await,
            }
        }
        _ => Ok(verified),
    }
}

struct Current {
    keys: ClientKeys,
    /// Whether they were fetched before, so that there may be newer ones.
    are_kept: bool,
}

async fn current<P: Platform>(platform: &P, client: &ClientRecord) -> Current {
    let metadata = &client.metadata;
    let (keys, are_kept) = match &metadata.jwks_uri {
        None => (ClientKeys::parse(metadata.jwks.as_ref().unwrap_or(&Value::Null)), false),
        Some(address) => match platform.key_cache().advise(address, platform.now()) {
            Advice::Use(keys) => (keys, true),
            Advice::Fetch => (fetch_keys(platform, address).await, false),
        },
    };
    Current { keys, are_kept }
}

/// Fetches keys and keeps them; what is no JWK Set counts as nothing.
async fn fetch_keys<P: Platform>(platform: &P, address: &str) -> ClientKeys {
    let text = fetch(platform, address).await.unwrap_or_default();
    let jwks = json::parse(&text).ok().filter(|jwks| jwks.get("keys").is_some_and(Value::is_array));
    let keys = jwks.as_ref().map(ClientKeys::parse);
    platform.key_cache().keep(address, keys, platform.now())
}
