//! The question whether somebody wants to sign out, and the answer to it (RP-Initiated Logout, section 2).

use super::leaving::Leaving;
use super::request::LogoutRequest;
use super::target::LogoutTarget;
use crate::endpoint::authorization::page::{Refused, locale, refusal};
use crate::endpoint::client_lookup;
use crate::endpoint::login::{foreign_form, read};
use crate::error::{Error, ErrorCode};
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::login::interaction::{open, seal};
use crate::login::pages::{Reason, SignOutPage, StillSignedInPage};
use crate::oauth::ids::{ClientId, NodeId, UserId};
use crate::oauth::locale::Locale;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::logout::ToldSession;
use serde::{Deserialize, Serialize};

/// A request on its way through the page that asks. Only the browser that holds this login has been shown it.
#[derive(Serialize, Deserialize)]
struct LogoutStep {
    user: UserId,
    login_id: NodeId,
    /// The session of the client that asks.
    told: Option<(UserId, ToldSession)>,
    /// The client, the URI and the state of a request that may send the person somewhere.
    target: Option<(ClientId, String, Option<String>)>,
    ui_locales: Option<String>,
    /// When the page has to be done.
    expires_at: Timestamp,
}

/// Asks whoever is signed in. Nothing is stored: the request goes into the page.
pub fn ask<P: Platform>(platform: &P, asked: &LogoutRequest, login: &Locator, locale: Locale) -> Response {
    let config = platform.config();
    let target = match (&asked.client, &asked.redirect_uri, &asked.target) {
        (Some(client), Some(uri), Some(_)) => Some((client.client_id.clone(), uri.clone(), asked.state.clone())),
        _ => None,
    };
    let step = LogoutStep {
        user: login.user.clone(),
        login_id: login.node,
        told: asked.told(config),
        target,
        ui_locales: asked.ui_locales.clone(),
        expires_at: platform.now().plus(config.lifetimes.interaction),
    };
    SignOutPage {
        locale,
        user: login.user.as_str(),
        step: &seal(&config.sealer, Kind::LogoutStep, &step),
        // Chromium holds the redirect after the form against the form's policy.
        leads_to: asked.target.as_ref().map(LogoutTarget::address),
        is_sent_back: asked.target.is_some() || asked.redirect_uri.is_none(),
    }
    .respond()
}

/// POST of the form: `decision` is `sign_out` or `stay`. Sent again it does the same again, which changes nothing.
pub async fn confirm<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let refused = |refused: Refused| Ok(refused.page(locale(request, None)));
    let params = match read(platform, request) {
        Ok(params) => params,
        Err(reason) => return refused(reason),
    };
    let config = platform.config();
    let sealed = params.one("interaction").ok().flatten().unwrap_or_default();
    let Some(step) = open::<LogoutStep>(&config.sealer, Kind::LogoutStep, sealed) else {
        return refused(Refused::new(400, ErrorCode::InvalidRequest, Reason::ForeignForm));
    };
    let locale = locale(request, step.ui_locales.as_deref());
    if platform.now() >= step.expires_at {
        return Ok(Refused::new(400, ErrorCode::InvalidRequest, Reason::Expired).page(locale));
    }
    let login = Locator {
        user: step.user,
        node: step.login_id,
    };
    // Somebody else may have signed in meanwhile, who has not been asked.
    if cookie::session(config, request).is_some_and(|held| held != login) {
        return Ok(foreign_form().page(locale));
    }
    match params.one("decision") {
        Ok(Some("sign_out")) => {}
        Ok(Some("stay")) => return Ok(StillSignedInPage { locale }.respond()),
        _ => return Ok(refusal(400, ErrorCode::InvalidRequest, "The form has no decision.").page(locale)),
    }
    let target = match &step.target {
        // The registration may have changed since the page was shown.
        Some((client_id, uri, state)) => {
            let client = client_lookup::find(platform, client_id).await?;
            client.and_then(|client| LogoutTarget::of(&client, uri, state.as_deref()))
        }
        None => None,
    };
    let leaving = Leaving {
        login: Some(login),
        told: step.told,
        target,
    };
    Ok(leaving.leave(platform, locale).await?)
}
