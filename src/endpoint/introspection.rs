//! The introspection endpoint (RFC 7662), as JSON or as a signed JWT (RFC 9701).

use crate::client::metadata::JwtProtection;
use crate::client::record::ClientRecord;
use crate::endpoint::token::access_token;
use crate::endpoint::{jwt, presented};
use crate::error::{Error, ErrorCode, Fault, protocol};
use crate::http::{Request, Response};
use crate::jose::alg::SignatureAlg;
use crate::oauth::usage::TokenClass;
use crate::platform::Platform;
use crate::seal::Kind;
use crate::seal::locator::Locator;
use crate::session::introspect::{Caller, Introspect, Introspected};
use crate::session::mint::Claims;
use serde_json::Value;

/// The `typ` of the JWT (RFC 9701, section 5).
const TYPE: &str = "token-introspection+jwt";

/// By this a client asks for the JWT (RFC 9701, section 4).
const MEDIA_TYPE: &str = "application/token-introspection+jwt";

/// POST: what there is to know of a token. A client that cannot prove who it is learns nothing (RFC 7662, section 2.1).
pub async fn introspect<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let (client, token) = presented::receive(platform, request).await?;
    if client.is_public() {
        return Err(protocol(ErrorCode::InvalidClient, "a client that has no secret may not ask"));
    }
    let answer = answer(platform, Caller::Client(client.client_id.clone()), &token).await?;
    match accepts_jwt(request) {
        true => as_jwt(platform, &client, answer).await,
        false => Ok(Response::json(200, &answer)),
    }
}

/// The members of section 2.2; of anything but a usable token that the caller may ask about only that it is not active.
pub async fn answer<P: Platform>(platform: &P, caller: Caller, token: &str) -> Result<Claims, Fault> {
    let inactive = || Claims::from_iter([("active".to_owned(), false.into())]);
    let Some((class, locator)) = presented::locate(platform, token).await? else {
        return Ok(inactive());
    };
    let command = Introspect {
        token_id: locator.node,
        class,
        caller,
    };
    Ok(match platform.ask(locator.user.as_str(), command).await? {
        Ok(said) => members(platform, class, &locator, said),
        Err(_) => inactive(),
    })
}

fn members<P: Platform>(platform: &P, class: TokenClass, locator: &Locator, said: Introspected) -> Claims {
    let config = platform.config();
    let issuer = config.issuer.as_str();
    let own: [(&str, Option<Value>); 11] = [
        ("active", Some(true.into())),
        ("scope", Some(said.scope.to_string().into())),
        ("client_id", Some(said.client_id.as_str().into())),
        ("token_type", (class == TokenClass::AccessToken).then(|| "Bearer".into())),
        ("exp", Some(said.expires_at.0.into())),
        ("iat", Some(said.issued_at.0.into())),
        ("sub", Some(said.sub.into())),
        ("aud", Some(access_token::audience(config, &said.client_id, &said.resources))),
        ("iss", Some(issuer.into())),
        ("jti", Some(locator.seal(&config.sealer, Kind::AccessToken).into())),
        // The name of the account is for the provider alone.
        ("username", None),
    ];
    jwt::with_own(said.claims, own)
}

/// Whether the request names the JWT among what it accepts.
fn accepts_jwt(request: &Request) -> bool {
    let accept = request.header("accept").unwrap_or_default();
    let mut types = accept.split(',').filter_map(|range| range.split(';').next());
    types.any(|one| one.trim().eq_ignore_ascii_case(MEDIA_TYPE))
}

/// Signed as the client has registered it, by RS256 where it has not, and encrypted where it wants that (RFC 9701, sections 5 and 6).
async fn as_jwt<P: Platform>(platform: &P, client: &ClientRecord, answer: Claims) -> Result<Response, Error> {
    let protection = JwtProtection {
        signing: client.metadata.introspection.signing.or(Some(SignatureAlg::RS256)),
        ..client.metadata.introspection
    };
    let claims: [(&str, Value); 4] = [
        ("iss", platform.config().issuer.as_str().into()),
        ("aud", client.client_id.as_str().into()),
        ("iat", platform.now().0.into()),
        ("token_introspection", answer.into()),
    ];
    let claims = claims.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let text = jwt::issue(platform, client, protection, Some(TYPE), &claims).await?;
    Ok(Response::text(MEDIA_TYPE, text))
}
