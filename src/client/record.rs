//! A client as it is kept. The record is the same in Workers KV and in the client's object, and its secrets are sealed in both.

use crate::client::metadata::{AuthMethod, ClientMetadata, SubjectType};
use crate::client::policy::ClientPolicy;
use crate::oauth::ids::{ClientId, NodeId, UserId};
use crate::oauth::time::Timestamp;
use crate::oauth::uri::{RedirectUri, display_host};
use crate::seal::{Kind, Sealer, same_secret, subject};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How the key of every client's record in Workers KV begins.
pub const KV_PREFIX: &str = "client/";

/// What stands in Workers KV under a client that has been deleted: nobody has to ask further.
pub const TOMBSTONE: &str = "deleted";

/// Workers KV refuses values that would live for less, in seconds.
const SHORTEST_LIFETIME: i64 = 60;

/// A registered client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientRecord {
    /// The client identifier.
    pub client_id: ClientId,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When the client and its secret end; zero for never.
    pub expires_at: Timestamp,
    /// The sealed secret; public clients have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_secret: Option<String>,
    /// The sealed registration access token (RFC 7592).
    pub sealed_registration_token: String,
    /// What the client has registered.
    pub metadata: ClientMetadata,
    /// What the Python providers call by that name, of a client that comes from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_salt: Option<String>,
    /// What the operator has decided about it.
    #[serde(default, skip_serializing_if = "ClientPolicy::is_empty")]
    pub policy: ClientPolicy,
}

impl ClientRecord {
    /// The key of a client's record in Workers KV.
    pub fn kv_key(id: &ClientId) -> String {
        format!("{KV_PREFIX}{}", id.as_str())
    }

    /// Seals a client's secret.
    pub fn seal_secret(sealer: &Sealer, id: &ClientId, secret: &str) -> String {
        sealer.seal(Kind::ClientSecret(id.as_str()), secret.as_bytes())
    }

    /// Seals a registration access token.
    pub fn seal_registration_token(sealer: &Sealer, id: &ClientId, token: &str) -> String {
        sealer.seal(Kind::RegistrationToken(id.as_str()), token.as_bytes())
    }

    /// What is sealed with an earlier key, each with the same sealed anew. What nothing opens stays as it is.
    pub fn seals(&self, sealer: &Sealer) -> Vec<[String; 2]> {
        let id = self.client_id.as_str();
        let sealed = [
            (Kind::ClientSecret(id), self.sealed_secret.as_deref()),
            (Kind::RegistrationToken(id), Some(&*self.sealed_registration_token)),
        ];
        let anew = |(kind, old): (Kind<'_>, Option<&str>)| {
            let old = old?;
            let new = sealer.seal(kind, &sealer.open(kind, old)?);
            (new != old).then(|| [old.to_owned(), new])
        };
        sealed.into_iter().filter_map(anew).collect()
    }

    /// The client's secret; `None` for a public client, and where it was sealed under another `SEAL_KEY`.
    pub fn secret(&self, sealer: &Sealer) -> Option<Zeroizing<String>> {
        open(sealer, Kind::ClientSecret(self.client_id.as_str()), self.sealed_secret.as_deref()?)
    }

    /// The registration access token; `None` where it was sealed under another `SEAL_KEY`.
    pub fn registration_token(&self, sealer: &Sealer) -> Option<Zeroizing<String>> {
        open(
            sealer,
            Kind::RegistrationToken(self.client_id.as_str()),
            &self.sealed_registration_token,
        )
    }

    /// Whether this is the client's registration access token, in constant time.
    pub fn accepts_registration_token(&self, sealer: &Sealer, token: &str) -> bool {
        self.registration_token(sealer).is_some_and(|kept| same_secret(&kept, token))
    }

    /// How long the record is kept from now on, in seconds; `None` for ever.
    pub fn remaining_lifetime(&self, now: Timestamp) -> Option<i64> {
        (self.expires_at != Timestamp(0)).then(|| self.expires_at.since(now).max(SHORTEST_LIFETIME))
    }

    /// The path at which the client manages its registration (RFC 7592, section 3).
    pub fn configuration_path(&self) -> String {
        format!("/registration_api?client_id={}", self.client_id.as_str())
    }

    /// Whether the client cannot keep a secret (RFC 6749, section 2.1).
    pub fn is_public(&self) -> bool {
        self.metadata.token_endpoint_auth_method == AuthMethod::None
    }

    /// Whether the client's lifetime is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at != Timestamp(0) && self.expires_at <= now
    }

    /// The registered redirect URI that a request's redirect_uri is.
    pub fn redirect_uri(&self, requested: &str) -> Option<&RedirectUri> {
        self.metadata.redirect_uris.iter().find(|uri| uri.matches(requested))
    }

    /// Whether the client takes part in logout, so that its ID tokens carry a `sid`: it is told of the end of a session, or shows an ID token to end one.
    pub fn takes_part_in_logout(&self) -> bool {
        let metadata = &self.metadata;
        let is_told = metadata.frontchannel_logout_uri.is_some() || metadata.backchannel_logout_uri.is_some();
        is_told || metadata.post_logout_redirect_uris.is_some()
    }

    /// What a person is shown: the client's name, or its id where it has none.
    pub fn display_name(&self) -> &str {
        self.metadata.client_name.as_deref().unwrap_or(self.client_id.as_str())
    }

    /// Whether the client may ask for a scope: the operator's decision counts, and where there is none, what the client has registered.
    pub fn may_ask_for(&self, scope: &str) -> bool {
        match (&self.policy.allowed_scopes, &self.metadata.scope) {
            (Some(allowed), _) => allowed.iter().any(|one| one == scope),
            (None, Some(registered)) => registered.0.contains(scope),
            (None, None) => true,
        }
    }

    /// What the client knows a user by (OpenID Connect Core, section 8). The grant matters where every grant has another.
    pub fn subject(&self, user: &UserId, grant_id: NodeId, salt: &str) -> String {
        match self.metadata.subject_type {
            SubjectType::Public => subject::public(user, salt),
            SubjectType::Pairwise => subject::pairwise(user, &self.sector(), salt),
            SubjectType::Ephemeral => subject::ephemeral(grant_id, salt),
        }
    }

    /// The host that pairwise subject identifiers are made for (OpenID Connect Core, section 8.1): of what is registered, never of a request. An app on a
    /// device has no host that is its own, so it is a sector by itself.
    pub fn sector(&self) -> String {
        let redirect_uri = self.metadata.redirect_uris.first().filter(|uri| uri.is_claimed());
        match (&self.metadata.sector_identifier_uri, redirect_uri) {
            (Some(uri), _) => display_host(uri),
            (None, Some(uri)) => display_host(uri.as_str()),
            (None, None) => self.client_id.as_str().to_owned(),
        }
    }
}

fn open(sealer: &Sealer, kind: Kind<'_>, sealed: &str) -> Option<Zeroizing<String>> {
    let bytes = sealer.open(kind, sealed)?;
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}
