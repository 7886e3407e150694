//! `GET /admin/clients`: the registered clients, in the shape in which the Python providers keep and exchange them: an object with one record for each
//! client_id.

use crate::admin::authorize_admin;
use crate::admin::interchange::{Format, client};
use crate::client::record::{ClientRecord, KV_PREFIX, TOMBSTONE};
use crate::error::{Error, Fault};
use crate::http::{Request, Response};
use crate::oauth::json;
use crate::platform::Platform;
use std::collections::BTreeMap;

/// GET: every client, with its secrets.
pub async fn list<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    let format = Format::asked_for(request)?;
    let mut clients = BTreeMap::new();
    for key in platform.kv_keys(KV_PREFIX).await? {
        if let Some(record) = read(platform, &key).await? {
            let members = client::write(platform.config(), format, &record);
            clients.insert(record.client_id, members);
        }
    }
    Ok(Response::json(200, &clients))
}

async fn read<P: Platform>(platform: &P, key: &str) -> Result<Option<ClientRecord>, Fault> {
    let record: ClientRecord = match platform.kv_get(key).await? {
        Some(text) if text != TOMBSTONE => json::read(&text).map_err(|_| Fault::Stored("a client record"))?,
        // Deleted, or come to its end since the keys were listed.
        Some(_) | None => return Ok(None),
    };
    Ok((!record.is_expired(platform.now())).then_some(record))
}
