//! The forms of the account page come back: a device, everything or an application's access is ended, or the password is changed.

use crate::endpoint::account::{go_back, page};
use crate::endpoint::authorization::page::{locale, refusal};
use crate::endpoint::end_session::leaving::Leaving;
use crate::endpoint::login::{Verdict, check_password, foreign_form, read, wait_minutes};
use crate::error::{Error, ErrorCode, Fault};
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::login::interaction::AccountStep;
use crate::login::new_account::is_good_password;
use crate::login::pages::{Done, PasswordProblem, Told};
use crate::oauth::ids::{ClientId, NodeId};
use crate::oauth::params::Params;
use crate::password;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::nodes::Node;
use crate::session::own::{Change, ChangeAccount, Others};

/// POST: one sealed step, and one thing to do. Where the login has ended meanwhile, nothing is done, and the person signs in.
pub async fn change<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = match read(platform, request) {
        Ok(params) => params,
        Err(refused) => return Ok(refused.page(locale(request, None))),
    };
    let config = platform.config();
    let sealed = params.one("interaction").ok().flatten().unwrap_or_default();
    let Some(step) = AccountStep::open(&config.sealer, sealed) else {
        return Ok(foreign_form().page(locale(request, None)));
    };
    let login = Locator {
        user: step.user,
        node: step.login_id,
    };
    // The form counts only in the browser in which this person is signed in now.
    if cookie::session(config, request).as_ref() != Some(&login) {
        return Ok(foreign_form().page(locale(request, None)));
    }
    let told = match (Action::read(&params, login.node), platform.now() >= step.expires_at) {
        (_, true) => Told::Expired,
        (None, _) => {
            let refused = refusal(400, ErrorCode::InvalidRequest, "The form does not say one thing to do.");
            return Ok(refused.page(locale(request, None)));
        }
        (Some(Action::Leave(span)), _) => return Ok(leave(platform, request, login, span).await?),
        (Some(Action::Revoke(node)), _) => return Ok(revoke(platform, login, node).await?),
        (Some(Action::ChangePassword(typed)), _) => match change_password(platform, &login, typed).await? {
            Ok(response) => return Ok(response),
            Err(problem) => Told::Password(problem),
        },
    };
    Ok(page(platform, request, told).await?.unwrap_or_else(|| go_back(None)))
}

/// What a form asks for.
enum Action<'a> {
    /// To sign out here.
    Leave(Span),
    /// To end something else.
    Revoke(Node),
    ChangePassword(Typed<'a>),
}

/// How far signing out reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Span {
    ThisDevice,
    /// Every device, and what was granted for longer.
    Everywhere,
}

/// The form of the password as it was filled in.
struct Typed<'a> {
    current: &'a str,
    new: &'a str,
    others: Others,
}

impl<'a> Action<'a> {
    /// `None` where there is nothing to do, more than one thing, or a node that cannot be. `here` is the login of this browser.
    fn read(params: &'a Params, here: NodeId) -> Option<Self> {
        let one = |name| params.one(name).ok().flatten();
        let fields = ["sign_out", "everywhere", "withdraw", "current_password", "new_password"];
        match fields.map(one) {
            [Some(login), None, None, None, None] => Some(match NodeId::from_hex(login)? {
                id if id == here => Self::Leave(Span::ThisDevice),
                id => Self::Revoke(Node::Login(id)),
            }),
            [None, Some("yes"), None, None, None] => Some(Self::Leave(Span::Everywhere)),
            [None, None, Some(client), None, None] => Some(ClientId(client.to_owned()))
                .filter(ClientId::is_legal)
                .map(|id| Self::Revoke(Node::Client(id))),
            [None, None, None, None, None] => None,
            [None, None, None, current, new] => Some(Self::ChangePassword(Typed {
                current: current.unwrap_or_default(),
                new: new.unwrap_or_default(),
                others: match one("sign_out_others") {
                    Some(_) => Others::End,
                    None => Others::Stay,
                },
            })),
            _ => None,
        }
    }
}

/// Signs out as a client's request does, by way of the pages that tell the clients of this browser.
async fn leave<P: Platform>(platform: &P, request: &Request, login: Locator, span: Span) -> Result<Response, Fault> {
    if span == Span::Everywhere {
        let command = ChangeAccount {
            login_id: login.node,
            change: Change::Revoke(Node::User),
        };
        // Refused where this login has ended meanwhile: then it does not speak for the others.
        let _ = platform.ask(login.user.as_str(), command).await?;
    }
    let leaving = Leaving {
        login: Some(login),
        told: None,
        target: None,
    };
    leaving.leave(platform, locale(request, None)).await
}

/// Revokes another node. What is not there, another person's login too, is left alone.
async fn revoke<P: Platform>(platform: &P, login: Locator, node: Node) -> Result<Response, Fault> {
    let done = match &node {
        Node::Client(_) => Done::AccessWithdrawn,
        _ => Done::DeviceSignedOut,
    };
    let command = ChangeAccount {
        login_id: login.node,
        change: Change::Revoke(node),
    };
    let revoked = platform.ask(login.user.as_str(), command).await?;
    Ok(go_back(revoked.ok().map(|()| done)))
}

/// Changes the password. What cannot be used is told before anything is counted.
async fn change_password<P: Platform>(platform: &P, login: &Locator, typed: Typed<'_>) -> Result<Result<Response, PasswordProblem>, Fault> {
    if !is_good_password(typed.new) {
        return Ok(Err(PasswordProblem::Unusable));
    }
    match check_password(platform, login.user.as_str(), typed.current).await? {
        Verdict::Proved(_) => {}
        Verdict::Rejected => return Ok(Err(PasswordProblem::Wrong)),
        Verdict::TooMany => {
            return Ok(Err(PasswordProblem::TooMany {
                minutes: wait_minutes(platform.config()),
            }));
        }
    }
    let mut salt = [0; 16];
    platform.random(&mut salt)?;
    let Some(hash) = password::hash(typed.new, salt)? else {
        return Ok(Err(PasswordProblem::Unusable));
    };
    let others = typed.others;
    let command = ChangeAccount {
        login_id: login.node,
        change: Change::Password { hash, others },
    };
    let changed = platform.ask(login.user.as_str(), command).await?;
    Ok(Ok(go_back(changed.ok().map(|()| Done::PasswordChanged))))
}
