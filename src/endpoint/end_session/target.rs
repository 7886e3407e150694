//! Where a person is sent who has signed out. Only code that holds a [`LogoutTarget`] can send anybody anywhere, and one is made only of a registered
//! post-logout redirect URI (RP-Initiated Logout, section 3).

use crate::client::record::ClientRecord;
use crate::oauth::params;

/// The address of a client to which a person goes after signing out.
pub struct LogoutTarget(String);

impl LogoutTarget {
    /// The target, where the client has registered this very URI: unlike a redirect URI it has no port of its own choice. `state` goes along as it came.
    pub fn of(client: &ClientRecord, redirect_uri: &str, state: Option<&str>) -> Option<Self> {
        let mut registered = client.metadata.post_logout_redirect_uris.iter().flatten();
        registered.find(|uri| uri.as_str() == redirect_uri)?;
        Some(Self(match state {
            Some(state) => params::append(redirect_uri, [("state", state)]),
            None => redirect_uri.to_owned(),
        }))
    }

    /// The address with its query.
    pub fn address(&self) -> &str {
        &self.0
    }
}
