//! Request objects (OpenID Connect Core, section 6; RFC 9101): parameters as a JWT, by value or by reference.

use crate::client::record::ClientRecord;
use crate::error::{ErrorCode, Fault, ProtocolError};
use crate::oauth::params::Params;
use crate::platform::Platform;

/// The parameters of a request with those of its request object in their places.
pub async fn unfold<P: Platform>(_platform: &P, _client: &ClientRecord, params: &Params) -> Result<Result<Params, ProtocolError>, Fault> {
    match params.all("request").chain(params.all("request_uri")).next() {
        Some(_) => Ok(Err(ProtocolError::new(
            ErrorCode::InvalidRequestObject,
            "request objects are not supported",
        ))),
        None => Ok(Ok(params.clone())),
    }
}
