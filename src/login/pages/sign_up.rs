//! The page on which a person makes an account.

use super::ClientView;
use super::entrance::{Entrance, Input, Problem};
use super::texts::Texts;
use crate::http::Response;
use crate::login::new_account::{Field, NewAccount};
use crate::oauth::locale::Locale;

/// Why the sign-up page is shown once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpProblem {
    /// What stands in a field cannot be used.
    Unusable(Field),
    /// There is an account of that name.
    Taken,
    /// No more accounts from this address for now.
    TooMany,
    /// The page had been open for too long.
    Expired,
}

impl SignUpProblem {
    fn field(self) -> Option<Field> {
        match self {
            Self::Unusable(field) => Some(field),
            Self::Taken => Some(Field::Username),
            Self::TooMany | Self::Expired => None,
        }
    }

    fn told(self, t: &Texts) -> Problem {
        let unusable = |label| (400, t.unusable.with(label).into());
        let (status, sentence) = match self {
            Self::Unusable(Field::Username) => unusable(t.username),
            Self::Unusable(Field::Password) => unusable(t.password),
            Self::Unusable(Field::Name) => unusable(t.full_name),
            Self::Unusable(Field::Email) => unusable(t.email_address),
            Self::Taken => (400, t.taken.into()),
            Self::TooMany => (429, t.too_many.into()),
            Self::Expired => (400, t.expired.into()),
        };
        Problem { status, sentence }
    }
}

/// The sign-up page (Initiating User Registration via OpenID Connect 1.0, section 4).
pub struct SignUpPage<'a> {
    /// The language.
    pub locale: Locale,
    /// Who asks.
    pub client: ClientView<'a>,
    /// The sealed request, which the form sends back.
    pub interaction: &'a str,
    /// What the fields hold; the password is never shown again.
    pub typed: NewAccount<'a>,
    /// Why the page is shown again.
    pub problem: Option<SignUpProblem>,
}

impl SignUpPage<'_> {
    /// The page, with the status that fits its problem.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let fault = self.problem.and_then(SignUpProblem::field);
        let input = |field, name, label, hint, value, attributes| Input {
            name,
            label,
            hint,
            value,
            attributes,
            focus: fault.unwrap_or(Field::Username) == field,
            blamed: fault == Some(field),
        };
        let username = r#"autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" required"#;
        let password = r#"type="password" autocomplete="new-password" minlength="8" required"#;
        let email = r#"type="email" autocomplete="email""#;
        let page = Entrance {
            t,
            client: Some(&self.client),
            interaction: self.interaction,
            title: t.create_account,
            action: "/sign_up",
            id: "sign_up",
            inputs: &[
                input(Field::Username, "username", t.username, "", Some(self.typed.username), username),
                input(Field::Password, "password", t.password, t.eight_or_more, None, password),
                input(
                    Field::Name,
                    "name",
                    t.full_name,
                    t.optional,
                    Some(self.typed.name),
                    r#"autocomplete="name""#,
                ),
                input(Field::Email, "email", t.email_address, t.optional, Some(self.typed.email), email),
            ],
            other: Some(("/login", t.have_account)),
            problem: self.problem.map(|problem| problem.told(t)),
        };
        match self.problem {
            // RFC 9110, section 10.2.3.
            Some(SignUpProblem::TooMany) => page.respond().with("retry-after", "60"),
            _ => page.respond(),
        }
    }
}
