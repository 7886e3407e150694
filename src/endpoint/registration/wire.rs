//! Registration requests and responses as they travel (RFC 7591, section 3).

use crate::client::record::ClientRecord;
use crate::config::Config;
use crate::error::{ErrorCode, ProtocolError};
use crate::http::{Request, TooLarge};
use crate::oauth::json;
use crate::oauth::time::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

/// Reads the body of a request, which has to be JSON.
pub(super) fn read_body(request: &Request) -> Result<Value, ProtocolError> {
    let invalid = |reason: String| ProtocolError::new(ErrorCode::InvalidClientMetadata, reason);
    let content_type = request.header("content-type").unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(invalid("the content type has to be application/json".to_owned()));
    }
    match &request.body {
        Ok(body) => json::parse(body).map_err(|error| invalid(format!("not sound JSON: {error}"))),
        Err(TooLarge) => Err(invalid("the body is too large".to_owned())),
    }
}

/// The client information response (RFC 7591, section 3.2.1; RFC 7592, section 3).
#[derive(Serialize)]
pub struct Registered<'a> {
    client_id: &'a str,
    client_id_issued_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Zeroizing<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_access_token: Option<Zeroizing<String>>,
    registration_client_uri: String,
    #[serde(flatten)]
    metadata: Map<String, Value>,
}

/// What the client is told of its registration.
pub fn registered<'a>(config: &Config, record: &'a ClientRecord) -> Registered<'a> {
    let client_secret = record.secret(&config.sealer);
    Registered {
        client_id: record.client_id.as_str(),
        client_id_issued_at: record.issued_at,
        client_secret_expires_at: client_secret.as_ref().map(|_| record.expires_at),
        client_secret,
        registration_access_token: record.registration_token(&config.sealer),
        registration_client_uri: config.issuer.at(&record.configuration_path()),
        metadata: record.metadata.members(),
    }
}

/// What the operator is shown of a client: the same without what is secret, and with its end.
pub fn described<'a>(config: &Config, record: &'a ClientRecord) -> Registered<'a> {
    Registered {
        client_secret: None,
        ..with_secret(config, record)
    }
}

/// The same with the client's secret.
pub fn with_secret<'a>(config: &Config, record: &'a ClientRecord) -> Registered<'a> {
    let mut shown = Registered {
        registration_access_token: None,
        ..registered(config, record)
    };
    shown.metadata.insert("expires_at".to_owned(), record.expires_at.0.into());
    shown
}
