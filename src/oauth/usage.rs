//! Usage rules: what a token may mint, how often it may be used and how long it lives, in the form of oidcop's configuration and dumps.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

const DAY: i64 = 86_400;

/// How long a refresh token that has been used may give its successor once more, in seconds.
pub const GRACE: RangeInclusive<i64> = 0..=600;

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

/// The rules of one class; what is left out is decided elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageRule {
    /// What a token of the class may mint; nothing where nobody says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supports_minting: Option<Vec<TokenClass>>,
    /// How often it may be used; any number of times where nobody says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_usage: Option<i64>,
    /// How long it lives, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<i64>,
}

impl UsageRule {
    /// Whether a token of the class may mint one of another.
    pub fn mints(&self, class: TokenClass) -> bool {
        self.supports_minting.as_ref().is_some_and(|classes| classes.contains(&class))
    }

    /// This rule, and where it says nothing, the `lower` one.
    pub fn over(&self, lower: &Self) -> Self {
        Self {
            supports_minting: self.supports_minting.clone().or_else(|| lower.supports_minting.clone()),
            max_usage: self.max_usage.or(lower.max_usage),
            expires_in: self.expires_in.or(lower.expires_in),
        }
    }

    /// Whether it mints an access token, without which a request to the token endpoint would have no answer, and nothing that has to be authorized.
    fn mints_as_it_must(&self) -> bool {
        let minting = self.supports_minting.as_ref();
        minting.is_none_or(|classes| classes.contains(&TokenClass::AccessToken) && !classes.contains(&TokenClass::AuthorizationCode))
    }

    fn is_within(&self, lifetimes: RangeInclusive<i64>) -> bool {
        self.expires_in.is_none_or(|seconds| lifetimes.contains(&seconds)) && self.max_usage.is_none_or(|times| times > 0)
    }
}

/// The rules of a grant, or what a client or the configuration says of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsageRules {
    /// For the grant's codes.
    pub authorization_code: UsageRule,
    /// For its access tokens.
    pub access_token: UsageRule,
    /// For its refresh tokens.
    pub refresh_token: UsageRule,
}

impl UsageRules {
    /// The rules that hold where nobody says otherwise: oidcop's.
    pub fn built_in() -> Self {
        use TokenClass::{AccessToken, IdToken, RefreshToken};
        Self {
            authorization_code: UsageRule {
                supports_minting: Some(vec![AccessToken, RefreshToken, IdToken]),
                max_usage: Some(1),
                expires_in: None,
            },
            access_token: UsageRule::default(),
            refresh_token: UsageRule {
                supports_minting: Some(vec![AccessToken, RefreshToken]),
                ..UsageRule::default()
            },
        }
    }

    /// These rules, and where they say nothing, the `lower` ones.
    pub fn over(&self, lower: &Self) -> Self {
        Self {
            authorization_code: self.authorization_code.over(&lower.authorization_code),
            access_token: self.access_token.over(&lower.access_token),
            refresh_token: self.refresh_token.over(&lower.refresh_token),
        }
    }

    /// These rules with refresh tokens that are replaced at every use.
    pub fn rotating(mut self) -> Self {
        let mints = self.refresh_token.supports_minting.get_or_insert_default();
        if !mints.contains(&TokenClass::RefreshToken) {
            mints.push(TokenClass::RefreshToken);
        }
        self
    }

    /// The rules of a class.
    pub fn of(&self, class: TokenClass) -> UsageRule {
        match class {
            TokenClass::AuthorizationCode => self.authorization_code.clone(),
            TokenClass::AccessToken => self.access_token.clone(),
            TokenClass::RefreshToken => self.refresh_token.clone(),
            TokenClass::IdToken => UsageRule::default(),
        }
    }

    /// Whether a provider can keep to them: a code is used once (RFC 6749, section 4.1.2), codes and refresh tokens bring access tokens, access tokens
    /// bring nothing, and nothing has ended before it begins. Access tokens end before the key that has signed them goes, which is after a day at the
    /// earliest.
    pub fn are_sound(&self) -> bool {
        let code = &self.authorization_code;
        code.is_within(1..=600)
            && code.max_usage.is_none_or(|times| times == 1)
            && code.mints_as_it_must()
            && self.access_token.is_within(1..=DAY / 2)
            && self.access_token.supports_minting.as_ref().is_none_or(Vec::is_empty)
            && self.refresh_token.is_within(1..=3650 * DAY)
            && self.refresh_token.mints_as_it_must()
    }
}
