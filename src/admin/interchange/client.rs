//! A client's record as the Python providers keep it.

use super::Format;
use crate::client::policy::ClientPolicy;
use crate::client::record::ClientRecord;
use crate::client::rules;
use crate::config::Config;
use crate::error::{ErrorCode, ProtocolError};
use crate::oauth::base64url;
use crate::oauth::ids::ClientId;
use crate::oauth::json;
use crate::oauth::params;
use crate::oauth::time::Timestamp;
use crate::oauth::uri::RedirectUri;
use litemap::LiteMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

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

/// What the operator has decided stands among the members of a record.
const POLICY: [&str; 8] = [
    "scopes_to_claims",
    "allowed_scopes",
    "deny_unknown_scopes",
    "add_claims",
    "token_usage_rules",
    "refresh_grace",
    "access_token_format",
    "resources",
];

/// Writes a record. Defaults that the Python providers do not write are left out.
pub fn write(config: &Config, format: Format, record: &ClientRecord) -> impl Serialize + use<> {
    let secret = record.secret(&config.sealer);
    let identity = json!({
        "client_id": record.client_id,
        "client_salt": record.client_salt.clone().unwrap_or_else(|| client_salt(&record.client_id)),
        "registration_access_token": record.registration_token(&config.sealer),
        "registration_client_uri": config.issuer.at(&record.configuration_path()),
        "client_id_issued_at": record.issued_at,
        "client_secret": secret,
        "client_secret_expires_at": secret.as_ref().map(|_| record.expires_at),
        "redirect_uris": record.metadata.redirect_uris.iter().map(split_query).collect::<Vec<_>>(),
        "post_logout_redirect_uris": record.metadata.post_logout_redirect_uris.as_ref().map(|uris| {
            let written = uris.iter().map(|uri| match format {
                Format::Oidcop20 => json!([uri.as_str(), ""]),
                Format::Oidcop24 | Format::Idpyoidc5 => json!(uri.as_str()),
            });
            written.collect::<Vec<_>>()
        }),
    });
    let mut members = record.metadata.members();
    members.retain(|name, value| !is_default(name, value));
    if let Value::Object(identity) = identity {
        members.extend(identity.into_iter().filter(|(_, value)| !value.is_null()));
    }
    if let (false, Value::Object(policy)) = (record.policy.is_empty(), json::value_of(&record.policy)) {
        members.extend(policy);
    }
    Ordered(members)
}

/// Reads a record of any form; the error names the client. What a client may register goes by the rules for registration.
pub fn read(config: &Config, id: &str, members: &Map<String, Value>, now: Timestamp) -> Result<ClientRecord, ProtocolError> {
    let wrong = |reason: &str| ProtocolError::new(ErrorCode::InvalidRequest, format!("client {id}: {reason}"));
    let client_id = ClientId(id.to_owned());
    if members.get("client_id").and_then(Value::as_str).is_some_and(|inner| inner != id) || !client_id.is_legal() {
        return Err(wrong("client_id has to be the record's name, in at most 128 printable characters"));
    }
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let time = |name: &str| members.get(name).and_then(Value::as_i64).map(Timestamp);
    let mut request = members.clone();
    for name in ["redirect_uris", "post_logout_redirect_uris"] {
        if let Some(uris) = request.get(name).and_then(Value::as_array) {
            let joined: Option<Vec<String>> = uris.iter().map(join_query).collect();
            let joined = joined.ok_or_else(|| wrong("a redirect URI has to be text, or text and the values of its query"))?;
            request.insert(name.to_owned(), joined.into());
        }
    }
    let decided = request.iter().filter(|(name, _)| POLICY.contains(&name.as_str()));
    let decided = Value::Object(decided.map(|(name, value)| (name.clone(), value.clone())).collect());
    let policy = json::exactly(&decided).ok().filter(ClientPolicy::is_sound);
    let metadata = rules::register(Value::Object(request), config.issuer.is_local()).map_err(|error| wrong(&error.description))?;
    let sealer = &config.sealer;
    let secret = text("client_secret");
    if metadata.needs_secret() && secret.is_none() {
        return Err(wrong("has no client_secret"));
    }
    // Without one nobody manages the registration but the operator: no text opens as the empty one.
    let registration_token =
        text("registration_access_token").map(|token| ClientRecord::seal_registration_token(sealer, &client_id, token));
    Ok(ClientRecord {
        issued_at: time("client_id_issued_at").unwrap_or(now),
        expires_at: time("client_secret_expires_at").unwrap_or_default(),
        sealed_secret: secret.map(|secret| ClientRecord::seal_secret(sealer, &client_id, secret)),
        sealed_registration_token: registration_token.unwrap_or_default(),
        metadata,
        policy: policy.ok_or_else(|| wrong("has a policy that no token can keep to"))?,
        client_salt: text("client_salt").map(str::to_owned),
        client_id,
    })
}

/// The reverse of [`split_query`].
fn join_query(uri: &Value) -> Option<String> {
    let (base, query) = match uri {
        Value::String(uri) => return Some(uri.clone()),
        Value::Array(parts) => match parts.as_slice() {
            [base] => (base.as_str()?, None),
            [base, query] => (base.as_str()?, query.as_object()),
            _ => return None,
        },
        _ => return None,
    };
    let values: LiteMap<String, Vec<String>> =
        query.map_or(Some(LiteMap::new_vec()), |query| json::of_value(&query.clone().into()).ok())?;
    let pairs: Vec<(&str, &str)> = values
        .iter()
        .flat_map(|(name, all)| all.iter().map(|value| (name.as_str(), value.as_str())))
        .collect();
    Some(match pairs.is_empty() {
        true => base.to_owned(),
        false => format!("{base}?{}", params::encode(pairs)),
    })
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
fn split_query(uri: &RedirectUri) -> (&str, Map<String, Value>) {
    let (base, query) = uri.as_str().split_once('?').unwrap_or((uri.as_str(), ""));
    let mut values: LiteMap<String, Vec<String>> = LiteMap::new_vec();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match values.get_mut(&*name) {
            Some(all) => all.push(value.into_owned()),
            None => drop(values.insert(name.into_owned(), vec![value.into_owned()])),
        }
    }
    (base, values.into_iter().map(|(name, all)| (name, all.into())).collect())
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
