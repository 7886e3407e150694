//! The routes of the admin API.

use crate::admin::nodes::List;
use crate::admin::{audit, client, clients, guard, import, input, keys, nodes, policy, publish, sessions, users};
use crate::error::Error;
use crate::http::{IMPORT_PATH, Method, Request, Response};
use crate::oauth::ids::{ClientId, UserId};
use crate::platform::Platform;
use percent_encoding::percent_decode_str;

/// What a path of the API is about.
#[derive(Clone, Copy)]
#[allow(missing_docs)]
pub enum Subject {
    Clients,
    Client,
    Policy,
    Secret,
    Publication,
    User,
    Trees,
    Tree,
    Nodes(List),
    Audit,
    Node,
    Import,
    Keys,
    Rotation,
}

/// Every path with its methods. What stands in braces is one segment, percent-encoded.
pub const ROUTES: &[(&str, &str, Subject)] = &[
    ("/admin/clients", "GET, POST", Subject::Clients),
    ("/admin/clients/{client_id}", "GET, PUT, DELETE", Subject::Client),
    ("/admin/clients/{client_id}/policy", "GET, PUT", Subject::Policy),
    ("/admin/clients/{client_id}/secret", "POST", Subject::Secret),
    ("/admin/clients/{client_id}/publish", "POST", Subject::Publication),
    ("/admin/users/{username}", "GET, PUT, DELETE", Subject::User),
    ("/admin/sessions", "GET", Subject::Trees),
    ("/admin/sessions/{username}", "GET, DELETE", Subject::Tree),
    ("/admin/sessions/{username}/logins", "GET", Subject::Nodes(List::Logins)),
    ("/admin/sessions/{username}/consents", "GET", Subject::Nodes(List::Consents)),
    ("/admin/sessions/{username}/deliveries", "GET", Subject::Nodes(List::Deliveries)),
    ("/admin/sessions/{username}/audit", "GET", Subject::Audit),
    ("/admin/sessions/{username}/{kind}/{id}", "DELETE", Subject::Node),
    (IMPORT_PATH, "POST", Subject::Import),
    ("/admin/keys", "GET", Subject::Keys),
    ("/admin/keys/rotate", "POST", Subject::Rotation),
];

/// A path of the API, taken apart.
pub struct AdminPath {
    /// The route, with names in braces where the path has what they name.
    pub template: &'static str,
    /// What can be done there.
    pub methods: &'static str,
    subject: Subject,
    /// What stands where the route has braces, as far as it has any.
    names: [String; 3],
}

impl AdminPath {
    /// `None` where there is no such path.
    pub fn parse(path: &str) -> Option<Self> {
        let found = |(template, methods, subject): &(&'static str, &'static str, Subject)| {
            Some(Self {
                template,
                methods,
                subject: *subject,
                names: names(template, path)?,
            })
        };
        ROUTES.iter().find_map(found)
    }
}

/// The segments of a path that stand where a template has braces; `None` where it is not of that form.
fn names(template: &str, path: &str) -> Option<[String; 3]> {
    let mut segments = path.split('/');
    let mut names = [const { String::new() }; 3];
    let mut places = names.iter_mut();
    for part in template.split('/') {
        match segments.next()? {
            segment if part.starts_with('{') && !segment.is_empty() => {
                *places.next()? = percent_decode_str(segment).decode_utf8().ok()?.into_owned()
            }
            segment if segment == part => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some(names)
}

/// Answers a request with a method that the path has, if it is the operator's.
pub async fn dispatch<P: Platform>(platform: &P, request: &Request, path: AdminPath) -> Result<Response, Error> {
    if let Some(refused) = guard::authorize(platform, request).await? {
        return Ok(refused);
    }
    match path.subject {
        Subject::Clients if request.method == Method::Post => client::create(platform, request).await,
        Subject::Clients => clients::list(platform, request).await,
        Subject::Client | Subject::Policy | Subject::Secret => of_client(platform, request, path).await,
        Subject::User | Subject::Tree | Subject::Nodes(_) | Subject::Audit | Subject::Node => of_user(platform, request, path).await,
        Subject::Publication => {
            let [id, ..] = path.names;
            publish::publish(platform, &ClientId(id)).await
        }
        Subject::Trees => sessions::list(platform, request).await,
        Subject::Import => import::import(platform, request).await,
        Subject::Keys => keys::keys(platform, false).await,
        Subject::Rotation => keys::keys(platform, true).await,
    }
}

/// What is about one client; 404 where there is none of that name.
async fn of_client<P: Platform>(platform: &P, request: &Request, path: AdminPath) -> Result<Response, Error> {
    let [id, ..] = path.names;
    let Some(client) = client::find(platform, &ClientId(id)).await? else {
        return Ok(Response::not_found());
    };
    match (path.subject, request.method) {
        (Subject::Policy, Method::Put) => policy::put(platform, request, &client).await,
        (Subject::Policy, _) => Ok(policy::get(&client)),
        (Subject::Secret, _) => client::rotate(platform, &client).await,
        (_, Method::Put) => client::put(platform, request, &client).await,
        (_, Method::Delete) => client::delete(platform, &client).await,
        _ => Ok(client::get(platform, &client)),
    }
}

/// What is about one user; 404 where nobody can have that name, and who is to be given it is told so.
async fn of_user<P: Platform>(platform: &P, request: &Request, path: AdminPath) -> Result<Response, Error> {
    let [name, kind, id] = path.names;
    let Some(user) = UserId::from_username(&name) else {
        return match request.method {
            Method::Put => Err(input::wrong("username", "is not one that RFC 8265 allows").into()),
            _ => Ok(Response::not_found()),
        };
    };
    match (path.subject, request.method) {
        (Subject::User, Method::Put) => users::put(platform, request, &user).await,
        (Subject::User, Method::Delete) => users::delete(platform, &user).await,
        (Subject::User, _) => users::get(platform, &user).await,
        (Subject::Nodes(list), _) => nodes::list(platform, &user, list).await,
        (Subject::Audit, _) => audit::list(platform, request, &user).await,
        (Subject::Node, _) => nodes::revoke(platform, &user, nodes::node(&kind, &id)).await,
        (_, Method::Delete) => nodes::revoke_all(platform, &user).await,
        _ => sessions::get(platform, request, &user).await,
    }
}
