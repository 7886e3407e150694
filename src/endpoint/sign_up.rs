//! The form of the sign-up page comes back: the account is made, and the authorization goes on as after a sign-in (Initiating User Registration via
//! OpenID Connect 1.0).

use crate::config::SignUp;
use crate::endpoint::authorization::page::refusal;
use crate::endpoint::flood;
use crate::endpoint::login::{Verdict, check_password, enter, open_login};
use crate::error::{Error, ErrorCode};
use crate::http::{Request, Response};
use crate::login::new_account::{Field, NewAccount};
use crate::login::pages::SignUpProblem;
use crate::password;
use crate::pending::rate::Counted;
use crate::platform::Platform;
use crate::session::account::{CreateAccount, PutAccount};

/// POST of the sign-up page's form. What cannot be used is told before anything is counted or stored.
pub async fn sign_up<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let entry = match enter(platform, request).await? {
        Ok(entry) => entry,
        Err(page) => return Ok(page),
    };
    if platform.config().sign_up == SignUp::Closed {
        return Ok(refusal(403, ErrorCode::AccessDenied, "Accounts are made by the operator alone.").page(entry.flow.locale()));
    }
    let typed = NewAccount {
        username: entry.field("username"),
        password: entry.field("password"),
        name: entry.field("name"),
        email: entry.field("email"),
    };
    let again = |problem| Ok(entry.entrance().sign_up(typed, problem));
    if entry.expired {
        return again(Some(SignUpProblem::Expired));
    }
    if entry.comes_from_other_page() {
        return again(None);
    }
    let user = match typed.check() {
        Ok(user) => user,
        Err(field) => return again(Some(SignUpProblem::Unusable(field))),
    };
    if !flood::is_within(platform, request, Counted::SignUp).await? {
        return again(Some(SignUpProblem::TooMany));
    }
    let mut salt = [0; 16];
    platform.random(&mut salt)?;
    let Some(password_hash) = password::hash(typed.password, salt)? else {
        return again(Some(SignUpProblem::Unusable(Field::Password)));
    };
    let command = CreateAccount(PutAccount {
        password_hash: Some(password_hash),
        claims: Some(typed.claims()),
        disabled: None,
    });
    if platform.ask(user.as_str(), command).await?.is_err() {
        // Somebody who sends the form twice has made the account with the first: the password tells.
        match check_password(platform, typed.username, typed.password).await? {
            Verdict::Proved(_) => {}
            Verdict::Rejected | Verdict::TooMany => return again(Some(SignUpProblem::Taken)),
        }
    }
    open_login(entry, user).await
}
