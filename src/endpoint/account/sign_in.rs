//! The sign-in page that leads to the account page. It stands for no client: a person has opened the address.

use crate::endpoint::account::go_back;
use crate::endpoint::authorization::page::locale;
use crate::endpoint::login::{Verdict, check_password, foreign_form, new_login, read, wait_minutes};
use crate::error::{Error, Fault};
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::login::interaction::AccountLogin;
use crate::login::pages::{Errand, LoginPage, LoginProblem};
use crate::oauth::ids::NodeId;
use crate::platform::Platform;
use crate::seal::locator::Locator;

/// The page with which it begins. Nothing is stored.
pub fn first<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let config = platform.config();
    let page = |browser| page(platform, request, browser, ("", None));
    match cookie::browser(config, request) {
        Some(browser) => Ok(page(browser)),
        None => {
            let browser = platform.node_id()?;
            Ok(cookie::set_browser(config, page(browser), browser))
        }
    }
}

/// POST of the page's form.
pub async fn sign_in<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = match read(platform, request) {
        Ok(params) => params,
        Err(refused) => return Ok(refused.page(locale(request, None))),
    };
    let config = platform.config();
    let field = |name| params.one(name).ok().flatten().unwrap_or_default();
    let step = match AccountLogin::open(&config.sealer, field("interaction")) {
        Some(step) if cookie::browser(config, request) == Some(step.browser) => step,
        _ => return Ok(foreign_form().page(locale(request, None))),
    };
    let username = field("username");
    let again = |problem| Ok(page(platform, request, step.browser, (username, Some(problem))));
    if platform.now() >= step.expires_at {
        return again(LoginProblem::Expired);
    }
    let user = match check_password(platform, username, field("password")).await? {
        Verdict::Proved(user) => user,
        Verdict::Rejected => return again(LoginProblem::Rejected),
        Verdict::TooMany => {
            return again(LoginProblem::TooMany {
                minutes: wait_minutes(config),
            });
        }
    };
    let login = Locator {
        user,
        node: platform.node_id()?,
    };
    match open(platform, request, &login).await? {
        true => Ok(cookie::set_session(config, go_back(None), &login)),
        // Disabled between the check and now.
        false => again(LoginProblem::Rejected),
    }
}

/// Whether the login is opened.
async fn open<P: Platform>(platform: &P, request: &Request, login: &Locator) -> Result<bool, Fault> {
    let command = new_login(platform.config(), request, login.node);
    Ok(platform.ask(login.user.as_str(), command).await?.is_ok())
}

fn page<P: Platform>(platform: &P, request: &Request, browser: NodeId, (username, problem): (&str, Option<LoginProblem>)) -> Response {
    let config = platform.config();
    let step = AccountLogin {
        browser,
        expires_at: platform.now().plus(config.lifetimes.interaction),
    };
    LoginPage {
        locale: locale(request, None),
        errand: Errand::Account,
        interaction: &step.seal(&config.sealer),
        username,
        sign_up: false,
        problem,
    }
    .respond()
}
