//! The pages of an authorization, filled in.

use crate::client::record::ClientRecord;
use crate::config::Config;
use crate::endpoint::authorization::{check::grantable_scope, consent_policy};
use crate::error::ErrorCode;
use crate::http::Response;
use crate::login::interaction::{ConsentStep, LoginStep};
use crate::login::pages::{ClientView, ConsentPage, ErrorPage, LoginPage, LoginProblem};
use crate::session::grant::ConsentPolicy;

/// The sign-in page as it is first shown.
pub fn login(config: &Config, client: &ClientRecord, step: &LoginStep) -> Response {
    let username = step.interaction.request.login_hint.as_deref().unwrap_or_default();
    login_again(client, step, &step.seal(&config.sealer), username, None)
}

/// The sign-in page with what was typed and what was wrong with it.
pub fn login_again(
    client: &ClientRecord,
    step: &LoginStep,
    interaction: &str,
    username: &str,
    problem: impl Into<Option<LoginProblem>>,
) -> Response {
    LoginPage {
        client: view(client, &step.interaction.request.redirect_uri),
        interaction,
        username,
        problem: problem.into(),
    }
    .respond()
}

/// The consent page.
pub fn consent(config: &Config, client: &ClientRecord, step: &ConsentStep) -> Response {
    ConsentPage {
        client: view(client, &step.interaction.request.redirect_uri),
        interaction: &step.seal(&config.sealer),
        user: step.user.as_str(),
        scope: &grantable_scope(&step.interaction.request.scope, client),
        remembered: consent_policy(client, &step.interaction) == ConsentPolicy::Remembered,
    }
    .respond()
}

/// A request that cannot be answered at the client's redirect URI.
pub fn refusal(status: u16, code: ErrorCode, description: &str) -> Response {
    ErrorPage {
        status,
        title: "This request cannot be answered",
        code: code.as_str(),
        description,
        request_id: None,
    }
    .respond()
}

fn view<'a>(client: &'a ClientRecord, redirect_uri: &'a str) -> ClientView<'a> {
    let metadata = &client.metadata;
    ClientView {
        name: client.display_name(),
        logo_uri: metadata.logo_uri.as_deref(),
        client_uri: metadata.client_uri.as_deref(),
        policy_uri: metadata.policy_uri.as_deref(),
        tos_uri: metadata.tos_uri.as_deref(),
        redirect_uri,
    }
}
