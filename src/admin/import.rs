//! `POST /admin/import`: takes over the session dump or the client database of a Python provider, in any of its forms. What is there already is left
//! alone, so the same may be sent again.

use crate::admin::input;
use crate::admin::interchange::{client, read};
use crate::client::home::{CreateRecord, ReadRecord};
use crate::client::metadata::SubjectType;
use crate::client::record::ClientRecord;
use crate::endpoint::client_lookup::{self, find_at_home};
use crate::endpoint::registration::manage::publish;
use crate::error::{Error, ErrorCode, Fault, ProtocolError};
use crate::http::{Request, Response};
use crate::oauth::ids::{ClientId, UserId};
use crate::platform::Platform;
use crate::seal::subject;
use crate::session::dump::{ClientNode, GrantNode, UserNode};
use crate::session::import::{ImportTree, Imported};
use litemap::LiteMap;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// So many users or clients are taken over by one request: a Worker may send only so many requests of its own.
const LIMIT: usize = 200;

/// POST: 200 with what was new. Where anything in the body is wrong, 400 names it, and nothing has been taken over.
pub async fn import<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let body = input::object(request)?;
    match body.get("db") {
        Some(db) => {
            let db = db.as_object().ok_or_else(|| input::wrong("db", "has to be an object"))?;
            import_sessions(platform, read::trees(platform.config(), db)?).await
        }
        None => import_clients(platform, &body).await,
    }
}

fn too_many(of: &str) -> ProtocolError {
    input::wrong("body", &format!("has more than {LIMIT} {of} at once: send them in parts"))
}

/// Whether people will be to their clients who they were: by the same salt the same identifier is made of a name. How else than public it is made the
/// client says, which is looked up once.
async fn check_subjects<P: Platform>(platform: &P, trees: &[(UserId, UserNode)]) -> Result<(), Error> {
    let salt = platform.config().subject_salt.as_str();
    let mut clients: LiteMap<&ClientId, Option<Rc<ClientRecord>>> = LiteMap::new_vec();
    for (user, session, grant) in grants(trees) {
        if subject::public(user, salt) == grant.sub {
            continue;
        }
        let id = &session.client_id;
        if !clients.contains_key(id) {
            clients.insert(id, client_lookup::find(platform, id).await?);
        }
        let client = clients.get(id).and_then(Option::as_ref);
        let is_same = |client: &ClientRecord| {
            client.metadata.subject_type == SubjectType::Ephemeral || client.subject(user, grant.id, salt) == grant.sub
        };
        if !client.is_some_and(|client| is_same(client)) {
            let node = [user.as_str(), session.client_id.as_str()].join(";;");
            let reason = "SUBJECT_SALT is not the salt that sub was made with, or the client has to be imported first";
            return Err(ProtocolError::new(ErrorCode::InvalidRequest, format!("{node}: {reason}")).into());
        }
    }
    Ok(())
}

/// Every grant with what it stands below.
fn grants(trees: &[(UserId, UserNode)]) -> impl Iterator<Item = (&UserId, &ClientNode, &GrantNode)> {
    let sessions = trees
        .iter()
        .flat_map(|(user, tree)| tree.clients.iter().map(move |session| (user, session)));
    sessions.flat_map(|(user, session)| session.grants.iter().map(move |grant| (user, session, grant)))
}

async fn import_sessions<P: Platform>(platform: &P, trees: Vec<(UserId, UserNode)>) -> Result<Response, Error> {
    if trees.len() > LIMIT {
        return Err(too_many("users").into());
    }
    check_subjects(platform, &trees).await?;
    let users = trees.len();
    let mut all = Imported::default();
    for (user, tree) in trees {
        let imported = platform.ask(user.as_str(), ImportTree { tree }).await?;
        let imported = imported.map_err(|_| Fault::Stored("a session tree cannot be taken over"))?;
        all.grants = all.grants.saturating_add(imported.grants);
        all.tokens = all.tokens.saturating_add(imported.tokens);
    }
    Ok(Response::json(
        200,
        &json!({ "users": users, "grants": all.grants, "tokens": all.tokens }),
    ))
}

async fn import_clients<P: Platform>(platform: &P, database: &Map<String, Value>) -> Result<Response, Error> {
    if database.len() > LIMIT {
        return Err(too_many("clients").into());
    }
    let mut records = Vec::new();
    for (id, members) in database {
        let members = members
            .as_object()
            .ok_or_else(|| input::wrong(id, "a client has to be an object"))?;
        records.push(client::read(platform.config(), id, members, platform.now())?);
    }
    let (mut new, mut left_alone, mut expired) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        let place = match take_over(platform, &record).await? {
            Fate::New => &mut new,
            Fate::LeftAlone => &mut left_alone,
            Fate::Expired => &mut expired,
        };
        place.push(record.client_id);
    }
    Ok(Response::json(
        200,
        &json!({ "clients": new, "left_alone": left_alone, "expired": expired }),
    ))
}

/// What becomes of a client in a database.
enum Fate {
    New,
    LeftAlone,
    Expired,
}

async fn take_over<P: Platform>(platform: &P, record: &ClientRecord) -> Result<Fate, Fault> {
    if record.is_expired(platform.now()) {
        return Ok(Fate::Expired);
    }
    if find_at_home(platform, &record.client_id).await?.is_some() {
        return Ok(Fate::LeftAlone);
    }
    let command = CreateRecord { record: record.clone() };
    let _ = platform.ask(record.client_id.as_str(), command).await?;
    // Where one of that name was deleted a short time ago, it stays deleted.
    let created = platform.ask(record.client_id.as_str(), ReadRecord {}).await?;
    match created {
        Ok(created) => publish(platform, &created).await.map(|()| Fate::New),
        Err(_) => Ok(Fate::LeftAlone),
    }
}
