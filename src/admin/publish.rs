//! `POST /admin/clients/{client_id}/publish`: copies a client's record from its own object to Workers KV, whatever stands there. What is
//! sealed in it with `SEAL_KEY_PREVIOUS` is sealed with `SEAL_KEY` before.

use crate::client::change::Change;
use crate::client::home::ReadRecord;
use crate::endpoint::registration::manage;
use crate::error::Error;
use crate::http::Response;
use crate::oauth::ids::ClientId;
use crate::platform::Platform;

/// POST: 204 where the record is in KV again; 404 where the object has none.
pub async fn publish<P: Platform>(platform: &P, client_id: &ClientId) -> Result<Response, Error> {
    if !client_id.is_legal() {
        return Ok(Response::not_found());
    }
    // The operator's word that there is such a client is enough: one that was imported has no mark of its own, and KV, which knew it, may be lost.
    let Ok(record) = platform.ask(client_id.as_str(), ReadRecord {}).await? else {
        return Ok(Response::not_found());
    };
    if record.is_expired(platform.now()) {
        return Ok(Response::not_found());
    }
    let seals = record.seals(&platform.config().sealer);
    match seals.is_empty() {
        true => manage::publish(platform, &record).await?,
        // Between two commands it may have been deleted; that has published its end.
        false => drop(manage::change(platform, client_id, Change::Seals(seals)).await?),
    }
    Ok(Response::empty(204).no_store())
}
