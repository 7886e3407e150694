//! The pages of an authorization, filled in, and the language that they are in.

use crate::client::record::ClientRecord;
use crate::client::release::beyond_scope;
use crate::config::Config;
use crate::endpoint::authorization::check::grantable_scope;
use crate::endpoint::authorization::flow::consent_policy;
use crate::error::ErrorCode;
use crate::http::{Request, Response};
use crate::login::interaction::{ConsentStep, LoginStep};
use crate::login::pages::{ClientView, ConsentPage, ErrorPage, LoginPage, LoginProblem, Reason};
use crate::oauth::locale::{Locale, localized};
use crate::session::grant::ConsentPolicy;
use std::borrow::Cow;

/// The language of the pages that answer a request, where an authorization request has asked for these.
pub fn locale(request: &Request, ui_locales: Option<&str>) -> Locale {
    Locale::choose(ui_locales, request.header("accept-language").as_deref())
}

/// The sign-in page as it is first shown.
pub fn login(config: &Config, client: &ClientRecord, step: &LoginStep, locale: Locale) -> Response {
    let username = step.interaction.request.login_hint.as_deref().unwrap_or_default();
    login_again(client, step, locale, &step.seal(&config.sealer), username, None)
}

/// The sign-in page with what was typed and what was wrong with it.
pub fn login_again(
    client: &ClientRecord,
    step: &LoginStep,
    locale: Locale,
    interaction: &str,
    username: &str,
    problem: impl Into<Option<LoginProblem>>,
) -> Response {
    LoginPage {
        locale,
        client: view(client, &step.interaction.request.redirect_uri, locale),
        interaction,
        username,
        problem: problem.into(),
    }
    .respond()
}

/// The consent page.
pub fn consent(config: &Config, client: &ClientRecord, step: &ConsentStep, locale: Locale) -> Response {
    let request = &step.interaction.request;
    let scope = grantable_scope(config, client, &request.scope, request.response_type);
    ConsentPage {
        locale,
        client: view(client, &request.redirect_uri, locale),
        interaction: &step.seal(&config.sealer),
        user: step.user.as_str(),
        claims: &beyond_scope(&config.scopes, client, request, &scope),
        scope: &scope,
        remembered: consent_policy(client, &step.interaction) == ConsentPolicy::Remembered,
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
fn view<'a>(client: &'a ClientRecord, redirect_uri: &'a str, locale: Locale) -> ClientView<'a> {
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
