//! The sign-in form comes back: the password is checked, the login opened, and the authorization goes on (OpenID Connect Core, section 3.1.2.3).

use crate::config::Config;
use crate::endpoint::authorization::flow::Flow;
use crate::endpoint::authorization::page::{Entrance, Refused, locale, refusal};
use crate::endpoint::form;
use crate::error::{Error, ErrorCode, Fault};
use crate::http::{Request, Response};
use crate::login::interaction::{Interaction, LoginStep};
use crate::login::pages::{CompletedPage, LoginProblem, Reason};
use crate::login::{cookie, device};
use crate::oauth::ids::{NodeId, UserId};
use crate::oauth::params::Params;
use crate::object::Refusal;
use crate::password;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::account::TryPassword;
use crate::session::login::{OpenLogin, Progress, SignIn};

/// POST of the sign-in form.
pub async fn login<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let entry = match enter(platform, request).await? {
        Ok(entry) => entry,
        Err(page) => return Ok(page),
    };
    let config = platform.config();
    let username = entry.field("username");
    let again = |problem| Ok(entry.entrance().login(config, username, problem));
    if entry.expired {
        return again(Some(LoginProblem::Expired));
    }
    if entry.comes_from_other_page() {
        return again(None);
    }
    match check_password(platform, username, entry.field("password")).await? {
        Verdict::Proved(user) => open_login(entry, user).await,
        Verdict::Rejected => again(Some(LoginProblem::Rejected)),
        Verdict::TooMany => again(Some(LoginProblem::TooMany {
            minutes: wait_minutes(config),
        })),
    }
}

/// How long somebody has to wait whose tries are used up, at most.
pub fn wait_minutes(config: &Config) -> i64 {
    config.limits.password_window.saturating_add(59) / 60
}

/// A form of the sign-in page or the sign-up page that has come back from the browser in which the page was opened.
pub struct Entry<'a, P> {
    params: Params,
    step: LoginStep,
    sealed: String,
    /// What it goes on with.
    pub flow: Flow<'a, P>,
    /// The page was open for too long. The same request has begun anew, and what was typed as password is not looked at.
    pub expired: bool,
}

impl<P: Platform> Entry<'_, P> {
    /// What was typed into a field; empty where it is not there or there twice.
    pub fn field(&self, name: &'static str) -> &str {
        self.params.one(name).ok().flatten().unwrap_or_default()
    }

    /// Whether the other page's form only leads here.
    pub fn comes_from_other_page(&self) -> bool {
        !self.field("show").is_empty()
    }

    /// The pages on which it goes on.
    pub fn entrance(&self) -> Entrance<'_> {
        Entrance {
            client: &self.flow.client,
            redirect_uri: &self.step.interaction.request.redirect_uri,
            interaction: &self.sealed,
            locale: self.flow.locale(),
        }
    }
}

/// Reads such a form; a page where it cannot be gone on with.
pub async fn enter<'a, P: Platform>(platform: &'a P, request: &'a Request) -> Result<Result<Entry<'a, P>, Response>, Fault> {
    let refused = |refused: Refused| Ok(Err(refused.page(locale(request, None))));
    let params = match read(platform, request) {
        Ok(params) => params,
        Err(reason) => return refused(reason),
    };
    let config = platform.config();
    let sealed = params.one("interaction").ok().flatten().unwrap_or_default();
    let mut step = match LoginStep::open(&config.sealer, sealed) {
        Some(step) if cookie::browser(config, request) == Some(step.browser) => step,
        _ => return refused(foreign_form()),
    };
    let asked = &step.interaction.request;
    let Some(flow) = Flow::resume(platform, request, asked).await? else {
        return Ok(Err(client_gone().page(locale(request, asked.ui_locales.as_deref()))));
    };
    let mut sealed = sealed.to_owned();
    let expired = platform.now() >= step.interaction.expires_at;
    if expired {
        let Interaction { request, subject, .. } = step.interaction;
        step.interaction = flow.begin(request, subject)?;
        sealed = step.seal(&config.sealer);
    }
    Ok(Ok(Entry {
        params,
        step,
        sealed,
        flow,
        expired,
    }))
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

/// What a password is worth.
pub enum Verdict {
    /// It is this person's.
    Proved(UserId),
    /// It is wrong, or there is no such account.
    Rejected,
    /// It was not looked at.
    TooMany,
}

/// Counts the try, then checks the password. Whether there is such an account changes neither the answer nor the work.
pub async fn check_password<P: Platform>(platform: &P, username: &str, password: &str) -> Result<Verdict, Fault> {
    if password.len() > password::LIMIT {
        return Ok(Verdict::Rejected);
    }
    let Some(user) = UserId::from_username(username) else {
        password::verify(password, None);
        return Ok(Verdict::Rejected);
    };
    let limits = &platform.config().limits;
    let command = TryPassword {
        password: password.to_owned(),
        limit: limits.password_tries,
        window: limits.password_window,
    };
    Ok(match platform.ask(user.as_str(), command).await? {
        Ok(true) => Verdict::Proved(user),
        Ok(false) => Verdict::Rejected,
        Err(_) => Verdict::TooMany,
    })
}

/// A login that begins now, in the browser that sends a request.
pub fn new_login(config: &Config, request: &Request, login_id: NodeId) -> SignIn {
    SignIn {
        login_id,
        acr: password::ACR.to_owned(),
        lifetime: config.lifetimes.login,
        device: device::device(request),
        place: device::place(request),
    }
}

/// Opens a login of its own, whoever was signed in here before: nobody's request is continued in another's session. Where the request names
/// somebody else, it is not answered for this person (OpenID Connect Core, section 3.1.2.1).
pub async fn open_login<P: Platform>(entry: Entry<'_, P>, user: UserId) -> Result<Response, Error> {
    let Entry { flow, step, .. } = entry;
    let interaction = step.interaction;
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
        sign_in: new_login(config, flow.request, login.node),
        authorization: flow.authorization(&login.user, &interaction),
    };
    let response = match flow.platform.ask(login.user.as_str(), command).await? {
        Ok(Progress::Authorized(minted)) => flow.answer(&login, &interaction, &minted).await?,
        Ok(Progress::ConsentNeeded) => flow.ask_for_consent(interaction, login.clone()),
        Err(Refusal::AlreadyDone) => return Ok(CompletedPage { locale: flow.locale() }.respond()),
        // Disabled between the check and now.
        Err(_) => return Ok(client_gone().page(flow.locale())),
    };
    Ok(cookie::set_session(config, response, &login))
}
