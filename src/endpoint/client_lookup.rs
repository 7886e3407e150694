//! Finding a client: in the isolate's memory, or by one read of Workers KV, and where KV does not know the client yet, by a question to the client's own
//! object.

use crate::client::home::ReadRecord;
use crate::client::record::{ClientRecord, TOMBSTONE};
use crate::error::Fault;
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::platform::Platform;
use std::rc::Rc;

/// The client, unless it is unknown, deleted, or at its end.
pub async fn find<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<Rc<ClientRecord>>, Fault> {
    match platform.clients().recall(id, platform.now()) {
        Some(remembered) => Ok(Some(remembered.record).filter(|record| !record.is_expired(platform.now()))),
        None => look(platform, id).await,
    }
}

/// The client as it is now, where it is another than the one that [`find`] has just given: elsewhere it may have been changed since it was remembered here.
/// Whoever is about to refuse something because of what the client has registered, or because of its secret, asks for it.
pub async fn find_newer<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<Rc<ClientRecord>>, Fault> {
    let Some(known) = platform
        .clients()
        .recall(id, platform.now())
        .filter(|known| known.at < platform.now())
    else {
        return Ok(None);
    };
    Ok(look(platform, id).await?.filter(|newer| *newer != known.record))
}

/// The client as Workers KV has it, which is remembered.
async fn look<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<Rc<ClientRecord>>, Fault> {
    if !id.is_legal() {
        return Ok(None);
    }
    let kept = platform.kv_get(&ClientRecord::kv_key(id)).await?;
    let record = read(platform, id, kept).await?.map(Rc::new);
    match &record {
        Some(record) => platform.clients().keep(Rc::clone(record), platform.now()),
        None => platform.clients().forget(id),
    }
    Ok(record)
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
