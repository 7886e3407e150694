//! The account page: what a person sees of the own session tree, and may end there.

pub mod change;
pub mod sign_in;

use crate::client::record::ClientRecord;
use crate::client::release::beyond_scope;
use crate::endpoint::authorization::page::{locale, view};
use crate::endpoint::client_lookup;
use crate::endpoint::discovery::path;
use crate::error::{Error, Fault};
use crate::http::{Request, Response};
use crate::login::cookie;
use crate::login::interaction::AccountStep;
use crate::login::pages::{AccountPage, Application, Device, Done, Moment, Told};
use crate::oauth::ids::ClientId;
use crate::oauth::locale::Locale;
use crate::oauth::params::Params;
use crate::oauth::time::Timestamp;
use crate::platform::Platform;
use crate::seal::locator::Locator;
use crate::session::nodes::LoginNode;
use crate::session::own::{self, ViewAccount};

/// GET: the page of whoever is signed in in this browser; of nobody, the sign-in page.
pub async fn show<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let told = done(request).map_or(Told::Nothing, Told::Done);
    match page(platform, request, told).await? {
        Some(page) => Ok(page),
        None => sign_in::first(platform, request),
    }
}

/// What has just been done, as the address says.
fn done(request: &Request) -> Option<Done> {
    Done::of_word(Params::parse(&request.query).ok()?.one("done").ok()??)
}

/// To the account page, which says what has been done.
fn go_back(done: Option<Done>) -> Response {
    let query = done.map_or_else(String::new, |done| format!("?done={}", done.word()));
    Response::see_other(format!("{}{query}", path::ACCOUNT))
}

/// The page; `None` where nobody is signed in in this browser. One hop tells.
async fn page<P: Platform>(platform: &P, request: &Request, told: Told) -> Result<Option<Response>, Fault> {
    let Some(login) = cookie::session(platform.config(), request) else {
        return Ok(None);
    };
    let command = ViewAccount { login_id: login.node };
    let Ok(view) = platform.ask(login.user.as_str(), command).await? else {
        return Ok(None);
    };
    let ids: Vec<ClientId> = view.applications.iter().map(|one| one.access.client_id.clone()).collect();
    let clients = client_lookup::find_all(platform, &ids).await?;
    // A client that is registered no longer has no access, whatever it was granted.
    let known = clients
        .iter()
        .zip(&view.applications)
        .filter_map(|(client, one)| Some((client.as_ref()?, one)));
    // This device stands first, the newest of the others after it.
    let (this, others): (Vec<&LoginNode>, Vec<&LoginNode>) = view.devices.iter().partition(|device| device.id == login.node);
    let printed = Printer {
        platform,
        locale: locale(request, None),
    };
    let step = AccountStep {
        user: login.user.clone(),
        login_id: login.node,
        expires_at: platform.now().plus(platform.config().lifetimes.interaction),
    };
    let page = AccountPage {
        locale: printed.locale,
        interaction: &step.seal(&platform.config().sealer),
        user: login.user.as_str(),
        name: view.name.as_deref(),
        devices: this
            .into_iter()
            .chain(others)
            .map(|device| printed.device(device, &login))
            .collect(),
        applications: known.map(|(client, one)| printed.application(client, one)).collect(),
        told,
    };
    Ok(Some(page.respond()))
}

/// Puts what the object tells into the form that the page has it in.
struct Printer<'a, P> {
    platform: &'a P,
    locale: Locale,
}

impl<P: Platform> Printer<'_, P> {
    fn moment(&self, time: Timestamp) -> Moment {
        Moment(self.platform.rfc3339(time))
    }

    fn device<'a>(&self, device: &'a LoginNode, login: &Locator) -> Device<'a> {
        Device {
            id: device.id.hex(),
            name: &device.device,
            place: &device.place,
            since: self.moment(device.auth_time),
            is_this: device.id == login.node,
        }
    }

    fn application<'a>(&self, client: &'a ClientRecord, granted: &'a own::Application) -> Application<'a> {
        let access = &granted.access;
        let redirect_uri = client.metadata.redirect_uris.first().map_or("", |uri| uri.as_str());
        let scopes = &self.platform.config().scopes;
        Application {
            id: client.client_id.as_str(),
            client: view(client, redirect_uri, self.locale),
            scope: &access.scope,
            claims: beyond_scope(scopes, client, &access.scope, &access.claims),
            since: self.moment(access.granted_at),
            last_used: granted.last_used.map(|time| self.moment(time)),
        }
    }
}
