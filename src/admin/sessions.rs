//! `GET /admin/sessions/{user}` and `GET /admin/sessions`: session trees as dumps of the form that `format` names.

use crate::admin::interchange::Format;
use crate::admin::interchange::values::Values;
use crate::admin::interchange::write::{Writer, dump};
use crate::client::home::ListUsers;
use crate::client::record::KV_PREFIX;
use crate::error::{Error, ErrorCode, Fault, protocol};
use crate::http::{Request, Response};
use crate::oauth::ids::{ClientId, UserId};
use crate::oauth::params::{self, Params};
use crate::platform::Platform;
use crate::session::dump::DumpTree;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// So many objects are asked for one page of the dump of all users: fewer than a Worker may send requests on any plan.
const HOPS: usize = 40;

/// GET: the dump of one user; 404 where there is no such account.
pub async fn get<P: Platform>(platform: &P, request: &Request, user: &UserId) -> Result<Response, Error> {
    let format = Format::asked_for(request)?;
    let mut db = Map::new();
    match write(platform, format, user, None, &mut db).await? {
        true => Ok(Response::json(200, &dump(platform.config(), format, db))),
        false => Ok(Response::not_found()),
    }
}

/// Adds a user's entries, or those of the user and one client; `false` where there is no such account.
async fn write<P: Platform>(
    platform: &P,
    format: Format,
    user: &UserId,
    client_id: Option<&ClientId>,
    db: &mut Map<String, Value>,
) -> Result<bool, Fault> {
    let command = DumpTree {
        client_id: client_id.cloned(),
    };
    let Ok(tree) = platform.ask(user.as_str(), command).await? else {
        return Ok(false);
    };
    let writer = Writer {
        format,
        user,
        client_id,
        values: &Values::of_tree(platform, user, &tree).await?,
    };
    writer.write(db, &tree);
    Ok(true)
}

/// How far a dump of all users has come: the client whose users are being written, and the last of them.
struct Cursor {
    client: String,
    user: String,
}

impl Cursor {
    fn asked_for(request: &Request) -> Result<Self, Error> {
        let query = Params::parse(&request.query).ok();
        let one = |name| query.as_ref().and_then(|query| query.one(name).ok());
        match (one("client"), one("user")) {
            (Some(client), Some(user)) => Ok(Self {
                client: client.unwrap_or_default().to_owned(),
                user: user.unwrap_or_default().to_owned(),
            }),
            _ => Err(protocol(
                ErrorCode::InvalidRequest,
                "client and user have to be those of a link to a next page",
            )),
        }
    }
}

/// GET: a page of the dump of all users, client by client, with a `Link` to the next one (RFC 8288) until there is none. Each page is a dump by itself;
/// the entries of all of them together are the whole.
pub async fn list<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let format = Format::asked_for(request)?;
    let from = Cursor::asked_for(request)?;
    let mut clients = platform.kv_keys(KV_PREFIX).await?;
    clients.sort_unstable();
    let mut page = Page {
        db: Map::new(),
        hops: HOPS,
    };
    for client in clients.iter().filter_map(|key| key.strip_prefix(KV_PREFIX)) {
        let after = match client.cmp(from.client.as_str()) {
            Ordering::Less => continue,
            Ordering::Equal => from.user.as_str(),
            Ordering::Greater => "",
        };
        let client = ClientId(client.to_owned());
        if let Some(user) = page.add(platform, format, &client, after).await? {
            return Ok(page.respond(platform, format, Some(&Cursor { client: client.0, user })));
        }
    }
    Ok(page.respond(platform, format, None))
}

/// A page that is being written, and how many more objects may be asked for it.
struct Page {
    db: Map<String, Value>,
    hops: usize,
}

impl Page {
    /// Adds what the users after one have at a client. Where there is no room for all, it gives the user after whom the next page goes on.
    async fn add<P: Platform>(&mut self, platform: &P, format: Format, client: &ClientId, after: &str) -> Result<Option<String>, Fault> {
        // One for the client's object, and one for a user's at least.
        if self.hops < 2 {
            return Ok(Some(after.to_owned()));
        }
        let command = ListUsers {
            after: after.to_owned(),
            // One more than there is room for tells that there is a next page.
            limit: self.hops,
        };
        // Refused where the client is gone: its users have nothing there any more.
        let users = platform.ask(client.as_str(), command).await?.unwrap_or_default();
        self.hops = self.hops.saturating_sub(1);
        let mut last = after.to_owned();
        for user in users {
            if self.hops == 0 {
                return Ok(Some(last));
            }
            write(platform, format, &user, Some(client), &mut self.db).await?;
            self.hops = self.hops.saturating_sub(1);
            last = user.as_str().to_owned();
        }
        Ok(None)
    }

    fn respond<P: Platform>(self, platform: &P, format: Format, next: Option<&Cursor>) -> Response {
        let response = Response::json(200, &dump(platform.config(), format, self.db));
        let Some(next) = next else {
            return response;
        };
        let query = [("format", format.name()), ("client", &next.client), ("user", &next.user)];
        let address = platform.config().issuer.at("/admin/sessions");
        response.with("link", format!("<{address}?{}>; rel=\"next\"", params::encode(query)))
    }
}
