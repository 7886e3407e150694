//! The provider's public keys as a JWK Set (RFC 7517, section 5).

use crate::error::Error;
use crate::http::{Request, Response};
use crate::platform::Platform;

/// How long caches may keep the set, in seconds.
pub const MAX_AGE: u32 = 300;

/// GET: the set, from the isolate's memory.
pub async fn jwks<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let keys = platform.keys().await?;
    Ok(keys.jwks().respond(request, "application/jwk-set+json", MAX_AGE))
}
