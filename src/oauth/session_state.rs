//! What a client can ask about the session of the browser that its page is in (OpenID Connect Session Management 1.0).

use crate::oauth::address::Address;
use crate::oauth::base64url;
use crate::oauth::ids::{ClientId, NodeId};
use sha2::{Digest, Sha256};

/// Whether the browser is still in the same login, as a script of the provider's own can read it: the same as long as the login lasts, another after
/// any sign-in. It follows from the login's id and leads to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserState(String);

impl BrowserState {
    /// The state of a browser that is in this login.
    pub fn of(login: NodeId) -> Self {
        Self(base64url::encode(NodeId::derived("browser state", &[&login.0]).0))
    }

    /// The state as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The `session_state` of a response (section 3): it is of use to this client alone, and to pages of its redirect URI's origin. `None` where the
    /// redirect URI has no web origin, so that no page of the client could ask.
    pub fn told(&self, client_id: &ClientId, redirect_uri: &str, salt: [u8; 16]) -> Option<String> {
        let origin = Address::parse(redirect_uri)?.origin()?;
        let salt = base64url::encode(salt);
        let hash = Sha256::digest([client_id.as_str(), &origin, &self.0, &salt].join(" "));
        Some(format!("{}.{salt}", base64url::encode(hash)))
    }
}
