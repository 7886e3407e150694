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
use crate::session::login::{OpenLogin, PasswordLogin, Progress, SignIn};

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
    let rejected = Some(LoginProblem::Rejected);
    let too_many = Some(LoginProblem::TooMany {
        minutes: wait_minutes(config),
    });
    let Some((user, attempt)) = attempt(config, username, entry.field("password")) else {
        return again(rejected);
    };
    if !entry.may_be(&user) {
        // Only who knows the password is told so.
        return match verdict(platform, user, attempt).await? {
            Verdict::Proved(_) => Ok(entry.refuse_other()),
            Verdict::Rejected => again(rejected),
            Verdict::TooMany => again(too_many),
        };
    }
    let (at, login) = entry.opening(user)?;
    match platform.ask(at.user.as_str(), PasswordLogin { attempt, login }).await?.transpose() {
        None => again(rejected),
        Some(Err(Refusal::TooMany)) => again(too_many),
        Some(opened) => entry.opened(at, opened).await,
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

/// Checks a password, and counts the try where it is wrong. Whether there is such an account changes neither the answer nor the work.
pub async fn check_password<P: Platform>(platform: &P, username: &str, password: &str) -> Result<Verdict, Fault> {
    match attempt(platform.config(), username, password) {
        Some((user, attempt)) => verdict(platform, user, attempt).await,
        None => Ok(Verdict::Rejected),
    }
}

/// The try, for the object of the person whose it would be; `None` where it is nobody's.
fn attempt(config: &Config, username: &str, password: &str) -> Option<(UserId, TryPassword)> {
    if password.len() > password::LIMIT {
        return None;
    }
    let Some(user) = UserId::from_username(username) else {
        password::verify(password, None);
        return None;
    };
    let attempt = TryPassword {
        password: password.to_owned(),
        limit: config.limits.password_tries,
        window: config.limits.password_window,
    };
    Some((user, attempt))
}

async fn verdict<P: Platform>(platform: &P, user: UserId, attempt: TryPassword) -> Result<Verdict, Fault> {
    Ok(match platform.ask(user.as_str(), attempt).await? {
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

/// Opens a login of its own for somebody who has proved to be the one, whoever was signed in here before: nobody's request is continued in another's session.
pub async fn open_login<P: Platform>(entry: Entry<'_, P>, user: UserId) -> Result<Response, Error> {
    if !entry.may_be(&user) {
        return Ok(entry.refuse_other());
    }
    let (at, login) = entry.opening(user)?;
    let opened = entry.flow.platform.ask(at.user.as_str(), login).await?;
    entry.opened(at, opened).await
}

impl<P: Platform> Entry<'_, P> {
    /// Where the request names somebody else, it is not answered for this person (OpenID Connect Core, section 3.1.2.1).
    fn may_be(&self, user: &UserId) -> bool {
        self.flow.may_be(user, &self.step.interaction)
    }

    fn refuse_other(&self) -> Response {
        self.flow.refuse(
            ErrorCode::LoginRequired,
            "the user who signed in is not the one that the request names",
        )
    }

    /// The login to open, and what opens it.
    fn opening(&self, user: UserId) -> Result<(Locator, OpenLogin), Fault> {
        let Flow { platform, request, .. } = self.flow;
        let at = Locator {
            user,
            node: platform.node_id()?,
        };
        let login = OpenLogin {
            sign_in: new_login(platform.config(), request, at.node),
            authorization: self.flow.authorization(&at.user, &self.step.interaction),
        };
        Ok((at, login))
    }

    /// Goes on with the authorization once the login is opened.
    async fn opened(self, at: Locator, opened: Result<Progress, Refusal>) -> Result<Response, Error> {
        let Self { flow, step, .. } = self;
        let interaction = step.interaction;
        let response = match opened {
            Ok(Progress::Authorized(minted)) => flow.answer(&at, &interaction, &minted).await?,
            Ok(Progress::ConsentNeeded) => flow.ask_for_consent(interaction, at.clone()),
            Err(Refusal::AlreadyDone) => return Ok(CompletedPage { locale: flow.locale() }.respond()),
            // Disabled between the check and now.
            Err(_) => return Ok(client_gone().page(flow.locale())),
        };
        Ok(cookie::set_session(flow.platform.config(), response, &at))
    }
}
