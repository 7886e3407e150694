//! Scopes in plain words.

/// What a scope lets a client learn or do, as the consent page says it (OpenID Connect Core, sections 5.4 and 11).
pub struct Permission<'a> {
    /// The short form.
    pub title: &'a str,
    /// What exactly is in it; may be empty.
    pub detail: &'static str,
}

impl<'a> Permission<'a> {
    /// The words for a scope token.
    pub fn of(scope: &'a str) -> Self {
        let (title, detail) = match scope {
            "openid" => ("Know who you are", "An identifier for your account, and when you signed in."),
            "profile" => (
                "See your profile",
                "Names and nickname, user name, picture, profile page, website, gender, birth date, time zone, language, and when they changed.",
            ),
            "email" => ("See your email address", "And whether it has been verified."),
            "address" => ("See your postal address", ""),
            "phone" => ("See your phone number", "And whether it has been verified."),
            "offline_access" => ("Keep this access", "Also while you are signed out, until it is taken back."),
            // Nothing that is granted goes unmentioned.
            other => (other, ""),
        };
        Self { title, detail }
    }
}
