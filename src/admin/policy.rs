//! `/admin/clients/{client_id}/policy`: what the operator has decided about a client ([`ClientPolicy`]). `PUT` replaces it, `GET` shows it.

use crate::admin::input;
use crate::client::change::Change;
use crate::client::policy::ClientPolicy;
use crate::client::record::ClientRecord;
use crate::endpoint::registration::manage::change;
use crate::error::{Error, ProtocolError};
use crate::http::{Request, Response};
use crate::oauth::json;
use crate::platform::Platform;
use serde_json::{Map, Value};

/// GET: the policy.
pub fn get(client: &ClientRecord) -> Response {
    Response::json(200, &client.policy)
}

/// PUT: another policy in place of the old.
pub async fn put<P: Platform>(platform: &P, request: &Request, client: &ClientRecord) -> Result<Response, Error> {
    let policy = read(input::object(request)?)?;
    Ok(match change(platform, &client.client_id, Change::Policy(Box::new(policy))).await? {
        Some(record) => get(&record),
        None => Response::not_found(),
    })
}

/// The policy that a body is; the error names the member because of which it is none.
fn read(members: Map<String, Value>) -> Result<ClientPolicy, ProtocolError> {
    let readable = |policy: Value| json::exactly::<ClientPolicy>(&policy).is_ok();
    let sound = |policy: Value| json::exactly(&policy).is_ok_and(|policy: ClientPolicy| policy.is_sound());
    if let Some(name) = input::culprit(&members, &readable) {
        return Err(input::wrong(&name, "is unknown here, or not of its type"));
    }
    if let Some(name) = input::culprit(&members, &sound) {
        return Err(input::wrong(&name, "is nothing that a token can keep to"));
    }
    let policy = json::exactly(&members.into()).ok().filter(ClientPolicy::is_sound);
    policy.ok_or_else(|| input::wrong("body", "is a policy whose parts do not fit together"))
}
