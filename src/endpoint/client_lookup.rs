//! Finding a client: one read of Workers KV, and where KV does not know the client yet, a question to the client's own object.

use crate::client::home::ReadRecord;
use crate::client::record::{ClientRecord, TOMBSTONE};
use crate::error::Fault;
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::platform::Platform;

/// The client, unless it is unknown, deleted, or at its end.
pub async fn find<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<ClientRecord>, Fault> {
    if !id.is_legal() {
        return Ok(None);
    }
    let kept = platform.kv_get(&ClientRecord::kv_key(id)).await?;
    read(platform, id, kept).await
}

/// The same for several clients, in their order, by one look at Workers KV.
pub async fn find_all<P: Platform>(platform: &P, ids: &[ClientId]) -> Result<Vec<Option<ClientRecord>>, Fault> {
    let keys: Vec<String> = ids.iter().map(ClientRecord::kv_key).collect();
    let mut records = Vec::new();
    for (id, kept) in ids.iter().zip(platform.kv_get_all(&keys).await?) {
        records.push(read(platform, id, kept).await?);
    }
    Ok(records)
}

/// The client by what Workers KV has kept of it.
async fn read<P: Platform>(platform: &P, id: &ClientId, kept: Option<String>) -> Result<Option<ClientRecord>, Fault> {
    let record = match kept {
        Some(text) if text == TOMBSTONE => None,
        Some(text) => Some(json::read(&text).map_err(|_| Fault::Stored("a client record"))?),
        None if !platform.config().sealer.issued(id) => None,
        None => at_home(platform, id).await?,
    };
    Ok(record.filter(|record| !record.is_expired(platform.now())))
}

/// The client as its own object has it, without any delay. KV may remember for a minute that it did not have a key, so a client that registered
/// a moment ago is asked for at its object. Invented ids never get so far: the MAC in a client_id shows that it is none, and one that was imported and has no
/// MAC is asked for where KV knows it.
pub async fn find_at_home<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<ClientRecord>, Fault> {
    if !id.is_legal() {
        return Ok(None);
    }
    let is_known = platform.config().sealer.issued(id) || platform.kv_get(&ClientRecord::kv_key(id)).await?.is_some();
    match is_known {
        true => at_home(platform, id).await,
        false => Ok(None),
    }
}

async fn at_home<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<ClientRecord>, Fault> {
    Ok(platform.ask(id.as_str(), ReadRecord {}).await?.ok())
}
