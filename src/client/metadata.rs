//! Client metadata: what a client may register about itself (RFC 7591, section 2; OpenID Connect Dynamic Client Registration, section 2).

use crate::jose::alg::{ContentEncryption, KeyManagementAlg, SignatureAlg};
use crate::oauth::json;
use crate::oauth::response_type::ResponseType;
use crate::oauth::scope::Scope;
use crate::oauth::uri::RedirectUri;
use crate::oauth::words::words;
use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

words! {
    /// How a client authenticates at the token endpoint (OpenID Connect Core, section 9).
    pub enum AuthMethod {
        ClientSecretBasic = "client_secret_basic",
        ClientSecretPost = "client_secret_post",
        ClientSecretJwt = "client_secret_jwt",
        PrivateKeyJwt = "private_key_jwt",
        None = "none",
    }
}

words! {
    /// Grant types that a client may register (RFC 7591, section 2).
    pub enum GrantType {
        AuthorizationCode = "authorization_code",
        Implicit = "implicit",
        RefreshToken = "refresh_token",
    }
}

words! {
    /// Where the client runs (OpenID Connect Dynamic Client Registration, section 2).
    pub enum ApplicationType {
        Web = "web",
        Native = "native",
    }
}

words! {
    /// How clients know a person (OpenID Connect Core, section 8): all by the same identifier, each sector by its own, or every grant by a new one.
    pub enum SubjectType {
        Public = "public",
        Pairwise = "pairwise",
        Ephemeral = "ephemeral",
    }
}

/// How something is encrypted for the client, or by it (OpenID Connect Dynamic Client Registration, section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// How the content's key reaches the recipient.
    pub alg: KeyManagementAlg,
    /// How the content is encrypted.
    pub enc: ContentEncryption,
}

/// What is done to a kind of JWT: the `*_signed_response_alg` or `*_signing_alg` member, and the pair for encryption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwtProtection {
    /// How it is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing: Option<SignatureAlg>,
    /// How it is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

impl JwtProtection {
    /// Whether it is a JWT at all.
    pub fn is_some(&self) -> bool {
        self.signing.is_some() || self.encryption.is_some()
    }
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<SignatureAlg>,
    /// How ID tokens are signed and encrypted.
    pub id_token: JwtProtection,
    /// How userinfo is, where it is a JWT.
    #[serde(default)]
    pub userinfo: JwtProtection,
    /// How introspection responses are, where the client asks for a JWT (RFC 9701, section 6).
    #[serde(default)]
    pub introspection: JwtProtection,
    /// How request objects are, where the client has said it.
    #[serde(default)]
    pub request_object: JwtProtection,
    pub subject_type: SubjectType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
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
    #[serde(default, skip_serializing_if = "LiteMap::is_empty")]
    pub localized: LiteMap<String, String>,
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
    /// Whether the client's secret is the key of something that is signed or encrypted.
    pub fn needs_secret_for_jwts(&self) -> bool {
        [self.id_token, self.userinfo, self.introspection, self.request_object]
            .iter()
            .any(|jwt| jwt.signing == Some(SignatureAlg::HS256) || jwt.encryption.is_some_and(|one| one.alg.is_symmetric()))
    }

    /// Whether the client is given a secret.
    pub fn needs_secret(&self) -> bool {
        match self.token_endpoint_auth_method {
            AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost | AuthMethod::ClientSecretJwt => true,
            AuthMethod::PrivateKeyJwt | AuthMethod::None => self.needs_secret_for_jwts(),
        }
    }

    /// The metadata as members of a registration response: the localized ones stand among the others.
    pub fn members(&self) -> Map<String, Value> {
        // No key of this type is anything but a string.
        let Value::Object(mut members) = json::value_of(self) else {
            return Map::new();
        };
        let kinds = [
            ("id_token", "signed_response_alg", "encrypted_response", self.id_token),
            ("userinfo", "signed_response_alg", "encrypted_response", self.userinfo),
            ("introspection", "signed_response_alg", "encrypted_response", self.introspection),
            ("request_object", "signing_alg", "encryption", self.request_object),
        ];
        for (kind, signing, encryption, protection) in kinds {
            members.remove(kind);
            let mut tell = |member: &str, word: &'static str| members.insert(format!("{kind}_{member}"), word.into());
            if let Some(alg) = protection.signing {
                tell(signing, alg.name());
            }
            if let Some(Encryption { alg, enc }) = protection.encryption {
                tell(&format!("{encryption}_alg"), alg.name());
                tell(&format!("{encryption}_enc"), enc.name());
            }
        }
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
