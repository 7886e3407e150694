//! The page on which a person makes an account.

use super::asker::Asker;
use super::csp::Csp;
use super::texts::Texts;
use super::{ClientView, html};
use crate::http::Response;
use crate::login::new_account::{Field, NewAccount};
use crate::oauth::locale::Locale;
use askama::Template;
use std::borrow::Cow;

/// Why the account page is shown once more.
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

    /// The sentence for the person.
    fn sentence(self, t: &Texts) -> Cow<'static, str> {
        let label = match self {
            Self::Unusable(Field::Username) => t.username,
            Self::Unusable(Field::Password) => t.password,
            Self::Unusable(Field::Name) => t.full_name,
            Self::Unusable(Field::Email) => t.email_address,
            Self::Taken => return t.taken.into(),
            Self::TooMany => return t.too_many.into(),
            Self::Expired => return t.expired.into(),
        };
        t.unusable.with(label).into()
    }
}

/// The account page (Initiating User Registration via OpenID Connect 1.0, section 4).
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
        let client = Asker::new(&self.client, t);
        let csp = Csp::of_form(self.client.redirect_uri).with_image(client.logo);
        let page = SignUpHtml {
            t,
            page: self,
            client,
            problem: self.problem.map(|problem| problem.sentence(t)),
        };
        match self.problem {
            None => html(200, csp, &page),
            // RFC 9110, section 10.2.3.
            Some(SignUpProblem::TooMany) => html(429, csp, &page).with("retry-after", "60"),
            Some(_) => html(400, csp, &page),
        }
    }

    /// What a field's element says beside its own: whether the problem is about it, and whether the cursor goes there.
    fn mark(&self, field: Field) -> &'static str {
        let fault = self.problem.and_then(SignUpProblem::field);
        match fault.unwrap_or(Field::Username) == field {
            true if fault.is_some() => r#" autofocus aria-invalid="true" aria-describedby="problem""#,
            true => " autofocus",
            false => "",
        }
    }
}

#[derive(Template)]
#[template(path = "sign_up.html")]
struct SignUpHtml<'a> {
    t: &'static Texts,
    page: &'a SignUpPage<'a>,
    client: Asker<'a>,
    problem: Option<Cow<'static, str>>,
}
