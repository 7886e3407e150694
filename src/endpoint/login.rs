//! The sign-in form comes back: the password is checked, the login opened, and the authorization goes on (OpenID Connect Core, section 3.1.2.3).

use crate::client::record::ClientRecord;
use crate::endpoint::authorization::page::{Refused, locale, refusal};
use crate::endpoint::authorization::target::RedirectTarget;
use crate::endpoint::authorization::{answer, authorization, begin, page};
use crate::endpoint::client_lookup;
use crate::endpoint::form;
use crate::error::{Error, ErrorCode, Fault};
use crate::http::{Request, Response};
use crate::login::interaction::{ConsentStep, LoginStep};
use crate::login::pages::{CompletedPage, LoginProblem, Reason};
use crate::login::{cookie, password};
use crate::oauth::ids::UserId;
use crate::oauth::locale::Locale;
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
    let Some((client, target)) = still_registered(platform, &step.interaction.request).await? else {
        return Ok(client_gone().page(locale));
    };
    let username = params.one("username").ok().flatten().unwrap_or_default();
    if platform.now() >= step.interaction.expires_at {
        return begin_again(platform, &client, step, locale, username);
    }
    let again = |problem| Ok(page::login_again(&client, &step, locale, sealed, username, problem));
    let password = params.one("password").ok().flatten().unwrap_or_default();
    match check_password(platform, username, password).await? {
        Verdict::Proved(user) => open_login(platform, &client, &target, step, locale, user).await,
        Verdict::Rejected => again(LoginProblem::Rejected),
        Verdict::TooMany => again(LoginProblem::TooMany {
            minutes: config.limits.password_window.saturating_add(59) / 60,
        }),
    }
}

/// The page was open for too long: the same request begins anew, and what was typed as password is not looked at.
fn begin_again<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    step: LoginStep,
    locale: Locale,
    username: &str,
) -> Result<Response, Error> {
    let interaction = begin(platform, step.interaction.request)?;
    let step = LoginStep { interaction, ..step };
    let sealed = step.seal(&platform.config().sealer);
    Ok(page::login_again(client, &step, locale, &sealed, username, LoginProblem::Expired))
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

/// The client of a request that comes back from a page, and where its answer goes, as both are registered now.
pub async fn still_registered<P: Platform>(
    platform: &P,
    request: &crate::oauth::authorization_request::AuthorizationRequest,
) -> Result<Option<(ClientRecord, RedirectTarget)>, Fault> {
    let Some(client) = client_lookup::find(platform, &request.client_id).await? else {
        return Ok(None);
    };
    let target = RedirectTarget::of_checked(&platform.config().issuer, &client, request);
    Ok(target.map(|target| (client, target)))
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

/// Opens a login of its own, whoever was signed in here before: nobody's request is continued in another's session.
async fn open_login<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    target: &RedirectTarget,
    step: LoginStep,
    locale: Locale,
    user: UserId,
) -> Result<Response, Error> {
    let config = platform.config();
    let login = Locator {
        user,
        node: platform.node_id()?,
    };
    let interaction = step.interaction;
    let command = OpenLogin {
        login_id: login.node,
        acr: password::ACR.to_owned(),
        lifetime: config.lifetimes.login,
        authorization: authorization(platform, client, &login, &interaction),
    };
    let response = match platform.ask(login.user.as_str(), command).await? {
        Ok(Progress::Authorized) => answer(platform, target, &login, &interaction),
        Ok(Progress::ConsentNeeded) => {
            let step = ConsentStep {
                interaction,
                user: login.user.clone(),
                login_id: login.node,
            };
            page::consent(config, client, &step, locale)
        }
        Err(Refusal::AlreadyDone) => return Ok(CompletedPage { locale }.respond()),
        // Disabled between the check and now.
        Err(_) => return Ok(client_gone().page(locale)),
    };
    Ok(cookie::set_session(config, response, &login))
}
