//! One client: `POST /admin/clients` registers it, and at `/admin/clients/{client_id}` it is read, changed and deleted, and gets another secret. Its
//! metadata goes by the rules of registration, and every request goes to the client's own object, which alone is never stale.

use crate::admin::input;
use crate::client::change::Change;
use crate::client::metadata::ClientMetadata;
use crate::client::record::ClientRecord;
use crate::client::rules;
use crate::endpoint::client_lookup::find_at_home;
use crate::endpoint::registration::manage::{change, check_identity, end, replace};
use crate::endpoint::registration::{begin, wire};
use crate::error::{Error, Fault, ProtocolError};
use crate::http::{Request, Response};
use crate::oauth::ids::ClientId;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use serde_json::{Value, json};

/// The longest that a client lives unless it lives for ever, in seconds: ten years.
const LONGEST_LIFE: i64 = 3650 * 86_400;

/// The client, as its own object has it, unless it is unknown, deleted, or at its end.
pub async fn find<P: Platform>(platform: &P, id: &ClientId) -> Result<Option<ClientRecord>, Fault> {
    let record = find_at_home(platform, id).await?;
    Ok(record.filter(|record| !record.is_expired(platform.now())))
}

/// POST: registers a client; 201 with what a client is told that registers itself.
pub async fn create<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let (metadata, expires_at) = read(platform, input::object(request)?.into())?;
    begin(platform, request, metadata, expires_at).await
}

/// GET: the registration, without anything secret.
pub fn get<P: Platform>(platform: &P, client: &ClientRecord) -> Response {
    Response::json(200, &wire::described(platform.config(), client))
}

/// PUT: other metadata in place of the old, as a client changes it (RFC 7592, section 2.2). A secret is told only where the change has given the client
/// its first one.
pub async fn put<P: Platform>(platform: &P, request: &Request, client: &ClientRecord) -> Result<Response, Error> {
    let mut members = input::object(request)?;
    // Whose it is stands in the path.
    members.entry("client_id").or_insert_with(|| client.client_id.as_str().into());
    let body = members.into();
    check_identity(platform, client, &body)?;
    let (metadata, expires_at) = read(platform, body)?;
    let Some(record) = replace(platform, &client.client_id, metadata, expires_at).await? else {
        return Ok(Response::not_found());
    };
    let shown = match client.sealed_secret {
        None => wire::with_secret(platform.config(), &record),
        Some(_) => wire::described(platform.config(), &record),
    };
    Ok(Response::json(200, &shown))
}

/// DELETE: the client and all its grants end.
pub async fn delete<P: Platform>(platform: &P, client: &ClientRecord) -> Result<Response, Error> {
    end(platform, client).await?;
    Ok(Response::empty(204).no_store())
}

/// POST: another secret, which is all that is answered; the old one counts no longer.
pub async fn rotate<P: Platform>(platform: &P, client: &ClientRecord) -> Result<Response, Error> {
    if !client.metadata.needs_secret() {
        return Err(input::wrong("token_endpoint_auth_method", "this client needs no secret").into());
    }
    let secret = platform.secret()?;
    let sealed = ClientRecord::seal_secret(&platform.config().sealer, &client.client_id, &secret);
    Ok(match change(platform, &client.client_id, Change::Secret(sealed)).await? {
        Some(_) => Response::json(200, &json!({ "client_secret": secret })),
        None => Response::not_found(),
    })
}

/// What the operator says of a client: its metadata, and when it ends.
fn read<P: Platform>(platform: &P, body: Value) -> Result<(ClientMetadata, Option<Timestamp>), ProtocolError> {
    let now = platform.now();
    let within = now.plus(1).0..=now.plus(LONGEST_LIFE).0;
    let refused = || {
        input::wrong(
            "expires_at",
            "has to be 0, or seconds since the epoch for a moment in the next ten years",
        )
    };
    let expires_at = match body.get("expires_at") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_i64().filter(|at| *at == 0 || within.contains(at)).ok_or_else(refused)?),
    };
    let metadata = rules::register(body, platform.config().issuer.is_local())?;
    Ok((metadata, expires_at.map(Timestamp)))
}
