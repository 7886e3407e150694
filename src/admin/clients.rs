//! `GET /admin/clients`: the registered clients. With `limit` or `cursor` they come in pages and in short; without, all at once and in the shape in which
//! the Python providers keep and exchange them: an object with one record for each client_id.

use crate::admin::input;
use crate::admin::interchange::{Format, client};
use crate::client::record::{ClientRecord, KV_PREFIX, TOMBSTONE};
use crate::error::{Error, Fault, ProtocolError};
use crate::http::{Request, Response};
use crate::oauth::json;
use crate::oauth::params::Params;
use crate::platform::Platform;
use litemap::LiteMap;
use serde_json::{Map, Value, json};

/// So many clients a page has at most: their records are read at once.
const LONGEST_PAGE: usize = 100;

/// So many where the request does not say.
const PAGE: usize = 50;

/// GET: a page of the clients, or every client with its secrets.
pub async fn list<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    match Asked::of(request)? {
        Some(asked) => page(platform, &asked).await,
        None => dump(platform, request).await,
    }
}

/// Which page a request asks for.
struct Asked {
    limit: usize,
    cursor: Option<String>,
}

impl Asked {
    /// `None` where it does not ask for pages.
    fn of(request: &Request) -> Result<Option<Self>, ProtocolError> {
        let query = Params::parse(&request.query).map_err(|_| input::wrong("query", "is not UTF-8"))?;
        let one = |name| query.one(name).map_err(|_| input::wrong(name, "is given more than once"));
        let (limit, cursor) = (one("limit")?, one("cursor")?);
        if limit.is_none() && cursor.is_none() {
            return Ok(None);
        }
        let number = limit.map_or(Some(PAGE), |limit| limit.parse().ok());
        let number = number.filter(|limit| (1..=LONGEST_PAGE).contains(limit));
        Ok(Some(Self {
            limit: number.ok_or_else(|| input::wrong("limit", &format!("has to be a number from 1 to {LONGEST_PAGE}")))?,
            cursor: cursor.map(str::to_owned),
        }))
    }
}

async fn page<P: Platform>(platform: &P, asked: &Asked) -> Result<Response, Error> {
    let page = platform.kv_page(KV_PREFIX, Some(asked.limit), asked.cursor.as_deref()).await?;
    let page = page.ok_or_else(|| input::wrong("cursor", "is not one that a page has given"))?;
    let mut clients = Vec::new();
    for text in platform.kv_get_all(&page.keys).await? {
        clients.extend(read(platform, text)?.as_ref().map(shortly));
    }
    Ok(Response::json(200, &json!({ "clients": clients, "cursor": page.cursor })))
}

fn shortly(record: &ClientRecord) -> Value {
    json!({
        "client_id": record.client_id,
        "client_name": record.metadata.client_name,
        "redirect_uris": record.metadata.redirect_uris,
        "token_endpoint_auth_method": record.metadata.token_endpoint_auth_method,
        "issued_at": record.issued_at,
        "expires_at": record.expires_at,
    })
}

async fn dump<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let format = Format::asked_for(request)?;
    let mut clients = LiteMap::new_vec();
    for key in platform.kv_keys(KV_PREFIX).await? {
        if let Some(record) = read(platform, platform.kv_get(&key).await?)? {
            let members = json::value_of(&client::write(platform.config(), format, &record));
            clients.insert(record.client_id.0, members);
        }
    }
    let clients: Map<String, Value> = clients.into_iter().collect();
    Ok(Response::json(200, &clients))
}

/// What Workers KV has of a client, unless that has been deleted, or has come to its end since the keys were listed.
fn read<P: Platform>(platform: &P, text: Option<String>) -> Result<Option<ClientRecord>, Fault> {
    let Some(text) = text.filter(|text| text != TOMBSTONE) else {
        return Ok(None);
    };
    let record: ClientRecord = json::read(&text).map_err(|_| Fault::Stored("a client record"))?;
    Ok((!record.is_expired(platform.now())).then_some(record))
}
