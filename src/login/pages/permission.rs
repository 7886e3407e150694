//! Scopes in plain words.

use super::texts::Texts;

/// What a scope lets a client learn or do, as the consent page says it (OpenID Connect Core, sections 5.4 and 11).
pub struct Permission<'a> {
    /// The short form.
    pub title: &'a str,
    /// What exactly is in it; may be empty.
    pub detail: &'static str,
}

impl<'a> Permission<'a> {
    /// The words for a scope token.
    pub fn of(scope: &'a str, texts: &'static Texts) -> Self {
        let (title, detail) = match scope {
            "openid" => texts.openid,
            "profile" => texts.profile,
            "email" => (texts.email, texts.and_verified),
            "address" => (texts.address, ""),
            "phone" => (texts.phone, texts.and_verified),
            "offline_access" => texts.offline_access,
            // Nothing that is granted goes unmentioned.
            other => (other, ""),
        };
        Self { title, detail }
    }
}
