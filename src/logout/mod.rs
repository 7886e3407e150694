//! Signing out: the endpoint for clients (OpenID Connect RP-Initiated Logout), and how the clients of a session learn that it is over
//! (Front-Channel Logout, Back-Channel Logout).

pub mod back_channel;
mod confirmation;
mod front_channel;
mod request;
mod target;

pub use confirmation::confirm;

use crate::endpoint::authorization::page::{Refused, locale};
use crate::endpoint::navigation;
use crate::error::{Error, Fault};
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::login::pages::SignedOutPage;
use crate::oauth::ids::UserId;
use crate::oauth::locale::Locale;
use crate::oauth::params::Params;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::logout::{EndSession, ToldSession};
use request::LogoutRequest;
use target::LogoutTarget;

/// GET and POST of the end session endpoint (RP-Initiated Logout, section 2).
pub async fn end_session<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = match navigation::read(request) {
        Ok(params) => params,
        Err(refused) => return Ok(refused.page(locale(request, None))),
    };
    if let Some(repeated) = navigation::repeat_as_get(request, &params) {
        return Ok(repeated);
    }
    let locale = locale(request, params.one("ui_locales").ok().flatten());
    match answer(platform, request, &params, locale).await? {
        Ok(response) => Ok(response),
        Err(refused) => Ok(refused.page(locale)),
    }
}

/// Signs out at once where an ID token shows that the person's own application asks, or where nobody is signed in; otherwise the person is asked, because
/// any page can send a browser here.
async fn answer<P: Platform>(platform: &P, request: &Request, params: &Params, locale: Locale) -> Result<Result<Response, Refused>, Error> {
    let asked = match LogoutRequest::read(platform, params).await? {
        Ok(asked) => asked,
        Err(refused) => return Ok(Err(refused)),
    };
    let config = platform.config();
    let login = cookie::session(config, request);
    if let Some(login) = login.as_ref().filter(|login| !asked.is_of(config, &login.user)) {
        return Ok(Ok(confirmation::ask(platform, &asked, login, locale)));
    }
    let leaving = Leaving {
        login,
        told: asked.told(config),
        target: asked.target,
    };
    Ok(Ok(leaving.leave(platform, locale).await?))
}

/// What is to end, and where the person goes then.
struct Leaving {
    /// The login of this browser.
    login: Option<Locator>,
    /// The session of the client that asks: its user, and how the client knows it.
    told: Option<(UserId, ToldSession)>,
    /// Where the client wants the person to be sent.
    target: Option<LogoutTarget>,
}

impl Leaving {
    /// Ends it, in one step of the user's object, and answers: by way of the other clients' front-channel pages where there are any.
    async fn leave<P: Platform>(self, platform: &P, locale: Locale) -> Result<Response, Fault> {
        let login_id = self.login.as_ref().map(|login| login.node);
        let ends = match (self.login.map(|login| login.user), self.told) {
            (None, None) => vec![],
            (Some(user), None) => vec![(user, login_id, None)],
            (None, Some((user, told))) => vec![(user, None, Some(told))],
            (Some(user), Some((whose, told))) if user == whose => vec![(user, login_id, Some(told))],
            // A person has said yes to ending a session that is not the client's; that of the client ends as well.
            (Some(user), Some((whose, told))) => vec![(user, login_id, None), (whose, None, Some(told))],
        };
        let mut parties = Vec::new();
        for (user, login_id, told) in ends {
            // Refused where the user is gone, and every session with it.
            let ended = platform
                .ask(user.as_str(), EndSession { login_id, told })
                .await?
                .unwrap_or_default();
            parties.extend(ended.into_iter().map(|party| (user.clone(), party)));
        }
        let frames = front_channel::frames(platform, &parties).await?;
        let next = self.target.as_ref().map(LogoutTarget::address);
        let response = match next {
            Some(address) if frames.is_empty() => Response::see_other(address.to_owned()),
            next => SignedOutPage {
                locale,
                frames: &frames,
                next,
            }
            .respond(),
        };
        Ok(cookie::end_session(platform.config(), response))
    }
}
