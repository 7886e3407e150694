//! Who may use the API: whoever has the operator's `ADMIN_TOKEN`. An address that presents others is counted, and refused after a while.

use crate::endpoint::flood::{self, WINDOW};
use crate::error::{Challenge, Error, ErrorCode, ProtocolError};
use crate::http::{Request, Response};
use crate::pending::rate::Counted;
use crate::platform::Platform;
use crate::seal::same_secret;

/// Lets a request pass that carries the operator's token (RFC 6750, section 2.1): nobody else is asked about it. One that carries another is refused, and
/// so is whatever comes from an address that has presented too many, for as long as this isolate remembers it.
pub async fn authorize<P: Platform>(platform: &P, request: &Request) -> Result<Option<Response>, Error> {
    let token = request.credentials("bearer").ok_or_else(Challenge::bearer)?;
    let counter = flood::counter_of(request, Counted::AdminToken);
    if let Some(seconds) = platform.refused().seconds_left(&counter, platform.now()) {
        return Ok(Some(too_many(seconds)));
    }
    if same_secret(&platform.config().admin_token, &token) {
        return Ok(None);
    }
    if flood::is_within(platform, request, Counted::AdminToken).await? {
        return Err(Challenge::bearer_error(ErrorCode::InvalidToken, "not the admin token").into());
    }
    platform.refused().add(counter, platform.now().plus(WINDOW));
    Ok(Some(too_many(WINDOW)))
}

fn too_many(seconds: i64) -> Response {
    let error = ProtocolError::new(ErrorCode::SlowDown, "too many wrong admin tokens from this address");
    error.into_response().with("retry-after", seconds.to_string())
}
