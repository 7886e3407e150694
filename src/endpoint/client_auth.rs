//! Client authentication at the token endpoint and wherever else a client speaks for itself (RFC 6749, section 2.3).

use crate::client::auth::{AuthenticatedClient, Credentials, Presented};
use crate::endpoint::client_lookup;
use crate::error::Error;
use crate::http::Request;
use crate::oauth::params::Params;
use crate::platform::Platform;

/// Authenticates the client of a request with one look-up. `params` are the parameters of the body.
///
/// A client that has not authenticated is answered with 401 `invalid_client`, two methods at once with 400 `invalid_request`.
pub async fn authenticate<P: Platform>(platform: &P, request: &Request, params: &Params) -> Result<AuthenticatedClient, Error> {
    let authorization = request.header("authorization");
    let credentials = Credentials::read(&Presented {
        authorization: authorization.as_deref(),
        query: &request.query,
        params,
    })?;
    let client = client_lookup::find(platform, credentials.client_id()).await?;
    credentials.verify(&platform.config().sealer, client)
}
