//! The rules for what a client registers (RFC 7591, section 2; OpenID Connect Dynamic Client Registration, section 2; OpenID Connect
//! Front-Channel and Back-Channel Logout, section 2).

mod flows;
mod jwt;

use crate::client::members::{LIST_LIMIT, Members, invalid};
use crate::client::metadata::{ApplicationType, AuthMethod, ClientMetadata, ScopeText, SubjectType};
use crate::error::{ErrorCode, ProtocolError};
use crate::jose::alg::SignatureAlg;
use crate::jose::jwk::{UnfitKey, check_client_key};
use crate::oauth::scope::Scope;
use crate::oauth::text::displayable;
use crate::oauth::uri::{RedirectUri, display_host, register_web_uri, same_origin};
use litemap::LiteMap;
use serde_json::Value;

/// The longest name that a page shows, in characters.
const NAME_LIMIT: usize = 200;

/// Checks a registration request and fills in the defaults. `development` lets a client be on the developer's own machine. What the client
/// may not set, such as its client_id, is ignored here.
pub fn register(request: Value, development: bool) -> Result<ClientMetadata, ProtocolError> {
    let mut members = Members::of(request)?;
    let members = &mut members;
    let localized = localized(members, development)?;
    let (jwks, jwks_uri) = keys(members, development)?;
    let response_types = flows::response_types(members)?;
    let metadata = ClientMetadata {
        redirect_uris: redirect_uris(members)?,
        grant_types: flows::grant_types(members, &response_types)?,
        response_types,
        application_type: members
            .word("application_type", ApplicationType::parse)?
            .unwrap_or(ApplicationType::Web),
        token_endpoint_auth_method: members
            .word("token_endpoint_auth_method", AuthMethod::parse)?
            .unwrap_or(AuthMethod::ClientSecretBasic),
        token_endpoint_auth_signing_alg: members.word("token_endpoint_auth_signing_alg", SignatureAlg::parse)?,
        id_token: jwt::id_token(members)?,
        userinfo: jwt::userinfo(members)?,
        introspection: jwt::introspection(members)?,
        request_object: jwt::request_object(members)?,
        subject_type: members.word("subject_type", SubjectType::parse)?.unwrap_or(SubjectType::Public),
        sector_identifier_uri: sector_identifier_uri(members, development)?,
        require_auth_time: members.flag("require_auth_time")?.unwrap_or(false),
        default_max_age: members.seconds("default_max_age")?,
        default_acr_values: members.texts("default_acr_values")?,
        scope: scope(members)?,
        client_name: name(members, "client_name")?,
        logo_uri: web_uri(members, "logo_uri", development)?,
        client_uri: web_uri(members, "client_uri", development)?,
        policy_uri: web_uri(members, "policy_uri", development)?,
        tos_uri: web_uri(members, "tos_uri", development)?,
        localized,
        contacts: members.texts("contacts")?,
        software_id: members.text("software_id")?,
        software_version: members.text("software_version")?,
        jwks,
        jwks_uri,
        initiate_login_uri: initiate_login_uri(members, development)?,
        request_uris: request_uris(members, development)?,
        post_logout_redirect_uris: post_logout_redirect_uris(members)?,
        frontchannel_logout_uri: logout_uri(members, "frontchannel_logout_uri", development)?,
        frontchannel_logout_session_required: members.flag("frontchannel_logout_session_required")?,
        backchannel_logout_uri: logout_uri(members, "backchannel_logout_uri", development)?,
        backchannel_logout_session_required: members.flag("backchannel_logout_session_required")?,
    };
    check_application(&metadata, development)?;
    check_frontchannel(&metadata)?;
    check_sector(&metadata)?;
    jwt::check(&metadata)?;
    Ok(metadata)
}

fn redirect_uris(members: &mut Members) -> Result<Vec<RedirectUri>, ProtocolError> {
    const NAME: &str = "redirect_uris";
    let refused = |reason: &str| ProtocolError::new(ErrorCode::InvalidRedirectUri, format!("{NAME}: {reason}"));
    let texts = members.long_texts(NAME)?.unwrap_or_default();
    if texts.is_empty() {
        return Err(refused("at least one is needed"));
    }
    texts.iter().map(|text| RedirectUri::register(text).map_err(refused)).collect()
}

fn scope(members: &mut Members) -> Result<Option<ScopeText>, ProtocolError> {
    let Some(text) = members.text("scope")? else {
        return Ok(None);
    };
    let scope = Scope::parse(&text).map_err(|_| invalid("scope", "holds a character that no scope may hold"))?;
    Ok((!scope.is_empty()).then_some(ScopeText(scope)))
}

/// A name that pages show. It is made harmless rather than refused: RFC 7591, section 3.2.1, lets the provider replace values.
fn name(members: &mut Members, member: &str) -> Result<Option<String>, ProtocolError> {
    let name = members.long_text(member)?.map(|text| displayable(&text, NAME_LIMIT));
    Ok(name.filter(|name| !name.is_empty()))
}

fn localized(members: &mut Members, development: bool) -> Result<LiteMap<String, String>, ProtocolError> {
    let mut localized = LiteMap::new_vec();
    for member in members.languages("client_name") {
        localized.extend(name(members, &member)?.map(|text| (member, text)));
    }
    for base in ["logo_uri", "client_uri", "policy_uri", "tos_uri"] {
        for member in members.languages(base) {
            localized.extend(web_uri(members, &member, development)?.map(|uri| (member, uri)));
        }
    }
    match localized.len() {
        0..=LIST_LIMIT => Ok(localized),
        _ => Err(ProtocolError::new(ErrorCode::InvalidClientMetadata, "too many language variants")),
    }
}

