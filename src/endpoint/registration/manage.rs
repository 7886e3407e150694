//! Managing a registration: read, replace, delete (RFC 7592). Every request here goes to the client's own object, which alone is never stale.

use super::{new_secret, put, refuse_flood, sector, wire};
use crate::client::change::{Change, ChangeRecord, NewMetadata};
use crate::client::home::{DeleteRecord, ReadRecord};
use crate::client::members::invalid;
use crate::client::metadata::ClientMetadata;
use crate::client::record::{ClientRecord, TOMBSTONE};
use crate::client::rules;
use crate::endpoint::client_lookup;
use crate::error::{Challenge, Error, ErrorCode, Fault, ProtocolError, protocol};
use crate::http::{Request, Response};
use crate::oauth::ids::ClientId;
use crate::oauth::params::Params;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::same_secret;
use serde_json::Value;

/// How long KV remembers that a client without an end was deleted, in seconds.
const REMEMBER_DELETED: i64 = 30 * 86_400;

/// How often the record is copied to KV while it changes underneath.
const COPIES: usize = 4;

/// `GET /registration_api`: the client's registration (RFC 7592, section 2.1).
pub async fn read<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let record = authorize(platform, request).await?;
    Ok(Response::json(200, &wire::registered(platform.config(), &record)))
}

/// `PUT /registration_api`: other metadata in place of the old, checked as for a new client (RFC 7592, section 2.2).
pub async fn update<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let current = authorize(platform, request).await?;
    let body = wire::read_body(request)?;
    check_identity(platform, &current, &body)?;
    let metadata = rules::register(body, platform.config().issuer.is_local())?;
    if metadata.sector_identifier_uri.is_some()
        && let Some(refused) = refuse_flood(platform, request).await?
    {
        return Ok(refused);
    }
    let record = replace(platform, &current.client_id, metadata, None)
        .await?
        .ok_or_else(unauthorized)?;
    Ok(Response::json(200, &wire::registered(platform.config(), &record)))
}

/// Puts metadata that has passed the rules in the place of a client's, and another end where one is given. `None` where the client is gone.
pub async fn replace<P: Platform>(
    platform: &P,
    id: &ClientId,
    metadata: ClientMetadata,
    expires_at: Option<Timestamp>,
) -> Result<Option<ClientRecord>, Error> {
    sector::check(platform, &metadata).await?;
    let new = NewMetadata {
        sealed_secret: new_secret(platform, id, &metadata)?,
        metadata,
        expires_at,
    };
    Ok(change(platform, id, Change::Metadata(Box::new(new))).await?)
}

/// Changes a client's record, which counts from the next request on wherever the client's copy in KV has arrived. `None` where the client is gone.
pub async fn change<P: Platform>(platform: &P, id: &ClientId, change: Change) -> Result<Option<ClientRecord>, Fault> {
    let Ok(record) = platform.ask(id.as_str(), ChangeRecord { change }).await? else {
        return Ok(None);
    };
    publish(platform, &record).await?;
    Ok(Some(record))
}

/// `DELETE /registration_api`: the client and all its grants end (RFC 7592, section 2.3).
pub async fn delete<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let record = authorize(platform, request).await?;
    end(platform, &record).await?;
    Ok(Response::empty(204))
}

/// Ends a client and all its grants.
///
/// KV learns it first. If the provider dies between the steps, nobody can use the client any more, and the same request, sent again, completes
/// what is left.
pub async fn end<P: Platform>(platform: &P, record: &ClientRecord) -> Result<(), Fault> {
    bury(platform, record).await?;
    // Refused where another request has deleted it meanwhile: it is gone either way.
    let _ = platform.ask(record.client_id.as_str(), DeleteRecord {}).await?;
    Ok(())
}

/// The client that the request manages, if it presents that client's registration access token. For an unknown client, one that has ended and
/// one of another token the answer is the same.
async fn authorize<P: Platform>(platform: &P, request: &Request) -> Result<ClientRecord, Error> {
    let token = request.credentials("bearer").ok_or_else(Challenge::bearer)?;
    let params = Params::parse(&request.query).map_err(|_| protocol(ErrorCode::InvalidRequest, "the query is not UTF-8"))?;
    let id = params
        .one("client_id")
        .map_err(|_| protocol(ErrorCode::InvalidRequest, "client_id is given more than once"))?;
    let id = ClientId(id.ok_or_else(unauthorized)?.to_owned());
    let client = client_lookup::find_at_home(platform, &id).await?;
    let sealer = &platform.config().sealer;
    match client {
        Some(client) if client.accepts_registration_token(sealer, &token) && !client.is_expired(platform.now()) => {
            request.note_client(client.client_id.as_str());
            Ok(client)
        }
        _ => Err(unauthorized().into()),
    }
}

fn unauthorized() -> Challenge {
    Challenge::bearer_error(ErrorCode::InvalidToken, "not a registration access token of this client")
}

/// An update repeats the client's identity and cannot change it (RFC 7592, section 2.2).
pub fn check_identity<P: Platform>(platform: &P, current: &ClientRecord, body: &Value) -> Result<(), ProtocolError> {
    if body.get("client_id").and_then(Value::as_str) != Some(current.client_id.as_str()) {
        return Err(invalid("client_id", "has to be the client's own"));
    }
    match body.get("client_secret") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(given)) => match current.secret(&platform.config().sealer) {
            Some(kept) if same_secret(&kept, given) => Ok(()),
            _ => Err(invalid("client_secret", "has to be the client's own")),
        },
        Some(_) => Err(invalid("client_secret", "has to be a string")),
    }
}

/// Copies the record to KV, and then looks whether it is still the client's: of two updates at once, or an update and a deletion, the
/// copy that is written last might otherwise be the older one.
pub async fn publish<P: Platform>(platform: &P, record: &ClientRecord) -> Result<(), Fault> {
    let mut copied = record.clone();
    for _ in 0..COPIES {
        put(platform, &copied).await?;
        match platform.ask(copied.client_id.as_str(), ReadRecord {}).await? {
            Ok(current) if current == copied => break,
            Ok(current) => copied = current,
            Err(_) => return bury(platform, &copied).await,
        }
    }
    Ok(())
}

/// Writes to KV that the client is no more.
async fn bury<P: Platform>(platform: &P, record: &ClientRecord) -> Result<(), Fault> {
    let lifetime = record.remaining_lifetime(platform.now()).unwrap_or(REMEMBER_DELETED);
    let key = ClientRecord::kv_key(&record.client_id);
    let put = platform.kv_put(&key, TOMBSTONE, Some(lifetime)).await;
    platform.clients().forget(&record.client_id);
    put
}
