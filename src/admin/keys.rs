//! The provider's keys: `GET /admin/keys` lists them, `POST /admin/keys/rotate` first makes a successor to each.

use crate::error::Error;
use crate::http::Response;
use crate::platform::Platform;
use serde::Serialize;

#[derive(Serialize)]
struct Keys<T> {
    keys: T,
}

/// Every key that is published, with what it does and until when. While successors wait for their time, `rotate` makes nothing new.
pub async fn keys<P: Platform>(platform: &P, rotate: bool) -> Result<Response, Error> {
    let keys = platform.key_ring(rotate).await?;
    Ok(Response::json(200, &Keys { keys }))
}
