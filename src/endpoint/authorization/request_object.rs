//! Request objects (OpenID Connect Core, section 6; RFC 9101): parameters as a JWT, by value or by reference.

use crate::client::record::ClientRecord;
use crate::endpoint::authorization::check::each_once;
use crate::endpoint::authorization::request_claims::{self, Reason};
use crate::endpoint::client_keys;
use crate::endpoint::fetch::fetch;
use crate::error::{ErrorCode, Fault, ProtocolError};
use crate::jose::alg::SignatureAlg;
use crate::jose::jwe::{self, ReceivedJwe};
use crate::jose::jws;
use crate::oauth::params::Params;
use crate::platform::Platform;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// The parameters of a request with those of its request object in their places.
///
/// Fails with `invalid_request_uri` where the object is not where the client has registered one, with `invalid_request_object` where it is not as the
/// client has registered or not sound, and with `invalid_request` where the parameters that carry it are wrong.
pub async fn unfold<P: Platform>(platform: &P, client: &ClientRecord, params: &Params) -> Result<Result<Params, ProtocolError>, Fault> {
    let text = match locate(platform, client, params).await {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(Ok(params.clone())),
        Err(error) => return Ok(Err(error)),
    };
    let invalid = |reason| ProtocolError::new(ErrorCode::InvalidRequestObject, reason);
    let opened = match open(platform, client, &text).await? {
        Ok(opened) => opened,
        Err(reason) => return Ok(Err(invalid(reason))),
    };
    let merged = request_claims::parse(&opened.payload).and_then(|claims| {
        if opened.was_encrypted {
            request_claims::check_owner(&claims)?;
        }
        request_claims::check(&claims, &platform.config().issuer, client, platform.now())?;
        request_claims::merge(claims, params)
    });
    Ok(merged.map_err(invalid))
}

/// The request object as it came or was fetched; `None` where there is none.
async fn locate<'a, P: Platform>(platform: &P, client: &ClientRecord, params: &'a Params) -> Result<Option<Cow<'a, str>>, ProtocolError> {
    let wrong = |description| ProtocolError::new(ErrorCode::InvalidRequest, description);
    let one = |name| params.one(name).ok().flatten();
    if params.all("request").chain(params.all("request_uri")).next().is_none() {
        return Ok(None);
    }
    // Here already: what stands twice outside could be hidden by what stands inside.
    each_once(params)?;
    Ok(match (one("request"), one("request_uri")) {
        (None, None) => None,
        (Some(_), Some(_)) => return Err(wrong("request and request_uri exclude each other")),
        (Some(text), None) => Some(text.into()),
        (None, Some(address)) => Some(fetched(platform, client, address).await?.into()),
    })
}

/// A request object by reference: from an address that the client has registered byte for byte, fragment and all. What the fragment says of the content is
/// never looked at, because nothing is kept that could have changed.
async fn fetched<P: Platform>(platform: &P, client: &ClientRecord, address: &str) -> Result<String, ProtocolError> {
    let wrong = |description| ProtocolError::new(ErrorCode::InvalidRequestUri, description);
    let registered = client.metadata.request_uris.iter().flatten().any(|one| one == address);
    if !registered {
        return Err(wrong("the client has not registered the request_uri"));
    }
    let document = fetch(platform, address).await.and_then(|document| String::from_utf8(document).ok());
    let document = document.ok_or_else(|| wrong("nothing that could be read is at the request_uri"))?;
    Ok(document.trim_ascii().to_owned())
}

/// A request object that is as the client has registered.
struct Opened {
    payload: Vec<u8>,
    was_encrypted: bool,
}

/// Decrypts a request object and checks its signature.
async fn open<P: Platform>(platform: &P, client: &ClientRecord, text: &str) -> Result<Result<Opened, Reason>, Fault> {
    let decrypted = match jwe::parse(text) {
        None => None,
        Some(encrypted) => match decrypt(platform, client, &encrypted).await? {
            Some(plain) => Some(plain),
            None => return Ok(Err("the request object cannot be decrypted, or not as the client has registered")),
        },
    };
    let inner = match decrypted.as_deref().map(|plain| std::str::from_utf8(plain)) {
        None => text,
        Some(inner) => inner.unwrap_or_default(),
    };
    let Some(received) = jws::parse(inner) else {
        return Ok(Err("the request object is no JWT"));
    };
    let registered = client.metadata.request_object.signing;
    let alg = SignatureAlg::parse(&received.header.alg).filter(|alg| registered.is_none_or(|registered| registered == *alg));
    let is_sound = match alg {
        None => return Ok(Err("the request object is not signed as the client has registered")),
        Some(SignatureAlg::None) => true,
        Some(alg) => client_keys::verify(platform, client, alg, &received).await?.is_some(),
    };
    Ok(match is_sound {
        true => Ok(Opened {
            payload: received.payload,
            was_encrypted: decrypted.is_some(),
        }),
        false => Err("the signature of the request object does not hold"),
    })
}

/// Decrypts with the provider's keys or the client's secret, if that is how the client has registered to encrypt, or it has registered nothing.
async fn decrypt<P: Platform>(
    platform: &P,
    client: &ClientRecord,
    encrypted: &ReceivedJwe<'_>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let registered = client.metadata.request_object.encryption;
    if registered.is_some_and(|one| (one.alg, one.enc) != (encrypted.alg, encrypted.enc)) {
        return Ok(None);
    }
    let secret = client.secret(&platform.config().sealer);
    let keys = platform.keys().await?;
    jwe::decrypt(platform, encrypted, &keys, secret.as_deref().map(String::as_str)).await
}
