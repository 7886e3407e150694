//! The registered clients, in the shape in which oidcop keeps and exchanges them: an object with one record for each client_id.

use crate::admin::authorize_admin;
use crate::client::record::{ClientRecord, KV_PREFIX, TOMBSTONE};
use crate::config::Config;
use crate::error::{Error, Fault};
use crate::http::{Request, Response};
use crate::oauth::base64url;
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::oauth::uri::RedirectUri;
use crate::platform::Platform;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The members that every reader of such records knows, in their order. Others follow by name.
const ORDER: [&str; 18] = [
    "client_id",
    "client_salt",
    "registration_access_token",
    "registration_client_uri",
    "client_id_issued_at",
    "client_secret",
    "client_secret_expires_at",
    "application_type",
    "response_types",
    "contacts",
    "token_endpoint_auth_method",
    "post_logout_redirect_uris",
    "jwks_uri",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "grant_types",
    "redirect_uris",
];

/// `GET /admin/clients`: every client, with its secrets.
pub async fn list<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    let mut clients = BTreeMap::new();
    for key in platform.kv_keys(KV_PREFIX).await? {
        if let Some(record) = read(platform, &key).await? {
            let members = Ordered(oidcop_record(platform.config(), &record));
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

/// A client's record as oidcop writes it. Defaults that oidcop does not write are left out.
fn oidcop_record(config: &Config, record: &ClientRecord) -> Map<String, Value> {
    let secret = record.secret(&config.sealer);
    let identity = json!({
        "client_id": record.client_id,
        "client_salt": client_salt(&record.client_id),
        "registration_access_token": record.registration_token(&config.sealer),
        "registration_client_uri": config.issuer.at(&record.configuration_path()),
        "client_id_issued_at": record.issued_at,
        "client_secret": secret,
        "client_secret_expires_at": secret.as_ref().map(|_| record.expires_at),
        "redirect_uris": record.metadata.redirect_uris.iter().map(split_query).collect::<Vec<_>>(),
        "post_logout_redirect_uris": record.metadata.post_logout_redirect_uris.as_ref().map(|uris| {
            uris.iter().map(|uri| (uri.as_str(), "")).collect::<Vec<_>>()
        }),
    });
    let mut members = record.metadata.members();
    members.retain(|name, value| !is_default(name, value));
    if let Value::Object(identity) = identity {
        members.extend(identity.into_iter().filter(|(_, value)| !value.is_null()));
    }
    members
}

fn is_default(name: &str, value: &Value) -> bool {
    match name {
        "id_token_signed_response_alg" => value == "RS256",
        "subject_type" => value == "public",
        "require_auth_time" => value == false,
        _ => false,
    }
}

/// Eight characters that belong to the client for ever, as oidcop's random salt does.
fn client_salt(id: &ClientId) -> String {
    let digest = Sha256::new().chain_update("client salt ").chain_update(id.as_str()).finalize();
    base64url::encode(digest).chars().take(8).collect()
}

/// A redirect URI as oidcop keeps it: what stands before the query, and the query as lists of values.
fn split_query(uri: &RedirectUri) -> (&str, BTreeMap<String, Vec<String>>) {
    let (base, query) = uri.as_str().split_once('?').unwrap_or((uri.as_str(), ""));
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        values.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    (base, values)
}

/// Members that are written in [`ORDER`].
struct Ordered(Map<String, Value>);

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = ORDER.iter().filter_map(|name| self.0.get_key_value(*name));
        let others = self.0.iter().filter(|(name, _)| !ORDER.contains(&name.as_str()));
        serializer.collect_map(known.chain(others))
    }
}
