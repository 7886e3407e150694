//! Commands as the endpoints send them, with ids that tests can name.

use treeline::client::policy::AccessTokenFormat;
use treeline::client::release::Release;
use treeline::oauth::authorization_request::AuthorizationRequest;
use treeline::oauth::ids::{ClientId, NodeId};
use treeline::oauth::pkce::{Challenge, Verifier};
use treeline::oauth::response_type::ResponseType;
use treeline::oauth::scope::Scope;
use treeline::oauth::usage::UsageRules;
use treeline::session::account::TryPassword;
use treeline::session::grant::{Authorization, ConsentPolicy, SessionId, UserinfoForm};
use treeline::session::login::{OpenLogin, SignIn};
use treeline::session::mint::RefreshLifetimes;
use treeline::session::redeem::{RedeemCode, RefreshPolicy};

pub const REDIRECT_URI: &str = "https://rp.example/cb";
pub const ACR: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword";

/// The kinds of ids that are drawn.
#[derive(Clone, Copy, Debug)]
pub enum Id {
    Login,
    /// A grant, and its code.
    Grant,
    AccessToken,
    /// An access token that comes from the authorization endpoint.
    FrontToken,
    RefreshToken,
}

/// The `number`th id of a kind; those of one number are one family. The access token is the one that the code buys.
pub fn node(kind: Id, number: u64) -> NodeId {
    if matches!(kind, Id::AccessToken) {
        return node(Id::Grant, number).heir();
    }
    let mut bytes = [kind as u8 + 1; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    NodeId(bytes)
}

/// The challenge of the verifier that is right for every request here.
pub fn right() -> Challenge {
    answer("the-right-verifier-of-every-request-in-tests")
}

/// Another one.
pub fn wrong() -> Challenge {
    answer("some-other-verifier-that-fits-no-request-here")
}

fn answer(verifier: &str) -> Challenge {
    Verifier::parse(verifier).expect("a verifier").challenge()
}

/// The `number`th authorization, with the lifetimes of the default configuration.
pub fn authorization(number: u64, client_id: &ClientId, scope: &str) -> Authorization {
    Authorization {
        grant_id: node(Id::Grant, number),
        access_token_id: node(Id::FrontToken, number),
        request: AuthorizationRequest {
            redirect_uri: REDIRECT_URI.to_owned(),
            scope: scope.to_owned(),
            response_type: ResponseType::Code,
            response_mode: None,
            nonce: None,
            state: None,
            code_challenge: Some(right()),
            code_challenge_method: Some("S256".to_owned()),
            client_id: client_id.clone(),
            prompt: None,
            max_age: None,
            ui_locales: None,
            claims_locales: None,
            acr_values: None,
            claims: None,
            login_hint: None,
        },
        scope: Scope::parse(scope).expect("a scope"),
        sub: "sub".to_owned(),
        resources: Vec::new(),
        release: Release::default(),
        userinfo: UserinfoForm::Json,
        access_token_format: AccessTokenFormat::Jwt,
        consent: ConsentPolicy::Remembered,
        session_id: SessionId::Untold,
        interaction_lifetime: 1800,
        grant_lifetime: 43_200,
        usage_rules: UsageRules::built_in(),
        code_lifetime: 60,
        access_token_lifetime: 3600,
    }
}

/// The `number`th login, which begins the `number`th authorization.
pub fn open_login(number: u64, authorization: Authorization) -> OpenLogin {
    OpenLogin {
        sign_in: sign_in(number),
        authorization,
    }
}

/// The `number`th login alone.
pub fn sign_in(number: u64) -> SignIn {
    SignIn {
        login_id: node(Id::Login, number),
        acr: ACR.to_owned(),
        lifetime: 3600,
        device: String::new(),
        place: String::new(),
    }
}

/// Redeems the `number`th code as it should be done.
pub fn redeem(number: u64, client_id: &ClientId) -> RedeemCode {
    RedeemCode {
        grant_id: node(Id::Grant, number),
        client_id: client_id.clone(),
        redirect_uri: Some(REDIRECT_URI.to_owned()),
        challenge: Some(right()),
        access_token_lifetime: 3600,
        refresh_token_id: node(Id::RefreshToken, number),
        refresh_lifetimes: RefreshLifetimes { all: 86_400, idle: 0 },
        refresh: RefreshPolicy::OfflineAccess,
        double_submit: 2,
    }
}

/// A wrong password, of which so many are let pass in a quarter of an hour.
pub fn guess(limit: i64) -> TryPassword {
    TryPassword {
        password: "a guess".to_owned(),
        limit,
        window: 900,
    }
}
