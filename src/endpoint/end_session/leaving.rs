//! Somebody leaves: the login ends, and the browser goes where it has to.

use super::front_channel;
use super::target::LogoutTarget;
use crate::error::Fault;
use crate::http::Response;
use crate::login::cookie;
use crate::login::pages::SignedOutPage;
use crate::oauth::ids::UserId;
use crate::oauth::locale::Locale;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::logout::{EndSession, ToldSession};

/// What is to end, and where the person goes then.
pub struct Leaving {
    /// The login of this browser.
    pub login: Option<Locator>,
    /// The session of the client that asks: its user, and how the client knows it.
    pub told: Option<(UserId, ToldSession)>,
    /// Where the client wants the person to be sent.
    pub target: Option<LogoutTarget>,
}

impl Leaving {
    /// Ends it, in one step of the user's object, and answers: by way of the other clients' front-channel pages where there are any.
    pub async fn leave<P: Platform>(self, platform: &P, locale: Locale) -> Result<Response, Fault> {
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
            let command = EndSession {
                login_id,
                told,
                ..EndSession::default()
            };
            // Refused where the user is gone, and every session with it.
            if let Ok(ended) = platform.ask(user.as_str(), command).await? {
                parties.extend(ended.parties.into_iter().map(|party| (user.clone(), party)));
            }
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
