//! The pages a person sees. They are forms that the server renders and that work without scripts; only one has a script at all. What a client says about itself stands in
//! them only as text, as an image or as a link.

mod asker;
mod csp;
mod ends;
mod form_post;
mod inline;
mod permission;
mod sign_up;
pub mod texts;

pub use self::ends::{CompletedPage, ErrorPage, Reason};
pub use self::form_post::FormPostPage;
pub use self::sign_up::{SignUpPage, SignUpProblem};

use self::asker::{Asker, shown};
use self::csp::Csp;
use self::permission::Permission;
use self::texts::Texts;
use crate::http::{Body, Response};
use crate::oauth::locale::Locale;
use crate::oauth::scope::Scope;
use askama::Template;
use std::borrow::Cow;

/// What the pages say about the client that sent the person here (OpenID Connect Dynamic Client Registration, section 2).
pub struct ClientView<'a> {
    /// `client_name`; where it is empty, the redirect URI's host stands in for it.
    pub name: &'a str,
    /// `logo_uri`.
    pub logo_uri: Option<&'a str>,
    /// `client_uri`.
    pub client_uri: Option<&'a str>,
    /// `policy_uri`.
    pub policy_uri: Option<&'a str>,
    /// `tos_uri`.
    pub tos_uri: Option<&'a str>,
    /// The redirect URI of this request: its host is the one thing shown here that a client cannot make up.
    pub redirect_uri: &'a str,
}

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
    fn status(self) -> u16 {
        match self {
            Self::Rejected | Self::Expired => 400,
            Self::TooMany { .. } => 429,
        }
    }

    /// The sentence for the person.
    fn sentence(self, texts: &Texts) -> Cow<'static, str> {
        match self {
            Self::Rejected => texts.rejected.into(),
            Self::TooMany { minutes: ..=1 } => texts.too_many.into(),
            Self::TooMany { minutes } => texts.too_many_minutes.with(minutes).into(),
            Self::Expired => texts.expired.into(),
        }
    }
}

/// The login page (OpenID Connect Core, section 3.1.2.3).
pub struct LoginPage<'a> {
    /// The language.
    pub locale: Locale,
    /// Who asks.
    pub client: ClientView<'a>,
    /// The sealed request, which the form sends back.
    pub interaction: &'a str,
    /// What the user name field holds: `login_hint`, or what was typed before.
    pub username: &'a str,
    /// Whether it leads to the account page.
    pub sign_up: bool,
    /// Why the page is shown again.
    pub problem: Option<LoginProblem>,
}

impl LoginPage<'_> {
    /// The page, with the status that fits its problem.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let client = Asker::new(&self.client, t);
        let csp = Csp::of_form(self.client.redirect_uri).with_image(client.logo);
        let status = self.problem.map_or(200, LoginProblem::status);
        let problem = self.problem.map(|problem| problem.sentence(t));
        let response = html(
            status,
            csp,
            &LoginHtml {
                t,
                page: self,
                client,
                problem,
            },
        );
        match self.problem {
            // RFC 9110, section 10.2.3.
            Some(LoginProblem::TooMany { minutes }) => response.with("retry-after", minutes.max(1).saturating_mul(60).to_string()),
            _ => response,
        }
    }
}

/// The consent page (OpenID Connect Core, section 3.1.2.4).
pub struct ConsentPage<'a> {
    /// The language.
    pub locale: Locale,
    /// Who asks.
    pub client: ClientView<'a>,
    /// The sealed request, which the form sends back.
    pub interaction: &'a str,
    /// The name of the person who is signed in.
    pub user: &'a str,
    /// What the client will get.
    pub scope: &'a Scope,
    /// Claims that it will get beyond those of the scope.
    pub claims: &'a [String],
    /// Whether the client will get it again without this page.
    pub remembered: bool,
}

impl ConsentPage<'_> {
    /// The page.
    pub fn respond(&self) -> Response {
        let t = Texts::of(self.locale);
        let client = Asker::new(&self.client, t);
        let csp = Csp::of_form(self.client.redirect_uri).with_image(client.logo);
        let page = ConsentHtml {
            t,
            page: self,
            client,
            user: shown(self.user),
            permissions: self
                .scope
                .iter()
                .map(|scope| Permission::of_scope(scope, t))
                .chain(Permission::of_claims(self.claims, t))
                .collect(),
        };
        html(200, csp, &page)
    }
}

/// What a person sees who opens the issuer's address in a browser.
pub struct HomePage<'a> {
    /// The language.
    pub locale: Locale,
    /// The issuer identifier.
    pub issuer: &'a str,
}

impl HomePage<'_> {
    /// The page.
    pub fn respond(&self) -> Response {
        let page = HomeHtml {
            t: Texts::of(self.locale),
            issuer: self.issuer,
        };
        html(200, Csp::of_page(), &page)
    }
}

/// The provider's icon, an SVG image for [`ICON_PATH`]. It never changes while the address stays the same.
pub fn icon() -> Response {
    Response {
        body: Body::Text(include_str!("../../templates/icon.svg").to_owned()),
        ..Response::empty(200)
    }
    .with("content-type", "image/svg+xml")
    .with("cache-control", "public, max-age=604800")
    .with("content-security-policy", Csp::of_page().to_string())
}

/// Where every page looks for the [`icon`].
pub const ICON_PATH: &str = "/icon.svg";

fn html(status: u16, csp: Csp, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Response::html(status, text).with("content-security-policy", csp.to_string()),
        // Rendering writes text into a string, which does not fail.
        Err(_) => Response::empty(500),
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginHtml<'a> {
    t: &'static Texts,
    page: &'a LoginPage<'a>,
    client: Asker<'a>,
    problem: Option<Cow<'static, str>>,
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentHtml<'a> {
    t: &'static Texts,
    page: &'a ConsentPage<'a>,
    client: Asker<'a>,
    user: String,
    permissions: Vec<Permission<'a>>,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomeHtml<'a> {
    t: &'static Texts,
    issuer: &'a str,
}
