//! The authorization endpoint (RFC 6749, section 3.1; OpenID Connect Core, section 3.1.2): checks the request, and answers at once where
//! login and consent allow it; otherwise it shows a page and keeps nothing.

pub mod check;
pub mod flow;
mod hint;
pub mod page;
mod request_claims;
mod request_object;
pub mod target;

use crate::client::record::ClientRecord;
use crate::endpoint::client_lookup;
use crate::endpoint::navigation;
use crate::error::{Error, ErrorCode, Fault};
use crate::http::{Request, Response};
use crate::oauth::ids::ClientId;
use crate::oauth::locale::Locale;
use crate::oauth::params::Params;
use crate::platform::Platform;
use flow::Flow;
use page::{Refused, refusal};
use std::rc::Rc;
use target::RedirectTarget;

/// GET and POST.
pub async fn authorize<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let params = match navigation::read(request) {
        Ok(params) => params,
        Err(refused) => return Ok(refused.page(page::locale(request, None))),
    };
    if let Some(repeated) = navigation::repeat_as_get(request, &params) {
        return Ok(repeated);
    }
    let locale = locale(request, &params);
    let client = match identify(platform, &params).await? {
        Ok(client) => client,
        Err(refused) => return Ok(refused.page(locale)),
    };
    request.note_client(client.client_id.as_str());
    let id = client.client_id.clone();
    match answer(platform, request, &params, client).await? {
        Ok(response) => Ok(response),
        // The client may have registered otherwise since this isolate read of it.
        Err(refused) => match client_lookup::find_newer(platform, &id).await? {
            Some(newer) => Ok(answer(platform, request, &params, newer)
                .await?
                .unwrap_or_else(|refused| refused.page(locale))),
            None => Ok(refused.page(locale)),
        },
    }
}

/// What a known client is answered. Until it is known where the answer may go, every error is a page: nothing is ever sent to an address that is not
/// registered.
async fn answer<P: Platform>(
    platform: &P,
    request: &Request,
    params: &Params,
    client: Rc<ClientRecord>,
) -> Result<Result<Response, Refused>, Error> {
    let target = |params: &Params| RedirectTarget::of_request(&platform.config().issuer, &client, params, locale(request, params));
    // Nothing is fetched for a request whose answer has nowhere to go. One without a redirect URI may have it in its request object.
    if params.all("redirect_uri").next().is_some()
        && let Err(refused) = target(params)
    {
        return Ok(Err(refused));
    }
    let params = match request_object::unfold(platform, &client, params).await? {
        Ok(params) if navigation::is_short(&params) => params,
        Ok(_) => return Ok(Err(refusal(413, ErrorCode::InvalidRequest, "The request is too long."))),
        // What stands beside a request object that cannot be read still says where the answer goes.
        Err(error) => return Ok(target(params).map(|target| target.error(&error))),
    };
    let target = match target(&params) {
        Ok(target) => target,
        Err(refused) => return Ok(Err(refused)),
    };
    let checked = match check::request(platform.config(), &params, &client) {
        Ok(checked) => checked,
        Err(error) => return Ok(Ok(target.error(&error))),
    };
    let subject = match hint::subject(platform, &client, &params, &checked).await? {
        Ok(subject) => subject,
        Err(error) => return Ok(Ok(target.error(&error))),
    };
    let flow = Flow {
        platform,
        request,
        client,
        target,
    };
    let interaction = flow.begin(checked, subject)?;
    flow.proceed(interaction).await.map(Ok)
}

/// The language that the parameters ask for.
fn locale(request: &Request, params: &Params) -> Locale {
    page::locale(request, params.one("ui_locales").ok().flatten())
}

/// Who asks.
async fn identify<P: Platform>(platform: &P, params: &Params) -> Result<Result<Rc<ClientRecord>, Refused>, Fault> {
    let wrong = |description| Ok(Err(refusal(400, ErrorCode::InvalidRequest, description)));
    let client_id = match params.one("client_id") {
        Ok(Some(client_id)) => ClientId(client_id.to_owned()),
        Ok(None) => return wrong("The parameter client_id is missing."),
        Err(_) => return wrong("The parameter client_id is given twice."),
    };
    match client_lookup::find(platform, &client_id).await? {
        Some(client) => Ok(Ok(client)),
        None => wrong("The parameter client_id names no registered client."),
    }
}
