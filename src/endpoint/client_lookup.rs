//! Finding a client: one read of Workers KV, and where KV does not know the client yet, a question to the client's own object.

use crate::client::home::ReadRecord;
use crate::client::record::{ClientRecord, TOMBSTONE};
use crate::error::Fault;
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::platform::Platform;

/// The longest client identifier that is looked for; KV refuses keys past 512 bytes.
const ID_LIMIT: usize = 128;

/// The client, unless it is unknown, deleted, or at its end.
pub async fn find<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<ClientRecord>, Fault> {
    let legal = |c: char| matches!(c, '!'..='~');
    if id.as_str().is_empty() || id.as_str().len() > ID_LIMIT || !id.as_str().chars().all(legal) {
        return Ok(None);
    }
    let record = match platform.kv_get(&ClientRecord::kv_key(id)).await? {
        Some(text) if text == TOMBSTONE => None,
        Some(text) => Some(json::read(&text).map_err(|_| Fault::Stored("a client record"))?),
        None => find_at_home(platform, id).await?,
    };
    Ok(record.filter(|record| !record.is_expired(platform.now())))
}

/// The client as its own object has it, without any delay. KV may remember for a minute that it did not have a key, so a client that registered
/// a moment ago is asked for at its object. The MAC in a client_id keeps invented ids from getting so far.
pub async fn find_at_home<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<ClientRecord>, Fault> {
    if !platform.config().sealer.issued(id) {
        return Ok(None);
    }
    Ok(platform.ask(id.as_str(), ReadRecord {}).await?.ok())
}
