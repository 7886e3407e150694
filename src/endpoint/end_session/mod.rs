//! The end session endpoint (OpenID Connect RP-Initiated Logout): clients send people here who want to sign out.

mod confirmation;
mod front_channel;
pub mod leaving;
mod request;
mod target;

pub use confirmation::confirm;

use crate::endpoint::authorization::page::{Refused, locale};
use crate::endpoint::navigation;
use crate::error::Error;
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::oauth::locale::Locale;
use crate::oauth::params::Params;
use crate::platform::Platform;
use leaving::Leaving;
use request::LogoutRequest;

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

/// Signs out at once where an ID token shows that an application of this very session asks, or where nobody is signed in; otherwise the person is asked, because
/// any page can send a browser here.
async fn answer<P: Platform>(platform: &P, request: &Request, params: &Params, locale: Locale) -> Result<Result<Response, Refused>, Error> {
    let asked = match LogoutRequest::read(platform, params).await? {
        Ok(asked) => asked,
        Err(refused) => return Ok(Err(refused)),
    };
    let config = platform.config();
    let login = cookie::session(config, request);
    if let Some(login) = login.as_ref().filter(|login| !asked.is_of(config, login)) {
        return Ok(Ok(confirmation::ask(platform, &asked, login, locale)));
    }
    let leaving = Leaving {
        login,
        told: asked.told(config),
        target: asked.target,
    };
    Ok(Ok(leaving.leave(platform, locale).await?))
}
