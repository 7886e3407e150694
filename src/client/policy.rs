//! What the operator, and nobody else, has decided about a client: which scopes it may ask for, what they mean for it, which claims reach it
//! without being asked for, and what its tokens are good for. The members are those of oidcop's client records.

use crate::oauth::claim::ScopeCatalogue;
use crate::oauth::claims_request::Wanted;
use crate::oauth::ids::ClientId;
use crate::oauth::usage::{GRACE, UsageRules};
use serde::{Deserialize, Serialize};

/// The most resource servers that a client's tokens are for: each makes every token longer.
const RESOURCES: usize = 16;

/// The operator's decisions; empty for most clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientPolicy {
    /// Scopes that mean something for this client alone, or something else.
    pub scopes_to_claims: ScopeCatalogue,
    /// All that the client may ask for; where it is absent, what it has registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_scopes: Option<Vec<String>>,
    /// Whether a scope that cannot be granted fails the request; where it is absent, what the configuration says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deny_unknown_scopes: Option<bool>,
    /// What is released beyond what the request asks for.
    pub add_claims: AddClaims,
    /// What its tokens may mint, how often they may be used and how long they live, where that is not what the configuration says.
    pub token_usage_rules: UsageRules,
    /// For how many seconds a refresh token that has been used gives the same successor again; where it is absent, what the configuration says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_grace: Option<i64>,
    /// What its access tokens look like.
    pub access_token_format: AccessTokenFormat,
    /// The resource servers that its access tokens are for beside userinfo: each is a client too, and may ask what a token is good for.
    pub resources: Vec<ClientId>,
}

/// What an access token looks like to who holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// A JWT that resource servers read by themselves (RFC 9068).
    #[default]
    Jwt,
    /// A text that tells nothing: resource servers ask by introspection (RFC 7662).
    Opaque,
}

/// Claims that are released beyond what the request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddClaims {
    /// These, always.
    pub always: Points<Wanted>,
    /// Those of the granted scopes. Userinfo has them unless it is told otherwise, the others only where they are told so.
    pub by_scope: Points<Option<bool>>,
}

/// One value for each of the points at which claims are released.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Points<T: Default> {
    pub userinfo: T,
    pub introspection: T,
    pub id_token: T,
    pub access_token: T,
}

impl ClientPolicy {
    /// Whether the provider can keep to it.
    pub fn is_sound(&self) -> bool {
        self.resources.len() <= RESOURCES
            && self.token_usage_rules.are_sound()
            && self.refresh_grace.is_none_or(|seconds| GRACE.contains(&seconds))
    }

    /// Whether nothing has been decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
