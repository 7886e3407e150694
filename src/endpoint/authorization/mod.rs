//! The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core, section 3.1.2): checks the request, and answers at once where
//! login and consent allow it; otherwise it shows a page and keeps nothing.

pub mod check;
pub mod page;
pub mod target;

use crate::client::record::ClientRecord;
use crate::endpoint::client_lookup;
use crate::endpoint::discovery::path;
use crate::endpoint::form::is_form;
use crate::error::{Error, ErrorCode, Fault, ProtocolError};
use crate::http::{Method, QUERY_LIMIT, Request, Response};
use crate::login::cookie;
use crate::login::interaction::{ConsentStep, Interaction, LoginStep};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::ids::ClientId;
use crate::oauth::params::{self, Params};
use crate::oauth::prompt::Prompt;
use crate::oauth::time::Timestamp;
use crate::oauth::uri::RedirectUri;
use crate::object::Refusal;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::seal::{Kind, subject};
use crate::session::authorize::{Authorize, Standing};
use crate::session::grant::{Authorization, ConsentPolicy, SessionId};
use page::{Refused, refusal};
use target::RedirectTarget;

/// The longest query that a request is repeated with, in bytes: what the address bars and proxies between here and the browser all take.
const REPEATED_QUERY_LIMIT: usize = 8 * 1024;

/// GET and POST.
pub async fn authorize<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = match read(request) {
        Ok(params) => params,
        Err(refused) => return Ok(refused.page(page::locale(request, None))),
    };
    if let Some(repeated) = repeat_as_get(request, &params) {
        return Ok(repeated);
    }
    let (client, target) = match identify(platform, &params).await? {
        Ok(identified) => identified,
        Err(refused) => return Ok(refused.page(page::locale(request, params.one("ui_locales").ok().flatten()))),
    };
    let checked = match check::request(&params, &client) {
        Ok(checked) => checked,
        Err(error) => return Ok(target.error(&error)),
    };
    let interaction = begin(platform, checked)?;
    match cookie::session(platform.config(), request) {
        Some(login) => continue_login(platform, request, &client, &target, interaction, login).await,
        None => ask_for_login(platform, request, &client, &target, interaction),
    }
}

/// Draws the ids that the request will become known by.
pub fn begin<P: Platform>(platform: &P, request: AuthorizationRequest) -> Result<Interaction, Fault> {
    Ok(Interaction {
        request,
        grant_id: platform.node_id()?,
        code_id: platform.node_id()?,
        expires_at: platform.now().plus(platform.config().lifetimes.interaction),
    })
}

/// The parameters of the query and, for POST, of the form body. What cannot be read is answered with a page.
fn read(request: &Request) -> Result<Params, Refused> {
    if request.query.len() > QUERY_LIMIT {
        return Err(refusal(414, ErrorCode::InvalidRequest, "The request is too long."));
    }
    let not_utf8 = |_| refusal(400, ErrorCode::InvalidRequest, "The request is not UTF-8.");
    let mut params = Params::parse(&request.query).map_err(not_utf8)?;
    if request.method == Method::Post {
        let Ok(body) = &request.body else {
            return Err(refusal(413, ErrorCode::InvalidRequest, "The request is too long."));
        };
        if !is_form(request) {
            return Err(refusal(400, ErrorCode::InvalidRequest, "The request is not a form."));
        }
        let text = std::str::from_utf8(body).map_err(|_| not_utf8(params::NotUtf8))?;
        params.extend(text).map_err(not_utf8)?;
    }
    Ok(params)
}

/// Browsers keep the session cookie (SameSite=Lax) to themselves when another site's page posts here, and send it when they then follow a redirect.
/// So the request comes again as GET, and somebody who is signed in does not have to sign in again.
fn repeat_as_get(request: &Request, params: &Params) -> Option<Response> {
    if request.method != Method::Post || request.header("sec-fetch-site").as_deref() != Some("cross-site") {
        return None;
    }
    let query = params::encode(params.pairs());
    (query.len() <= REPEATED_QUERY_LIMIT).then(|| Response::see_other(format!("{}?{query}", path::AUTHORIZATION)))
}

/// Who asks, and where the answer may go. Until both are known every error is a page: nothing is ever sent to an address that is not registered.
async fn identify<P: Platform>(platform: &P, params: &Params) -> Result<Result<(ClientRecord, RedirectTarget), Refused>, Fault> {
    let client_id = match params.one("client_id") {
        Ok(Some(client_id)) => ClientId(client_id.to_owned()),
        Ok(None) => return Ok(Err(refusal(400, ErrorCode::InvalidRequest, "The parameter client_id is missing."))),
        Err(_) => {
            return Ok(Err(refusal(
                400,
                ErrorCode::InvalidRequest,
                "The parameter client_id is given twice.",
            )));
        }
    };
    let Some(client) = client_lookup::find(platform, &client_id).await? else {
        return Ok(Err(refusal(
            400,
            ErrorCode::InvalidRequest,
            "The parameter client_id names no registered client.",
        )));
    };
    let target = RedirectTarget::of_request(&platform.config().issuer, &client, params);
    Ok(target.map(|target| (client, target)))
}

