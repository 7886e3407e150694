//! What a client will get, in plain words.

use super::texts::Texts;
use crate::oauth::claim::SCOPE_CLAIMS;
use std::borrow::Cow;

/// What a scope lets a client learn or do, as the consent page says it (OpenID Connect Core, sections 5.4 and 11).
pub struct Permission<'a> {
    /// The short form.
    pub title: &'a str,
    /// What exactly is in it; may be empty.
    pub detail: Cow<'static, str>,
}

impl<'a> Permission<'a> {
    /// The words for a scope token.
    pub fn of_scope(scope: &'a str, texts: &'static Texts) -> Self {
        let (title, detail) = words(scope, texts);
        Self {
            title,
            detail: detail.into(),
        }
    }

    /// The words for claims that no granted scope stands for (section 5.5): each under the scope that it would be in, by its name.
    pub fn of_claims(claims: &'a [String], texts: &'static Texts) -> Vec<Self> {
        let scope_of = |claim: &str| SCOPE_CLAIMS.iter().find(|entry| entry.claims.contains(&claim));
        let mut permissions: Vec<Self> = Vec::new();
        for claim in claims {
            let title = scope_of(claim).map_or(claim.as_str(), |entry| words(entry.scope, texts).0);
            match permissions.iter_mut().find(|permission| permission.title == title) {
                Some(known) => known.detail.to_mut().push_str(&format!(", {claim}")),
                None => permissions.push(Self {
                    title,
                    detail: if title == claim { "".into() } else { claim.clone().into() },
                }),
            }
        }
        permissions
    }
}

fn words<'a>(scope: &'a str, texts: &'static Texts) -> (&'a str, &'static str) {
    match scope {
        "openid" => texts.openid,
        "profile" => texts.profile,
        "email" => (texts.email, texts.and_verified),
        "address" => (texts.address, ""),
        "phone" => (texts.phone, texts.and_verified),
        "offline_access" => texts.offline_access,
        // Nothing that is granted goes unmentioned.
        other => (other, ""),
    }
}
