//! Claims and the scopes that ask for them (OpenID Connect Core, sections 5.1 and 5.4).

use crate::oauth::scope::Scope;

/// One scope, what a person is told that it lets a client learn, and the claims it stands for.
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
];

/// Whether the provider knows what a scope token means; an unknown one is left out of what is granted.
pub fn is_known_scope(token: &str) -> bool {
    SCOPE_CLAIMS.iter().any(|entry| entry.scope == token)
}

/// The claims that the granted scope releases at userinfo.
pub fn userinfo_claims(scope: &Scope) -> Vec<&'static str> {
    SCOPE_CLAIMS
        .iter()
        .filter(|entry| scope.contains(entry.scope))
        .flat_map(|entry| entry.claims.iter().copied())
        .collect()
}
