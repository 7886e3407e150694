//! An authorization request whose parameters have been checked (OpenID Connect Core, section 3.1.2.1).

use crate::oauth::claims_request::ClaimsRequest;
use crate::oauth::ids::ClientId;
use crate::oauth::pkce::Challenge;
use crate::oauth::prompt::Prompt;
use crate::oauth::response_mode::ResponseMode;
use crate::oauth::response_type::ResponseType;
use serde::{Deserialize, Serialize};

/// The parameters as the client sent them, in the order in which a session dump shows them. It travels sealed in the browser until the person
/// has signed in, and is kept with the grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// One of the client's registered redirect URIs.
    pub redirect_uri: String,
    /// What the client asked for, as it was written.
    pub scope: String,
    /// What the response brings.
    pub response_type: ResponseType,
    /// How the response travels, where the client has said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_mode: Option<ResponseMode>,
    /// Comes back in the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// Comes back in the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The S256 code challenge (RFC 7636).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<Challenge>,
    /// `S256` where there is a challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_challenge_method: Option<String>,
    /// The client.
    pub client_id: ClientId,
    /// Which pages the client demands, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// How old the authentication may be, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i64>,
    /// The languages of the pages, by preference (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    /// The languages of the claims, by preference (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_locales: Option<String>,
    /// The authentication context classes that the client would like, by preference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    /// Single claims that the client asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<ClaimsRequest>,
    /// The user name to fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
}

impl AuthorizationRequest {
    /// How the response travels.
    pub fn response_mode(&self) -> ResponseMode {
        self.response_mode.unwrap_or(self.response_type.default_mode())
    }

    /// The pages that the client demands.
    pub fn prompt(&self) -> Prompt {
        self.prompt.as_deref().and_then(Prompt::parse).unwrap_or_default()
    }
}
