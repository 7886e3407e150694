//! The pages of an authorization, filled in, and the language that they are in.

use crate::client::record::ClientRecord;
use crate::client::release::beyond_scope;
use crate::config::{Config, SignUp};
use crate::error::ErrorCode;
use crate::http::{Request, Response};
use crate::login::interaction::{ConsentStep, LoginStep};
use crate::login::new_account::NewAccount;
use crate::login::pages::{ClientView, ConsentPage, Errand, ErrorPage, LoginPage, LoginProblem, Reason, SignUpPage, SignUpProblem};
use crate::oauth::locale::{Locale, localized};
use crate::oauth::prompt::Prompt;
use crate::session::grant::{Authorization, ConsentPolicy};
use std::borrow::Cow;

/// The language of the pages that answer a request, where an authorization request has asked for these.
pub fn locale(request: &Request, ui_locales: Option<&str>) -> Locale {
    Locale::choose(ui_locales, request.header("accept-language").as_deref())
}

/// The page with which a person begins: the sign-in page, or the sign-up page where the client asks for that.
pub fn first(config: &Config, client: &ClientRecord, step: &LoginStep, locale: Locale) -> Response {
    let request = &step.interaction.request;
    let entrance = Entrance {
        client,
        redirect_uri: &request.redirect_uri,
        interaction: &step.seal(&config.sealer),
        locale,
    };
    let username = request.login_hint.as_deref().unwrap_or_default();
    match request.prompt() {
        Prompt::Create => entrance.sign_up(
            NewAccount {
                username,
                ..NewAccount::default()
            },
            None,
        ),
        _ => entrance.login(config, username, None),
    }
}

/// What the pages have in common on which nobody has signed in yet.
pub struct Entrance<'a> {
    /// Who asks.
    pub client: &'a ClientRecord,
    /// Where the answer goes.
    pub redirect_uri: &'a str,
    /// The sealed request.
    pub interaction: &'a str,
    /// The language.
    pub locale: Locale,
}

impl Entrance<'_> {
    /// The sign-in page, with what was typed and what was wrong with it.
    pub fn login(&self, config: &Config, username: &str, problem: Option<LoginProblem>) -> Response {
        LoginPage {
            locale: self.locale,
            errand: Errand::Client(view(self.client, self.redirect_uri, self.locale)),
            interaction: self.interaction,
            username,
            sign_up: config.sign_up == SignUp::Open,
            problem,
        }
        .respond()
    }

    /// The sign-up page, likewise.
    pub fn sign_up(&self, typed: NewAccount<'_>, problem: Option<SignUpProblem>) -> Response {
        SignUpPage {
            locale: self.locale,
            client: view(self.client, self.redirect_uri, self.locale),
            interaction: self.interaction,
            typed,
            problem,
        }
        .respond()
    }
}

/// The consent page for what an authorization will grant.
pub fn consent(config: &Config, client: &ClientRecord, step: &ConsentStep, authorization: &Authorization, locale: Locale) -> Response {
    let Authorization { scope, release, .. } = authorization;
    ConsentPage {
        locale,
        client: view(client, &step.interaction.request.redirect_uri, locale),
        interaction: &step.seal(&config.sealer),
        user: step.user.as_str(),
        claims: &beyond_scope(&config.scopes, client, scope, &release.names()),
        scope,
        remembered: authorization.consent == ConsentPolicy::Remembered,
    }
    .respond()
}

/// A request that ends on an error page, whatever the language of that page.
#[derive(Debug)]
pub struct Refused {
    status: u16,
    code: ErrorCode,
    reason: Reason<'static>,
}

impl Refused {
    /// Ends a request with something that the person is told.
    pub fn new(status: u16, code: ErrorCode, reason: Reason<'static>) -> Self {
        Self { status, code, reason }
    }

    /// The page.
    pub fn page(self, locale: Locale) -> Response {
        ErrorPage {
            locale,
            status: self.status,
            code: self.code.as_str(),
            reason: self.reason,
        }
        .respond()
    }
}

/// A request that cannot be answered at the client's redirect URI; the description is for the client's developer.
pub fn refusal(status: u16, code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Refused {
    Refused::new(status, code, Reason::Protocol(description.into()))
}

/// What the client says of itself, in the page's language where it has registered that (OpenID Connect Dynamic Client Registration, section 2.1).
pub fn view<'a>(client: &'a ClientRecord, redirect_uri: &'a str, locale: Locale) -> ClientView<'a> {
    let metadata = &client.metadata;
    let members = metadata.localized.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let own = |name: &str| localized(members.clone(), name, [locale.tag()]);
    ClientView {
        name: own("client_name").unwrap_or_else(|| client.display_name()),
        logo_uri: own("logo_uri").or(metadata.logo_uri.as_deref()),
        client_uri: own("client_uri").or(metadata.client_uri.as_deref()),
        policy_uri: own("policy_uri").or(metadata.policy_uri.as_deref()),
        tos_uri: own("tos_uri").or(metadata.tos_uri.as_deref()),
        redirect_uri,
    }
}