/// Somebody who has signed in before: one hop tells whether that is enough.
async fn continue_login<P: Platform>(
    platform: &P,
    request: &Request,
    client: &ClientRecord,
    target: &RedirectTarget,
    interaction: Interaction,
    login: Locator,
) -> Result<Response, Error> {
    let authorization = authorization(platform, client, &login, &interaction);
    let command = Authorize {
        login_id: login.node,
        max_age: max_age(client, &interaction),
        authorization,
    };
    match platform.ask(login.user.as_str(), command).await? {
        Ok(Standing::Authorized) => Ok(answer(platform, target, &login, &interaction)),
        Ok(Standing::ConsentNeeded) if interaction.request.prompt() == Prompt::None => {
            Ok(target.error(&ProtocolError::new(ErrorCode::ConsentRequired, "the user has not consented yet")))
        }
        Ok(Standing::ConsentNeeded) => {
            let locale = page::locale(request, interaction.request.ui_locales.as_deref());
            let step = ConsentStep {
                interaction,
                user: login.user,
                login_id: login.node,
            };
            Ok(page::consent(platform.config(), client, &step, locale))
        }
        // An object that knows nothing of the login is one whose login has ended.
        Ok(Standing::LoginNeeded) | Err(Refusal::NotFound | Refusal::InvalidGrant | Refusal::TooMany | Refusal::AlreadyDone) => {
            ask_for_login(platform, request, client, target, interaction)
        }
    }
}

/// Shows the sign-in page, or says that one would be needed. Nothing is stored: the request goes into the page.
fn ask_for_login<P: Platform>(
    platform: &P,
    request: &Request,
    client: &ClientRecord,
    target: &RedirectTarget,
    interaction: Interaction,
) -> Result<Response, Error> {
    if interaction.request.prompt() == Prompt::None {
        return Ok(target.error(&ProtocolError::new(ErrorCode::LoginRequired, "the user is not signed in")));
    }
    let config = platform.config();
    let locale = page::locale(request, interaction.request.ui_locales.as_deref());
    match cookie::browser(config, request) {
        Some(browser) => Ok(page::login(config, client, &LoginStep { interaction, browser }, locale)),
        None => {
            let browser = platform.node_id()?;
            let page = page::login(config, client, &LoginStep { interaction, browser }, locale);
            Ok(cookie::set_browser(config, page, browser))
        }
    }
}

/// The successful response: the code, sealed, at the client's redirect URI.
pub fn answer<P: Platform>(platform: &P, target: &RedirectTarget, login: &Locator, interaction: &Interaction) -> Response {
    let code = Locator {
        user: login.user.clone(),
        node: interaction.code_id,
    };
    target.code(&code.seal(&platform.config().sealer, Kind::Code))
}

/// What the user's object has to know to authorize the request.
pub fn authorization<P: Platform>(platform: &P, client: &ClientRecord, login: &Locator, interaction: &Interaction) -> Authorization {
    let config = platform.config();
    Authorization {
        grant_id: interaction.grant_id,
        code_id: interaction.code_id,
        request: interaction.request.clone(),
        scope: check::grantable_scope(&interaction.request.scope, client),
        sub: subject::public(&login.user, &config.subject_salt),
        consent: consent_policy(client, interaction),
        session_id: match client.has_logout_uri() {
            true => SessionId::Told,
            false => SessionId::Untold,
        },
        interaction_lifetime: config.lifetimes.interaction,
        grant_lifetime: grant_lifetime(platform, client),
        code_lifetime: config.lifetimes.code,
    }
}

/// What is granted ends with the client at the latest.
fn grant_lifetime<P: Platform>(platform: &P, client: &ClientRecord) -> i64 {
    let lifetime = platform.config().lifetimes.grant;
    match client.expires_at {
        Timestamp(0) => lifetime,
        end => lifetime.min(end.since(platform.now())),
    }
}

/// A public client whose redirect URI anybody's software could receive is asked about every time (RFC 8252, section 8.6).
pub fn consent_policy(client: &ClientRecord, interaction: &Interaction) -> ConsentPolicy {
    let redirect_uri = client.redirect_uri(&interaction.request.redirect_uri);
    let claimed = redirect_uri.is_some_and(RedirectUri::is_claimed);
    match client.is_public() && !claimed {
        true => ConsentPolicy::AskAlways,
        false => ConsentPolicy::Remembered,
    }
}

/// How old the authentication may be: what the request says, or what the client has registered (default_max_age).
fn max_age(client: &ClientRecord, interaction: &Interaction) -> Option<i64> {
    interaction.request.max_age.or(client.metadata.default_max_age)
}
