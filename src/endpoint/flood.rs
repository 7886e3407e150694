//! How much one address may have stored without anybody having signed in, and how often it may be wrong.

use crate::error::Fault;
use crate::http::Request;
use crate::pending::rate::{CountRequest, Counted, counter};
use crate::platform::Platform;

/// The window in which the requests of one address are counted, in seconds.
pub const WINDOW: i64 = 60;

/// Counts a request; false where there are more of its kind from its address than the window may have.
pub async fn is_within<P: Platform>(platform: &P, request: &Request, kind: Counted) -> Result<bool, Fault> {
    let limits = &platform.config().limits;
    let command = CountRequest {
        limit: match kind {
            Counted::Registration => limits.registrations,
            Counted::SignUp => limits.sign_ups,
            Counted::AdminToken => limits.admin_tokens,
        },
        window: WINDOW,
    };
    platform.is_within_limit(&counter_of(request, kind), command).await
}

/// The name under which the address of a request is counted.
pub fn counter_of(request: &Request, kind: Counted) -> String {
    counter(kind, request.header("cf-connecting-ip").as_deref())
}
