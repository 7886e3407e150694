//! Client metadata: what a client may register about itself (RFC 7591, section 2; OpenID Connect Dynamic Client Registration, section 2).

use crate::jose::alg::Alg;
use crate::oauth::scope::Scope;
use crate::oauth::uri::RedirectUri;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How a client authenticates at the token endpoint (OpenID Connect Core, section 9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum AuthMethod {
    #[default]
    ClientSecretBasic,
    ClientSecretPost,
    None,
}

/// Grant types that a client may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum GrantType {
    AuthorizationCode,
}

/// Response types that a client may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ResponseType {
    Code,
}

/// Where the client runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ApplicationType {
    #[default]
    Web,
    Native,
}

/// How clients know a person (OpenID Connect Core, section 8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum SubjectType {
    #[default]
    Public,
}

/// Everything a client has registered about itself, checked, with the defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ClientMetadata {
    pub redirect_uris: Vec<RedirectUri>,
    pub response_types: Vec<ResponseType>,
    pub grant_types: Vec<GrantType>,
    pub application_type: ApplicationType,
    pub token_endpoint_auth_method: AuthMethod,
    pub id_token_signed_response_alg: Alg,
    pub subject_type: SubjectType,
    pub require_auth_time: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_acr_values: Option<Vec<String>>,
    /// What the client may ask for at most (RFC 7591, section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// The members that have a language in their names, such as `client_name#fr`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub localized: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_uris: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_logout_redirect_uris: Option<Vec<RedirectUri>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_session_required: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_session_required: Option<bool>,
}

impl ClientMetadata {
    /// The metadata as members of a registration response: the localized ones stand among the others.
    pub fn members(&self) -> Map<String, Value> {
        // No key of this type is anything but a string.
        let Ok(Value::Object(mut members)) = serde_json::to_value(self) else {
            return Map::new();
        };
        members.remove("localized");
        members.extend(self.localized.iter().map(|(name, text)| (name.clone(), text.as_str().into())));
        members
    }
}

/// A set of scope tokens that is one space-separated string in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeText(pub Scope);

impl Serialize for ScopeText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ScopeText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Scope::parse(&text).map(Self).map_err(|_| serde::de::Error::custom("not a scope"))
    }
}
