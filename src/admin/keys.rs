//! The provider's keys: `GET /admin/keys` lists them, `POST /admin/keys/rotate` makes a successor to each.

use crate::admin::authorize_admin;
use crate::error::Error;
use crate::http::{Request, Response};
use crate::platform::Platform;
use serde_json::json;

/// GET: every key that is published, with what it does and until when.
pub async fn list<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    Ok(Response::json(200, &json!({ "keys": platform.list_keys().await? })))
}

/// POST: the same, once every key has a successor. While the successors wait for their time, nothing new is made.
pub async fn rotate<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    authorize_admin(platform.config(), request)?;
    Ok(Response::json(200, &json!({ "keys": platform.rotate_keys().await? })))
}
