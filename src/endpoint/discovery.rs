//! Provider metadata (OpenID Connect Discovery, section 3; RFC 8414): what is advertised here is what the code enforces, out of the same types.

use crate::client::metadata::{AuthMethod, GrantType, SubjectType};
use crate::config::{Config, RegistrationPolicy, SignUp};
use crate::http::Document;
use crate::jose::alg::{ContentEncryption, KeyManagementAlg, SignatureAlg};
use crate::oauth::json;
use crate::oauth::locale::Locale;
use crate::oauth::response_mode::ResponseMode;
use crate::oauth::response_type::ResponseType;
use crate::oauth::{pkce, prompt};
use crate::password;
use serde_json::{Map, Value};

/// The paths of the endpoints.
pub mod path {
    #![allow(missing_docs)]
    pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
    pub const OAUTH_METADATA: &str = "/.well-known/oauth-authorization-server";
    pub const WEBFINGER: &str = "/.well-known/webfinger";
    pub const JWKS: &str = "/jwks";
    pub const AUTHORIZATION: &str = "/authorization";
    pub const LOGIN: &str = "/login";
    pub const SIGN_UP: &str = "/sign_up";
    pub const CONSENT: &str = "/consent";
    pub const CHECK_SESSION: &str = "/check_session";
    pub const ACCOUNT: &str = "/account";
    pub const ACCOUNT_SIGN_IN: &str = "/account/sign_in";
    pub const TOKEN: &str = "/token";
    pub const USERINFO: &str = "/userinfo";
    pub const REVOCATION: &str = "/revocation";
    pub const INTROSPECTION: &str = "/introspection";
    pub const REGISTRATION: &str = "/registration";
    pub const REGISTRATION_API: &str = "/registration_api";
    pub const END_SESSION: &str = "/session";
    pub const LOGOUT: &str = "/logout";
}

/// How long caches may keep the document, in seconds.
pub const MAX_AGE: u32 = 3600;

/// The metadata document.
pub fn document(config: &Config) -> Document {
    let issuer = &config.issuer;
    let mut metadata = Map::new();
    let mut tell = |name: &str, value: Value| metadata.insert(name.to_owned(), value);
    tell("issuer", issuer.as_str().into());
    for (name, path) in ENDPOINTS {
        tell(name, issuer.at(path).into());
    }
    if !matches!(config.registration, RegistrationPolicy::Closed) {
        tell("registration_endpoint", issuer.at(path::REGISTRATION).into());
    }
    for (name, words) in supported() {
        tell(name, words.into());
    }
    tell("prompt_values_supported", prompts(config).into());
    tell("scopes_supported", config.scopes.scopes().into());
    tell("claims_supported", claims(config).into());
    let locales = Locale::ALL.map(Locale::tag).to_vec();
    tell("ui_locales_supported", locales.into());
    for name in TRUE {
        tell(name, true.into());
    }
    Document::new(json::text(&metadata))
}

const ENDPOINTS: [(&str, &str); 8] = [
    ("authorization_endpoint", path::AUTHORIZATION),
    ("token_endpoint", path::TOKEN),
    ("userinfo_endpoint", path::USERINFO),
    ("revocation_endpoint", path::REVOCATION),
    ("introspection_endpoint", path::INTROSPECTION),
    ("jwks_uri", path::JWKS),
    ("end_session_endpoint", path::END_SESSION),
    ("check_session_iframe", path::CHECK_SESSION),
];

const TRUE: [&str; 9] = [
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "authorization_response_iss_parameter_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
];

/// What the provider's own types know: the same types that requests and registrations are read into.
fn supported() -> Vec<(&'static str, Vec<&'static str>)> {
    let signatures = |fits: fn(SignatureAlg) -> bool| words(SignatureAlg::ALL, SignatureAlg::name, fits);
    let keys = || words(KeyManagementAlg::ALL, KeyManagementAlg::name, |_| true);
    let methods = |fits: fn(AuthMethod) -> bool| words(AuthMethod::ALL, AuthMethod::name, fits);
    let contents = || words(ContentEncryption::ALL, ContentEncryption::name, |_| true);
    vec![
        ("response_types_supported", words(ResponseType::ALL, ResponseType::name, |_| true)),
        ("response_modes_supported", words(ResponseMode::ALL, ResponseMode::name, |_| true)),
        ("grant_types_supported", words(GrantType::ALL, GrantType::name, |_| true)),
        ("subject_types_supported", words(SubjectType::ALL, SubjectType::name, |_| true)),
        ("acr_values_supported", vec![password::ACR]),
        ("id_token_signing_alg_values_supported", signatures(|_| true)),
        ("id_token_encryption_alg_values_supported", keys()),
        ("id_token_encryption_enc_values_supported", contents()),
        ("userinfo_signing_alg_values_supported", signatures(SignatureAlg::signs)),
        ("userinfo_encryption_alg_values_supported", keys()),
        ("userinfo_encryption_enc_values_supported", contents()),
        ("request_object_signing_alg_values_supported", signatures(|_| true)),
        ("request_object_encryption_alg_values_supported", keys()),
        ("request_object_encryption_enc_values_supported", contents()),
        ("token_endpoint_auth_methods_supported", methods(|_| true)),
        ("token_endpoint_auth_signing_alg_values_supported", signatures(SignatureAlg::signs)),
        ("revocation_endpoint_auth_methods_supported", methods(|_| true)),
        (
            "revocation_endpoint_auth_signing_alg_values_supported",
            signatures(SignatureAlg::signs),
        ),
        (
            "introspection_endpoint_auth_methods_supported",
            methods(|method| method != AuthMethod::None),
        ),
        (
            "introspection_endpoint_auth_signing_alg_values_supported",
            signatures(SignatureAlg::signs),
        ),
        ("introspection_signing_alg_values_supported", signatures(SignatureAlg::signs)),
        ("introspection_encryption_alg_values_supported", keys()),
        ("introspection_encryption_enc_values_supported", contents()),
        ("code_challenge_methods_supported", vec![pkce::METHOD]),
        ("display_values_supported", vec!["page", "popup", "touch", "wap"]),
        ("claim_types_supported", vec!["normal"]),
    ]
}

fn words<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, fits: impl Fn(T) -> bool) -> Vec<&'static str> {
    list(&mut all.iter().copied().filter(|word| fits(*word)).map(name))
}

// One function for the lists of all types.
fn list(words: &mut dyn Iterator<Item = &'static str>) -> Vec<&'static str> {
    words.collect()
}

fn prompts(config: &Config) -> Vec<&'static str> {
    let offered = |word: &&str| *word != prompt::CREATE || config.sign_up == SignUp::Open;
    prompt::WORDS.into_iter().filter(offered).collect()
}

/// The claims of every scope, and those that an ID token has of itself.
fn claims(config: &Config) -> Vec<&str> {
    let mut claims = config.scopes.all_claims();
    claims.extend(["auth_time", "acr"]);
    claims
}