/// The client's keys, by value or by reference but not both (RFC 7591, section 2).
fn keys(members: &mut Members, development: bool) -> Result<(Option<Value>, Option<String>), ProtocolError> {
    let jwks_uri = web_uri(members, "jwks_uri", development)?;
    let Some(jwks) = members.take("jwks") else {
        return Ok((None, jwks_uri));
    };
    if jwks_uri.is_some() {
        return Err(invalid("jwks", "not allowed together with jwks_uri"));
    }
    let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
        return Err(invalid("jwks", "has to be a JWK Set"));
    };
    if keys.len() > LIST_LIMIT {
        return Err(invalid("jwks", "has too many keys"));
    }
    for key in keys {
        check_client_key(key).map_err(|unfit| match unfit {
            UnfitKey::NotPublic => invalid("jwks", "a key has private or symmetric parts"),
            UnfitKey::Unsound => invalid("jwks", "a key is not sound"),
        })?;
    }
    Ok((Some(jwks), None))
}

fn web_uri(members: &mut Members, name: &str, development: bool) -> Result<Option<String>, ProtocolError> {
    let Some(uri) = members.text(name)? else {
        return Ok(None);
    };
    register_web_uri(&uri, development).map_err(|reason| invalid(name, reason))?;
    Ok(Some(uri))
}

/// The address of a logout endpoint, which has no fragment (OpenID Connect Front-Channel Logout and Back-Channel Logout, section 2).
fn logout_uri(members: &mut Members, name: &str, development: bool) -> Result<Option<String>, ProtocolError> {
    match web_uri(members, name, development)? {
        Some(uri) if uri.contains('#') => Err(invalid(name, "has to be without a fragment")),
        uri => Ok(uri),
    }
}

/// Where another party may begin a login: https, on a developer's machine too (OpenID Connect Core, section 4).
fn initiate_login_uri(members: &mut Members, development: bool) -> Result<Option<String>, ProtocolError> {
    const NAME: &str = "initiate_login_uri";
    match web_uri(members, NAME, development)? {
        Some(uri) if !uri.starts_with("https:") => Err(invalid(NAME, "the address has to be https")),
        uri => Ok(uri),
    }
}

/// A list of redirect URIs that share one subject identifier: https, on a developer's machine as well (OpenID Connect Core, section 8.1), but for
/// loopback there.
fn sector_identifier_uri(members: &mut Members, development: bool) -> Result<Option<String>, ProtocolError> {
    web_uri(members, "sector_identifier_uri", development)
}

/// Redirect URIs on several hosts belong to no one sector unless a document says so (OpenID Connect Core, section 8.1).
fn check_sector(metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    let mut hosts = metadata.redirect_uris.iter().map(|uri| display_host(uri.as_str()));
    let first = hosts.next();
    let one_sector = metadata.sector_identifier_uri.is_some() || hosts.all(|host| Some(host) == first);
    match metadata.subject_type {
        SubjectType::Pairwise if !one_sector => Err(invalid(
            "sector_identifier_uri",
            "needed for pairwise subjects, since the redirect URIs are on several hosts",
        )),
        _ => Ok(()),
    }
}

/// Where request objects may be fetched; a fragment is allowed and never compared with their content.
fn request_uris(members: &mut Members, development: bool) -> Result<Option<Vec<String>>, ProtocolError> {
    const NAME: &str = "request_uris";
    let uris = members.texts(NAME)?;
    for uri in uris.iter().flatten() {
        register_web_uri(uri, development).map_err(|reason| invalid(NAME, reason))?;
    }
    Ok(uris)
}

fn post_logout_redirect_uris(members: &mut Members) -> Result<Option<Vec<RedirectUri>>, ProtocolError> {
    const NAME: &str = "post_logout_redirect_uris";
    let check = |text: &String| RedirectUri::register(text).map_err(|reason| invalid(NAME, reason));
    members
        .texts(NAME)?
        .map(|texts| texts.iter().map(check).collect::<Result<_, _>>())
        .transpose()
}

/// A web application is on the web, and one that gets tokens from the authorization endpoint is reached by https and not on the person's own machine
/// (OpenID Connect Dynamic Client Registration, section 2). A native one has whatever RFC 8252 allows.
fn check_application(metadata: &ClientMetadata, development: bool) -> Result<(), ProtocolError> {
    let implicit = metadata.response_types.iter().any(|one| one.is_front_channel());
    let fits = |uri: &RedirectUri| uri.is_web() && (!implicit || development || uri.is_claimed());
    match metadata.application_type == ApplicationType::Native || metadata.redirect_uris.iter().all(fits) {
        true => Ok(()),
        false => Err(ProtocolError::new(
            ErrorCode::InvalidRedirectUri,
            "redirect_uris: not for a web application; one on a device has the application_type native",
        )),
    }
}

/// The page that is loaded into a frame at logout is on one of the client's own origins (OpenID Connect Front-Channel Logout, section 2).
fn check_frontchannel(metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    let Some(logout) = &metadata.frontchannel_logout_uri else {
        return Ok(());
    };
    let own = |uri: &RedirectUri| same_origin(uri.as_str(), logout);
    match metadata.redirect_uris.iter().any(own) {
        true => Ok(()),
        false => Err(invalid("frontchannel_logout_uri", "has to be on the origin of a redirect URI")),
    }
}
