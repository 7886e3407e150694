//! The audit trail of a user: `GET /admin/sessions/{user}/audit`.

use crate::admin::input;
use crate::error::Error;
use crate::http::{Request, Response};
use crate::oauth::ids::UserId;
use crate::oauth::params::Params;
use crate::platform::Platform;
use crate::session::audit::{ListAudit, PAGE, is_entry_id};
use serde_json::{Value, json};

/// GET: the newest entries first, with a `Link` to the older ones (RFC 8288) until there are none; 404 where there is no such account.
pub async fn list<P: Platform>(platform: &P, request: &Request, user: &UserId) -> Result<Response, Error> {
    let before = before(request).ok_or_else(|| input::wrong("before", "has to be the id of an entry"))?;
    let Ok(entries) = platform.ask(user.as_str(), ListAudit { before }).await? else {
        return Ok(Response::not_found());
    };
    let response = Response::json(200, &json!({ "audit": entries }));
    Ok(match entries.last() {
        Some(last) if entries.len() == PAGE => {
            let address = platform.config().issuer.at(&request.path);
            let id = last.get("id").and_then(Value::as_str).unwrap_or_default();
            response.with("link", format!("<{address}?before={id}>; rel=\"next\""))
        }
        _ => response,
    })
}

/// Where the list goes on; `None` where the query says something else.
fn before(request: &Request) -> Option<Option<String>> {
    let query = Params::parse(&request.query).ok()?;
    let before = query.one("before").ok()?;
    before.is_none_or(is_entry_id).then(|| before.map(str::to_owned))
}
