//! Usage rules: what a token may mint and how often it may be used, in the form of oidcop's dumps.

use serde::{Deserialize, Serialize};

/// The classes of tokens that a grant issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TokenClass {
    AuthorizationCode,
    AccessToken,
    RefreshToken,
    IdToken,
}

impl TokenClass {
    /// The class as it is stored and as a dump's `type` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
            Self::IdToken => "id_token",
        }
    }
}

/// The rules of one class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRule {
    /// What a token of the class may mint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supports_minting: Vec<TokenClass>,
    /// How often it may be used; any number of times where nothing is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_usage: Option<i64>,
}

/// The rules of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRules {
    /// For the grant's codes.
    pub authorization_code: UsageRule,
    /// For its access tokens.
    pub access_token: UsageRule,
    /// For its refresh tokens.
    pub refresh_token: UsageRule,
}

impl Default for UsageRules {
    fn default() -> Self {
        use TokenClass::{AccessToken, IdToken, RefreshToken};
        Self {
            authorization_code: UsageRule {
                supports_minting: vec![AccessToken, RefreshToken, IdToken],
                max_usage: Some(1),
            },
            access_token: UsageRule::default(),
            refresh_token: UsageRule {
                supports_minting: vec![AccessToken, RefreshToken],
                max_usage: None,
            },
        }
    }
}
