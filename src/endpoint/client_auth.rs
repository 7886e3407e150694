//! Client authentication at the token endpoint and wherever else a client speaks for itself (RFC 6749, section 2.3).

use crate::client::assertion::Assertion;
use crate::client::auth::{AuthenticatedClient, Credentials, Presented};
use crate::client::record::ClientRecord;
use crate::endpoint::discovery::path;
use crate::endpoint::{client_keys, client_lookup};
use crate::error::{Error, Fault};
use crate::http::Request;
use crate::jose::verified::Verified;
use crate::oauth::params::Params;
use crate::pending::once::UseOnce;
use crate::platform::Platform;
use std::rc::Rc;

/// Authenticates the client of a request with one look-up, and with one hop where it presents a sound assertion. `params` are the parameters of the body.
/// Who would be refused is looked at once more: its secret or its keys may be younger than what this isolate remembers.
///
/// A client that has not authenticated is answered with 401 `invalid_client`, two methods at once with 400 `invalid_request`.
pub async fn authenticate<P: Platform>(platform: &P, request: &Request, params: &Params) -> Result<AuthenticatedClient, Error> {
    let authorization = request.header("authorization");
    let credentials = Credentials::read(&Presented {
        authorization: authorization.as_deref(),
        query: &request.query,
        params,
    })?;
    let id = credentials.client_id();
    let known = client_lookup::find(platform, id).await?;
    let client = match admit(platform, &credentials, known).await {
        Err(error) if error.is_refusal() => match client_lookup::find_newer(platform, id).await? {
            Some(newer) => admit(platform, &credentials, Some(newer)).await?,
            None => return Err(error),
        },
        outcome => outcome?,
    };
    request.note_client(client.client_id.as_str());
    Ok(client)
}

/// Lets the client in, if the credentials are its own.
async fn admit<P: Platform>(
    platform: &P,
    credentials: &Credentials<'_>,
    client: Option<Rc<ClientRecord>>,
) -> Result<AuthenticatedClient, Error> {
    let config = platform.config();
    let Some(assertion) = credentials.assertion() else {
        return credentials.verify(&config.sealer, client);
    };
    let verified = verify(platform, client.as_deref(), assertion).await?;
    let audience = [config.issuer.as_str().to_owned(), config.issuer.at(path::TOKEN)];
    let proved = credentials.prove(client, verified, &audience, platform.now())?;
    // Only now: nothing is stored on the word of somebody who is nobody.
    let command = UseOnce {
        expires_at: proved.once().expires_at,
    };
    let first_use = platform.ask(&proved.once().name, command).await?;
    proved.admit(first_use)
}

/// Checks the signature of an assertion.
async fn verify<'a, P: Platform>(
    platform: &P,
    client: Option<&ClientRecord>,
    assertion: &'a Assertion<'a>,
) -> Result<Option<Verified<'a>>, Fault> {
    let (received, alg) = (assertion.received(), assertion.alg());
    if let Some(client) = client.filter(|client| assertion.fits(client)) {
        return client_keys::verify(platform, client, alg, received).await;
    }
    // For nobody, somebody's key takes as long; what comes of it does not count.
    let message = received.signing_input.as_bytes();
    match alg.key() {
        Some(alg) => {
            if let Some(key) = platform.keys().await?.signing(alg, platform.now()) {
                platform.verify(&key.public, &received.signature, message).await?;
            }
        }
        None => drop(platform.mac(alg.name().as_bytes(), message).await?),
    }
    Ok(None)
}
