//! Sector identifiers (OpenID Connect Core, section 8.1; OpenID Connect Dynamic Client Registration, section 5): a document on one host that says which
//! redirect URIs, on whichever hosts, belong together.

use crate::client::members::invalid;
use crate::client::metadata::ClientMetadata;
use crate::endpoint::fetch::fetch;
use crate::error::ProtocolError;
use crate::oauth::json;
use crate::platform::Platform;
use serde_json::Value;

/// Fetches the sector's list, where the client names one, and checks that every redirect URI is in it.
pub async fn check<P: Platform>(platform: &P, metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    let Some(address) = &metadata.sector_identifier_uri else {
        return Ok(());
    };
    let refused = |reason| invalid("sector_identifier_uri", reason);
    let document = fetch(platform, address).await.ok_or_else(|| refused("cannot be fetched"))?;
    let Ok(Value::Array(list)) = json::parse(&document) else {
        return Err(refused("is not a JSON array"));
    };
    let listed = |uri: &str| list.iter().any(|one| one == uri);
    match (
        list.iter().all(Value::is_string),
        metadata.redirect_uris.iter().all(|uri| listed(uri.as_str())),
    ) {
        (true, true) => Ok(()),
        (false, _) => Err(refused("is not an array of strings")),
        (true, false) => Err(refused("does not list every redirect URI")),
    }
}
