//! The account page: where a person is signed in, what has access, and the forms that change either.

use super::asker::{Asker, shown};
use super::csp::{Csp, is_web};
use super::entrance::Input;
use super::permission::Permission;
use super::sign_in::{LoginProblem, retry_after};
use super::texts::Texts;
use super::texts::account::AccountTexts;
use super::{ClientView, html};
use crate::http::Response;
use crate::oauth::claim::OFFLINE_ACCESS;
use crate::oauth::locale::Locale;
use crate::oauth::scope::Scope;
use askama::Template;

/// A moment as RFC 3339 writes it in UTC.
pub struct Moment(pub String);

impl Moment {
    /// As people read it in every language: `2026-11-23 14:05 UTC` (ISO 8601).
    fn text(&self) -> String {
        let part = |range| self.0.get(range).unwrap_or_default();
        format!("{} {} UTC", part(0..10), part(11..16))
    }
}

/// A sign-in that is in force.
pub struct Device<'a> {
    /// The login's id.
    pub id: String,
    /// Browser and system; empty where they are not known.
    pub name: &'a str,
    /// The country's code, likewise.
    pub place: &'a str,
    /// Since when the person is signed in there.
    pub since: Moment,
    /// Whether the page is shown there.
    pub is_this: bool,
}

impl Device<'_> {
    fn label(&self, a: &AccountTexts) -> &str {
        match self.name {
            "" => a.unknown_device,
            name => name,
        }
    }
}

/// A client that has access.
pub struct Application<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it says of itself.
    pub client: ClientView<'a>,
    /// What it may have.
    pub scope: &'a Scope,
    /// Claims beyond those of the scope.
    pub claims: Vec<String>,
    /// Since when.
    pub since: Moment,
    /// When the person was last there, as far as that is known.
    pub last_used: Option<Moment>,
}

/// What has just been done. It travels in the address of the page that says so: as one of a few words, so that nobody can make the page say more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Another device is signed out.
    DeviceSignedOut,
    /// An application has lost its access.
    AccessWithdrawn,
    /// The password is another one.
    PasswordChanged,
}

impl Done {
    const ALL: [Self; 3] = [Self::DeviceSignedOut, Self::AccessWithdrawn, Self::PasswordChanged];

    /// The word in the address.
    pub fn word(self) -> &'static str {
        match self {
            Self::DeviceSignedOut => "device",
            Self::AccessWithdrawn => "application",
            Self::PasswordChanged => "password",
        }
    }

    /// Reads the word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    pub(super) fn told(self, a: &AccountTexts) -> &'static str {
        match self {
            Self::DeviceSignedOut => a.device_signed_out,
            Self::AccessWithdrawn => a.access_withdrawn,
            Self::PasswordChanged => a.password_changed,
        }
    }
}

/// Why the password is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordProblem {
    /// What was typed as the current one is not it.
    Wrong,
    /// The new one cannot be used.
    Unusable,
    /// No more tries for now.
    TooMany {
        /// How long to wait.
        minutes: i64,
    },
}

/// What the page says beside what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// What has just been done.
    Done(Done),
    /// The form that came back was too old; nothing was done.
    Expired,
    /// The password is still the same.
    Password(PasswordProblem),
}

/// The account page.
pub struct AccountPage<'a> {
    /// The language.
    pub locale: Locale,
    /// The sealed step, which the forms send back.
    pub interaction: &'a str,
    /// The name of the account.
    pub user: &'a str,
    /// The person's own name.
    pub name: Option<&'a str>,
    /// Where the person is signed in.
    pub devices: Vec<Device<'a>>,
    /// What has access.
    pub applications: Vec<Application<'a>>,
    /// What else there is to say.
    pub told: Told,
}

impl AccountPage<'_> {
    /// The page, with the status that fits what it says.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let a = AccountTexts::of(self.locale);
        let user = shown(self.user);
        let name = self.name.map(shown).filter(|name| !name.is_empty() && *name != user);
        let (status, problem) = self.problem(t, a);
        let unusable = self.told == Told::Password(PasswordProblem::Unusable);
        let is_password = matches!(self.told, Told::Password(_));
        let page = AccountHtml {
            t,
            a,
            page: self,
            name: name.as_ref().unwrap_or(&user),
            user: name.as_ref().map(|_| user.as_str()),
            applications: self.applications.iter().map(|application| Listed::new(application, t)).collect(),
            done: match self.told {
                Told::Done(done) => done.told(a),
                _ => "",
            },
            problem: &problem,
            is_password,
            inputs: [
                Input {
                    name: "current_password",
                    label: a.current_password,
                    hint: "",
                    value: None,
                    attributes: r#"type="password" autocomplete="current-password" required"#,
                    focus: is_password && !unusable,
                    blamed: is_password && !unusable,
                },
                Input {
                    name: "new_password",
                    label: a.new_password,
                    hint: t.eight_or_more,
                    value: None,
                    attributes: r#"type="password" autocomplete="new-password" minlength="8" required"#,
                    focus: unusable,
                    blamed: unusable,
                },
            ],
        };
        let prefix = if problem.is_empty() { "" } else { t.problem };
        let response = html(status, &Csp::of_own_form(), t, (prefix, a.account), page.render());
        match self.told {
            Told::Password(PasswordProblem::TooMany { minutes }) => retry_after(response, minutes),
            _ => response,
        }
    }

    /// The status, and the sentence about what is wrong; empty where nothing is.
    fn problem(&self, t: &Texts, a: &AccountTexts) -> (u16, String) {
        let same_as = |problem: LoginProblem| {
            let told = problem.told(t);
            (told.status, told.sentence.into_owned())
        };
        match self.told {
            Told::Nothing | Told::Done(_) => (200, String::new()),
            Told::Expired => same_as(LoginProblem::Expired),
            Told::Password(PasswordProblem::Wrong) => (400, a.wrong_password.to_owned()),
            Told::Password(PasswordProblem::Unusable) => (400, t.unusable.with(a.new_password)),
            Told::Password(PasswordProblem::TooMany { minutes }) => same_as(LoginProblem::TooMany { minutes }),
        }
    }
}

/// An application as the template has it.
struct Listed<'a> {
    application: &'a Application<'a>,
    name: String,
    website: Option<&'a str>,
    permissions: Vec<Permission<'a>>,
    outlasts_sign_out: bool,
}

impl<'a> Listed<'a> {
    fn new(application: &'a Application<'a>, t: &'static Texts) -> Self {
        // That access is kept is said in a sentence of its own.
        let scopes = application.scope.iter().filter(|scope| *scope != OFFLINE_ACCESS);
        Self {
            name: Asker::new(&application.client, t).name,
            website: application.client.client_uri.filter(|uri| is_web(uri)),
            permissions: scopes
                .map(|scope| Permission::of_scope(scope, t))
                .chain(Permission::of_claims(&application.claims, t))
                .collect(),
            outlasts_sign_out: application.scope.contains(OFFLINE_ACCESS),
            application,
        }
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountHtml<'a> {
    t: &'static Texts,
    a: &'static AccountTexts,
    page: &'a AccountPage<'a>,
    name: &'a str,
    /// The name of the account, where the person has another one.
    user: Option<&'a str>,
    applications: Vec<Listed<'a>>,
    done: &'static str,
    problem: &'a str,
    /// Whether the problem is one of the password, and stands at its form.
    is_password: bool,
    inputs: [Input<'a>; 2],
}
