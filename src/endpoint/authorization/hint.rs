//! Whom the answer has to be of: an ID token that the client got before (`id_token_hint`), or a subject that the claims parameter names.

use crate::client::record::ClientRecord;
use crate::endpoint::id_token_hint;
use crate::error::{ErrorCode, Fault, ProtocolError};
use crate::oauth::authorization_request::AuthorizationRequest;
use crate::oauth::params::Params;
use crate::platform::Platform;

/// The subject that the request names; `invalid_request` where the hint is no ID token of this provider's, or says otherwise than the claims parameter.
pub async fn subject<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    params: &Params,
    request: &AuthorizationRequest,
) -> Result<Result<Option<String>, ProtocolError>, Fault> {
    let invalid = |reason| Ok(Err(ProtocolError::new(ErrorCode::InvalidRequest, reason)));
    let claimed = request.claims.as_ref().and_then(|claims| claims.subject()).map(str::to_owned);
    let Some(hint) = params.one("id_token_hint").ok().flatten() else {
        return Ok(Ok(claimed));
    };
    let hinted = id_token_hint::read(platform, Some(client), hint).await?;
    match (hinted.map(|hint| hint.sub), claimed) {
        (None, _) => invalid("id_token_hint is not an ID token of this provider"),
        (Some(hinted), Some(claimed)) if hinted != claimed => invalid("id_token_hint and claims name different subjects"),
        (Some(hinted), _) => Ok(Ok(Some(hinted))),
    }
}
