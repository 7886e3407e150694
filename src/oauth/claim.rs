//! Claims and the scopes that ask for them (OpenID Connect Core, sections 5.1 and 5.4).

use crate::oauth::json;
use crate::oauth::scope::Scope;
use litemap::LiteMap;
use serde::{Deserialize, Serialize};

/// Asks for access that lasts while the person is away (OpenID Connect Core, section 11).
pub const OFFLINE_ACCESS: &str = "offline_access";

/// One scope and the claims that it stands for.
pub struct ScopeClaims {
    /// The scope token.
    pub scope: &'static str,
    /// The claims of the scope.
    pub claims: &'static [&'static str],
}

/// The scopes with their claims, in the order in which a session dump lists the claims.
pub const SCOPE_CLAIMS: &[ScopeClaims] = &[
    ScopeClaims {
        scope: "openid",
        claims: &["sub"],
    },
    ScopeClaims {
        scope: "profile",
        claims: &[
            "name",
            "given_name",
            "family_name",
            "middle_name",
            "nickname",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
            "preferred_username",
        ],
    },
    ScopeClaims {
        scope: "email",
        claims: &["email", "email_verified"],
    },
    ScopeClaims {
        scope: "address",
        claims: &["address"],
    },
    ScopeClaims {
        scope: "phone",
        claims: &["phone_number", "phone_number_verified"],
    },
    ScopeClaims {
        scope: OFFLINE_ACCESS,
        claims: &[],
    },
];

/// Claims that speak of a token, of the provider or of the session (RFC 7519, section 4.1; OpenID Connect Core, section 2; RFC 9068, section 2.2), and
/// not of the person. Only the provider says them.
const PROTOCOL_CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "nonce",
    "sid",
    "at_hash",
    "c_hash",
    "s_hash",
    "client_id",
    "scope",
    "cnf",
    "act",
    "may_act",
    "events",
    "active",
    "token_type",
];

/// Whether a claim is the provider's to say, whatever a profile holds under its name.
pub fn is_protocol_claim(claim: &str) -> bool {
    PROTOCOL_CLAIMS.contains(&claim)
}

/// Every scope with its claims: those of OpenID Connect, and the operator's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeCatalogue(#[serde(with = "json::members")] LiteMap<String, Vec<String>>);

impl ScopeCatalogue {
    /// Reads a JSON object that has scope tokens as names and lists of claims as values. One of OpenID Connect's own scopes may be given anew.
    pub fn parse(text: &str) -> Option<Self> {
        let catalogue: Self = json::read(text).ok()?;
        let sound = |scope: &String| Scope::parse(scope).is_ok_and(|parsed| parsed.iter().eq([scope.as_str()]));
        catalogue.0.keys().all(sound).then_some(catalogue)
    }

    /// The claims that this catalogue itself gives a scope token.
    pub fn own_claims(&self, scope: &str) -> Option<Vec<&str>> {
        self.0.get(scope).map(|claims| claims.iter().map(String::as_str).collect())
    }

    /// The claims of a scope token; `None` where nobody has said what it means.
    pub fn claims(&self, scope: &str) -> Option<Vec<&str>> {
        let standard = || SCOPE_CLAIMS.iter().find(|entry| entry.scope == scope);
        self.own_claims(scope).or_else(|| Some(standard()?.claims.to_vec()))
    }

    /// Every scope token.
    pub fn scopes(&self) -> Vec<&str> {
        let own = self.0.keys().map(String::as_str);
        let own = own.filter(|scope| SCOPE_CLAIMS.iter().all(|entry| entry.scope != *scope));
        SCOPE_CLAIMS.iter().map(|entry| entry.scope).chain(own).collect()
    }

    /// Every claim that some scope stands for.
    pub fn all_claims(&self) -> Vec<&str> {
        let mut all = Vec::new();
        for claim in self.scopes().into_iter().filter_map(|scope| self.claims(scope)).flatten() {
            if !all.contains(&claim) {
                all.push(claim);
            }
        }
        all
    }
}
