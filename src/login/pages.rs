//! The pages a person sees. They are forms that the server renders and that work without scripts; only one has a script at all. What a client says about itself stands in
//! them only as text, as an image or as a link. Nobody sees the session frame, which is a script and nothing else.

mod account;
mod asker;
mod csp;
mod ends;
mod entrance;
mod form_post;
mod inline;
mod leave;
mod permission;
mod session_frame;
mod sign_in;
mod sign_up;
pub mod texts;

pub use self::account::{AccountPage, Application, Device, Done, Moment, PasswordProblem, Told};
pub use self::ends::{CompletedPage, ErrorPage, Reason};
pub use self::form_post::FormPostPage;
pub use self::leave::{SignOutPage, SignedOutPage, StillSignedInPage};
pub use self::session_frame::SessionFrame;
pub use self::sign_in::{Errand, LoginPage, LoginProblem};
pub use self::sign_up::{SignUpPage, SignUpProblem};

use self::asker::{Asker, shown};
use self::csp::Csp;
use self::permission::Permission;
use self::texts::Texts;
use self::texts::account::AccountTexts;
use crate::http::{Body, Response};
use crate::oauth::locale::Locale;
use crate::oauth::scope::Scope;
use askama::Template;

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
        html(200, &csp, t, ("", t.allow_access), page.render())
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
        let t = Texts::of(self.locale);
        let page = HomeHtml {
            t,
            a: AccountTexts::of(self.locale),
            issuer: self.issuer,
        };
        html(200, &Csp::of_page(), t, ("", t.provider), page.render())
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

/// The frame around the main part of a page. It is a template of its own, and not what the others extend, so that the script holds it once.
#[derive(Template)]
#[template(path = "base.html")]
struct Whole {
    t: &'static Texts,
    title: (&'static str, &'static str),
    main: String,
}

fn html(status: u16, csp: &Csp, t: &'static Texts, title: (&'static str, &'static str), main: askama::Result<String>) -> Response {
    match main.and_then(|main| Whole { t, title, main }.render()) {
        Ok(text) => Response::html(status, text).with("content-security-policy", csp.to_string()),
        // Rendering writes text into a string, which does not fail.
        Err(_) => Response::empty(500),
    }
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
    a: &'static AccountTexts,
    issuer: &'a str,
}
