//! An authorization request whose parameters have been checked (OpenID Connect Core, section 3.1.2.1).

use crate::oauth::ids::ClientId;
use crate::oauth::pkce::Challenge;
use crate::oauth::prompt::Prompt;
use serde::{Deserialize, Serialize};

/// The parameters as the client sent them, in the order in which a session dump shows them. It travels sealed in the browser until the person
/// has signed in, and is kept with the grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// One of the client's registered redirect URIs.
    pub redirect_uri: String,
    /// What the client asked for, as it was written.
    pub scope: String,
    /// The response type, as it was written.
    pub response_type: String,
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
    /// The languages that the pages should be in, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    /// The user name to fill in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
}

impl AuthorizationRequest {
    /// The pages that the client demands.
    pub fn prompt(&self) -> Prompt {
        self.prompt.as_deref().and_then(Prompt::parse).unwrap_or_default()
    }
}
