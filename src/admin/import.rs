//! `POST /admin/import`: takes over the session dump or the client database of a Python provider, in any of its forms. What is there already is left
//! alone, so the same may be sent again.

use crate::admin::authorize_admin;
use crate::admin::interchange::{client, read, salt};
use crate::client::home::{CreateRecord, ReadRecord};
use crate::client::record::ClientRecord;
use crate::config::Config;
use crate::endpoint::client_lookup::find_at_home;
use crate::endpoint::registration::manage::publish;
use crate::error::{Error, ErrorCode, Fault, ProtocolError};
use crate::http::{Request, Response};
use crate::oauth::base64url;
use crate::oauth::ids::UserId;
use crate::oauth::json;
use crate::platform::Platform;
use crate::session::dump::UserNode;
use crate::session::import::{ImportTree, Imported};
use serde_json::{Map, Value, json};

/// So many users or clients are taken over by one request: a Worker may send only so many requests of its own.
const LIMIT: usize = 200;

/// POST: 200 with what was new. Where anything in the body is wrong, 400 names it, and nothing has been taken over.
pub async fn import<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    let body = request
        .body
        .as_ref()
        .map_err(|_| wrong("the body is too large: send it in parts"))?;
    let Ok(Value::Object(body)) = json::parse(body) else {
        return Err(wrong("the body is not a JSON object, or nests deeper than 16").into());
    };
    match body.get("db") {
        Some(db) => {
            let db = db.as_object().ok_or_else(|| wrong("db has to be an object"))?;
            check_salt(platform.config(), &body)?;
            import_sessions(platform, read::trees(platform.config(), db)?).await
        }
        None => import_clients(platform, &body).await,
    }
}

fn wrong(reason: &'static str) -> ProtocolError {
    ProtocolError::new(ErrorCode::InvalidRequest, reason)
}

/// Subject identifiers stay the same only under the same salt.
fn check_salt(config: &Config, dump: &Map<String, Value>) -> Result<(), ProtocolError> {
    let own = config.subject_salt.as_str();
    let arguments = dump.get("crypt_config").and_then(|config| config.get("kwargs"));
    let bytes = arguments.and_then(|arguments| arguments.get("salt")?.as_str()?.strip_prefix("BYTES:"));
    let is_same = match (dump.get("salt").and_then(Value::as_str), bytes) {
        (Some(salt), _) => salt == own,
        (None, Some(bytes)) => base64url::decode_base64(bytes).is_some_and(|bytes| bytes == salt::bytes(own)),
        (None, None) => return Err(wrong("the dump has no salt")),
    };
    match is_same {
        true => Ok(()),
        false => Err(wrong(
            "SUBJECT_SALT is not the salt of the dump, so people would get other subject identifiers",
        )),
    }
}

async fn import_sessions<P: Platform>(platform: &P, trees: Vec<(UserId, UserNode)>) -> Result<Response, Error> {
    if trees.len() > LIMIT {
        return Err(wrong("more than 200 users at once: send them in parts").into());
    }
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
        return Err(wrong("more than 200 clients at once: send them in parts").into());
    }
    let mut records = Vec::new();
    for (id, members) in database {
        let members = members.as_object().ok_or_else(|| wrong("a client has to be an object"))?;
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
