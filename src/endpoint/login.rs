//! The sign-in form comes back: the password is checked, the login opened, and the authorization goes on (OpenID Connect Core, section 3.1.2.3).

use crate::endpoint::authorization::flow::Flow;
use crate::endpoint::authorization::page::{self, Refused, locale, refusal};
use crate::endpoint::form;
use crate::error::{Error, ErrorCode, Fault};
use crate::http::{Request, Response};
use crate::login::interaction::{Interaction, LoginStep};
use crate::login::pages::{CompletedPage, LoginProblem, Reason};
use crate::login::{cookie, password};
use crate::oauth::ids::UserId;
use crate::oauth::params::Params;
use crate::object::Refusal;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::account::CountTry;
use crate::session::login::{OpenLogin, Progress};

/// POST of the sign-in form.
pub async fn login<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = match read(platform, request) {
        Ok(params) => params,
        Err(refused) => return Ok(refused.page(locale(request, None))),
    };
    let config = platform.config();
    let sealed = params.one("interaction").ok().flatten().unwrap_or_default();
    let step = match LoginStep::open(&config.sealer, sealed) {
        Some(step) if cookie::browser(config, request) == Some(step.browser) => step,
        _ => return Ok(foreign_form().page(locale(request, None))),
    };
    let locale = locale(request, step.interaction.request.ui_locales.as_deref());
    let Some(flow) = Flow::resume(platform, request, &step.interaction.request).await? else {
        return Ok(client_gone().page(locale));
    };
    let username = params.one("username").ok().flatten().unwrap_or_default();
    if platform.now() >= step.interaction.expires_at {
        return begin_again(&flow, step, username);
    }
    let again = |problem| Ok(page::login_again(&flow.client, &step, locale, sealed, username, problem));
    let password = params.one("password").ok().flatten().unwrap_or_default();
    match check_password(platform, username, password).await? {
        Verdict::Proved(user) => open_login(&flow, step.interaction, user).await,
        Verdict::Rejected => again(LoginProblem::Rejected),
        Verdict::TooMany => again(LoginProblem::TooMany {
            minutes: config.limits.password_window.saturating_add(59) / 60,
        }),
    }
}

/// The page was open for too long: the same request begins anew, and what was typed as password is not looked at.
fn begin_again<P: Platform>(flow: &Flow<'_, P>, step: LoginStep, username: &str) -> Result<Response, Error> {
    let Interaction { request, subject, .. } = step.interaction;
    let step = LoginStep {
        interaction: flow.begin(request, subject)?,
        browser: step.browser,
    };
    let sealed = step.seal(&flow.platform.config().sealer);
    Ok(page::login_again(
        &flow.client,
        &step,
        flow.locale(),
        &sealed,
        username,
        LoginProblem::Expired,
    ))
}

/// The form's fields, from a page of the provider's own. Browsers say where a form was shown; one that stood elsewhere is refused.
pub fn read<P: Platform>(platform: &P, request: &Request) -> Result<Params, Refused> {
    // Our pages send no referrer, so their forms carry "Origin: null"; Sec-Fetch-Site tells them from others'.
    let own_origin = |origin: String| origin == "null" || origin == platform.config().issuer.as_str();
    let own_site = |site: String| site == "same-origin" || site == "none";
    let shown_here = request.header("origin").is_none_or(own_origin) && request.header("sec-fetch-site").is_none_or(own_site);
    if !shown_here {
        return Err(foreign_form());
    }
    if request.body.is_err() {
        return Err(refusal(413, ErrorCode::InvalidRequest, "The form is too long."));
    }
    form::read(request).map_err(|_| refusal(400, ErrorCode::InvalidRequest, "The form cannot be read."))
}

/// The form was not made for this browser, or has been changed.
pub fn foreign_form() -> Refused {
    Refused::new(403, ErrorCode::AccessDenied, Reason::ForeignForm)
}

/// The consent page was open for too long.
pub fn expired() -> Refused {
    Refused::new(400, ErrorCode::InvalidRequest, Reason::Expired)
}

/// The client is registered no longer, or not with this redirect URI.
pub fn client_gone() -> Refused {
    Refused::new(400, ErrorCode::InvalidRequest, Reason::ClientGone)
}

enum Verdict {
    Proved(UserId),
    Rejected,
    TooMany,
}

/// Counts the try, then checks the password. Whether there is such an account changes neither the answer nor the work.
async fn check_password<P: Platform>(platform: &P, username: &str, password: &str) -> Result<Verdict, Fault> {
    if password.len() > password::LIMIT {
        return Ok(Verdict::Rejected);
    }
    let Some(user) = UserId::from_username(username) else {
        password::verify(password, None);
        return Ok(Verdict::Rejected);
    };
    let limits = &platform.config().limits;
    let count = CountTry {
        limit: limits.password_tries,
        window: limits.password_window,
    };
    let candidate = match platform.ask(user.as_str(), count).await? {
        Ok(candidate) => candidate,
        Err(_) => return Ok(Verdict::TooMany),
    };
    match password::verify(password, candidate.password_hash.as_deref()) {
        true => Ok(Verdict::Proved(user)),
        false => Ok(Verdict::Rejected),
    }
}

/// Opens a login of its own, whoever was signed in here before: nobody's request is continued in another's session. Where the request names
/// somebody else, it is not answered for this person (OpenID Connect Core, section 3.1.2.1).
async fn open_login<P: Platform>(flow: &Flow<'_, P>, interaction: Interaction, user: UserId) -> Result<Response, Error> {
    if !flow.may_be(&user, &interaction) {
        return Ok(flow.refuse(
            ErrorCode::LoginRequired,
            "the user who signed in is not the one that the request names",
        ));
    }
    let config = flow.platform.config();
    let login = Locator {
        user,
        node: flow.platform.node_id()?,
    };
    let command = OpenLogin {
        login_id: login.node,
        acr: password::ACR.to_owned(),
        lifetime: config.lifetimes.login,
        authorization: flow.authorization(&login.user, &interaction),
    };
    let response = match flow.platform.ask(login.user.as_str(), command).await? {
        Ok(Progress::Authorized(minted)) => flow.answer(&login.user, &interaction, &minted).await?,
        Ok(Progress::ConsentNeeded) => flow.ask_for_consent(interaction, login.clone()),
        Err(Refusal::AlreadyDone) => return Ok(CompletedPage { locale: flow.locale() }.respond()),
        // Disabled between the check and now.
        Err(_) => return Ok(client_gone().page(flow.locale())),
    };
    Ok(cookie::set_session(config, response, &login))
}
