//! Dynamic client registration (RFC 7591; OpenID Connect Dynamic Client Registration) and its management (RFC 7592, in [`manage`]).

pub mod manage;
mod sector;
pub mod wire;

use crate::client::home::{CreateRecord, DeleteRecord};
use crate::client::metadata::ClientMetadata;
use crate::client::policy::ClientPolicy;
use crate::client::record::ClientRecord;
use crate::client::rules;
use crate::config::RegistrationPolicy;
use crate::endpoint::flood;
use crate::error::{Challenge, Error, ErrorCode, Fault, ProtocolError};
use crate::http::{Request, Response};
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::oauth::time::Timestamp;
use crate::object::{Class, Refusal};
use crate::pending::rate::Counted;
use crate::platform::Platform;
use crate::seal::same_secret;

/// `POST /registration`: registers a client. What cannot be registered is refused before anything is counted or stored.
pub async fn register<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    authorize(&platform.config().registration, request)?;
    let metadata = rules::register(wire::read_body(request)?, platform.config().issuer.is_local())?;
    if let Some(refused) = refuse_flood(platform, request).await? {
        return Ok(refused);
    }
    begin(platform, request, metadata, None).await
}

/// Registers a client with metadata that has passed the rules. It ends at `expires_at`, or when the configuration says.
pub async fn begin<P: Platform>(
    platform: &P,
    request: &Request,
    metadata: ClientMetadata,
    expires_at: Option<Timestamp>,
) -> Result<Response, Error> {
    // Last of all, so that nobody makes the provider fetch more often than it registers.
    sector::check(platform, &metadata).await?;
    let record = issue(platform, metadata, expires_at)?;
    create(platform, &record).await?;
    request.note_client(record.client_id.as_str());
    Ok(Response::json(201, &wire::registered(platform.config(), &record)))
}

/// Lets whoever pass that may register a client (RFC 7591, section 3: the initial access token).
fn authorize(policy: &RegistrationPolicy, request: &Request) -> Result<(), Challenge> {
    let expected = match policy {
        RegistrationPolicy::Open => return Ok(()),
        RegistrationPolicy::Token(token) => Some(token),
        RegistrationPolicy::Closed => None,
    };
    let given = request.credentials("bearer").ok_or_else(Challenge::bearer)?;
    match expected.is_some_and(|expected| same_secret(expected, &given)) {
        true => Ok(()),
        false => Err(Challenge::bearer_error(ErrorCode::InvalidToken, "not the initial access token")),
    }
}

/// Counts the request; a refusal where its address has registered too much.
async fn refuse_flood<P: Platform>(platform: &P, request: &Request) -> Result<Option<Response>, Fault> {
    let error = || ProtocolError::new(ErrorCode::SlowDown, "too many registrations from this address");
    let refusal = || error().into_response().with("retry-after", flood::WINDOW.to_string());
    let is_within = flood::is_within(platform, request, Counted::Registration).await?;
    Ok((!is_within).then(refusal))
}

/// Gives a client its identifier, its secret and its registration access token.
fn issue<P: Platform>(platform: &P, metadata: ClientMetadata, expires_at: Option<Timestamp>) -> Result<ClientRecord, Fault> {
    let sealer = &platform.config().sealer;
    let now = platform.now();
    let mut random = [0; 12];
    platform.random(&mut random)?;
    let client_id = sealer.issue_client_id(random);
    Ok(ClientRecord {
        issued_at: now,
        expires_at: expires_at.unwrap_or(match platform.config().lifetimes.client {
            0 => Timestamp(0),
            lifetime => now.plus(lifetime),
        }),
        sealed_secret: new_secret(platform, &client_id, &metadata)?,
        sealed_registration_token: ClientRecord::seal_registration_token(sealer, &client_id, &platform.secret()?),
        client_id,
        metadata,
        client_salt: None,
        policy: ClientPolicy::default(),
    })
}

/// A sealed secret for a client that authenticates, signs or is encrypted to with one.
fn new_secret<P: Platform>(platform: &P, id: &ClientId, metadata: &ClientMetadata) -> Result<Option<String>, Fault> {
    let secret = || Ok(ClientRecord::seal_secret(&platform.config().sealer, id, &platform.secret()?));
    metadata.needs_secret().then(secret).transpose()
}

/// Stores a new client. The object comes first: from then on the client is found everywhere, whatever KV still remembers. Where KV does not take it the
/// client ends again: nobody will ever be told of it.
async fn create<P: Platform>(platform: &P, record: &ClientRecord) -> Result<(), Fault> {
    let command = CreateRecord { record: record.clone() };
    let created = platform.ask(record.client_id.as_str(), command).await?;
    created.map_err(|refusal: Refusal| Fault::Object {
        class: Class::Registration.name(),
        reason: format!("CreateRecord refused: {}", json::value_of(&refusal)),
    })?;
    let put = put(platform, record).await;
    if put.is_err() {
        let _ = platform.ask(record.client_id.as_str(), DeleteRecord {}).await;
    }
    put
}

/// Writes a client's record to KV, where ordinary requests read it.
async fn put<P: Platform>(platform: &P, record: &ClientRecord) -> Result<(), Fault> {
    let text = json::text(record);
    let lifetime = record.remaining_lifetime(platform.now());
    let put = platform.kv_put(&ClientRecord::kv_key(&record.client_id), &text, lifetime).await;
    platform.clients().forget(&record.client_id);
    put
}
