//! Provider metadata (OpenID Connect Discovery, section 3; RFC 8414): what is advertised here is what the code enforces, out of the same types.

use crate::config::Config;
use crate::http::Document;
use crate::jose::alg::{Alg, Usage};
use crate::oauth::claim::SCOPE_CLAIMS;
use crate::oauth::locale::Locale;
use serde::Serialize;

/// The paths of the endpoints.
pub mod path {
    #![allow(missing_docs)]
    pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
    pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
    pub const WEBFINGER: &str = "/.well-known/webfinger";
    pub const JWKS: &str = "/jwks";
    pub const AUTHORIZATION: &str = "/authorization";
    pub const LOGIN: &str = "/login";
    pub const CONSENT: &str = "/consent";
    pub const TOKEN: &str = "/token";
    pub const USERINFO: &str = "/userinfo";
    pub const REGISTRATION: &str = "/registration";
    pub const REGISTRATION_API: &str = "/registration_api";
}

/// How long caches may keep the document, in seconds.
pub const MAX_AGE: u32 = 3600;

#[derive(Serialize)]
struct Metadata<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    registration_endpoint: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: [&'static str; 3],
    code_challenge_methods_supported: [&'static str; 1],
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    prompt_values_supported: [&'static str; 4],
    ui_locales_supported: [&'static str; Locale::ALL.len()],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
}

/// What an ID token can be signed with.
fn signing_algs() -> Vec<&'static str> {
    let signs = |alg: &&Alg| alg.usage() == Usage::Signature;
    Alg::ALL.iter().filter(signs).map(|alg| alg.name()).collect()
}

/// The metadata document.
pub fn document(config: &Config) -> Document {
    let issuer = &config.issuer;
    let metadata = Metadata {
        issuer: issuer.as_str(),
        authorization_endpoint: issuer.at(path::AUTHORIZATION),
        token_endpoint: issuer.at(path::TOKEN),
        userinfo_endpoint: issuer.at(path::USERINFO),
        jwks_uri: issuer.at(path::JWKS),
        registration_endpoint: issuer.at(path::REGISTRATION),
        scopes_supported: SCOPE_CLAIMS.iter().map(|entry| entry.scope).collect(),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: ["authorization_code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: signing_algs(),
        token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
        code_challenge_methods_supported: ["S256"],
        claim_types_supported: ["normal"],
        claims_supported: SCOPE_CLAIMS.iter().flat_map(|entry| entry.claims.iter().copied()).collect(),
        prompt_values_supported: ["none", "login", "consent", "select_account"],
        ui_locales_supported: Locale::ALL.map(Locale::tag),
        claims_parameter_supported: false,
        request_parameter_supported: false,
        request_uri_parameter_supported: false,
        authorization_response_iss_parameter_supported: true,
    };
    // A struct of strings always serialises.
    Document::new(serde_json::to_string(&metadata).unwrap_or_default())
}
