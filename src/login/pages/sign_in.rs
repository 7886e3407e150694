//! The page on which a person signs in.

use super::ClientView;
use super::entrance::{Entrance, Input, Problem};
use super::texts::Texts;
use crate::http::Response;
use crate::oauth::locale::Locale;

/// Why the login page is shown once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginProblem {
    /// User name or password are wrong; which of them is not told.
    Rejected,
    /// No more tries for now.
    TooMany {
        /// How long to wait.
        minutes: i64,
    },
    /// The page had been open for too long.
    Expired,
}

impl LoginProblem {
    pub(super) fn told(self, t: &Texts) -> Problem {
        let (status, sentence) = match self {
            Self::Rejected => (400, t.rejected.into()),
            Self::TooMany { minutes: ..=1 } => (429, t.too_many.into()),
            Self::TooMany { minutes } => (429, t.too_many_minutes.with(minutes).into()),
            Self::Expired => (400, t.expired.into()),
        };
        Problem { status, sentence }
    }
}

/// What a person signs in for.
pub enum Errand<'a> {
    /// To go on to a client.
    Client(ClientView<'a>),
    /// To see the own account.
    Account,
}

/// The login page (OpenID Connect Core, section 3.1.2.3).
pub struct LoginPage<'a> {
    /// The language.
    pub locale: Locale,
    /// What the person signs in for.
    pub errand: Errand<'a>,
    /// The sealed step, which the form sends back.
    pub interaction: &'a str,
    /// What the user name field holds: `login_hint`, or what was typed before.
    pub username: &'a str,
    /// Whether it leads to the sign-up page.
    pub sign_up: bool,
    /// Why the page is shown again.
    pub problem: Option<LoginProblem>,
}

impl LoginPage<'_> {
    /// The page, with the status that fits its problem.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let blamed = self.problem.is_some();
        let username = Input {
            name: "username",
            label: t.username,
            hint: "",
            value: Some(self.username),
            attributes: r#"autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false" inputmode="email" required"#,
            focus: self.username.is_empty(),
            blamed,
        };
        let password = Input {
            name: "password",
            label: t.password,
            hint: "",
            value: None,
            attributes: r#"type="password" autocomplete="current-password" required"#,
            focus: !self.username.is_empty(),
            blamed,
        };
        let (client, action) = match &self.errand {
            Errand::Client(client) => (Some(client), "/login"),
            Errand::Account => (None, "/account/sign_in"),
        };
        let page = Entrance {
            t,
            client,
            interaction: self.interaction,
            title: t.sign_in,
            action,
            id: "login",
            inputs: &[username, password],
            other: self.sign_up.then_some(("/sign_up", t.create_account)),
            problem: self.problem.map(|problem| problem.told(t)),
        };
        match self.problem {
            Some(LoginProblem::TooMany { minutes }) => retry_after(page.respond(), minutes),
            Some(LoginProblem::Rejected) => page.respond().with_outcome("rejected"),
            _ => page.respond(),
        }
    }
}

/// Says when another try is worth while (RFC 9110, section 10.2.3).
pub fn retry_after(response: Response, minutes: i64) -> Response {
    response.with("retry-after", minutes.max(1).saturating_mul(60).to_string())
}
