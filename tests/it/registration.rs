//! Dynamic registration: what comes back, what is refused and with which error, how a registration is managed, and how it ends.

mod addresses;
mod algorithms;
mod deletion;
mod flood;
mod lifetime;
mod manage;
pub mod refused;

use crate::world::{Registered, World, body, delete, post};
use serde_json::{Value, json};
use treeline::client::record::ClientRecord;
use treeline::client::release::Release;
use treeline::endpoint::client_lookup::find;
use treeline::http::Response;
use treeline::oauth::authorization_request::AuthorizationRequest;
use treeline::oauth::base64url;
use treeline::oauth::ids::ClientId;
use treeline::oauth::response_type::ResponseType;
use treeline::oauth::scope::Scope;
use treeline::object::Class;
use treeline::object::sql::Sql;
use treeline::platform::Platform;
use treeline::session::account::PutAccount;
use treeline::session::grant::{Authorization, ConsentPolicy, SessionId, UserinfoForm};
use treeline::session::login::{OpenLogin, SignIn};

/// The lifetime of a client where nothing else is configured, in seconds.
const MONTH: i64 = 30 * 86_400;

/// The least that a client registers.
fn minimal() -> Value {
    json!({ "redirect_uris": ["https://rp.example/cb"] })
}

/// [`minimal`] with more members.
fn with(more: Value) -> Value {
    let mut metadata = minimal();
    for (name, value) in more.as_object().expect("an object") {
        metadata[name] = value.clone();
    }
    metadata
}

/// Everything that a client may register, with values that are not the defaults.
fn maximal() -> Value {
    json!({
        "redirect_uris": ["https://rp.example/cb", "https://rp.example/cb?tenant=a", "http://127.0.0.1:7/cb", "com.example.app:/cb"],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        "application_type": "native",
        "contacts": ["ops@rp.example", "sec@rp.example"],
        "client_name": "Alpine Supply",
        "client_name#fr": "Magasin alpin",
        "client_name#ja-Jpan-JP": "山の店",
        "logo_uri": "https://cdn.rp.example/logo.png",
        "logo_uri#fr": "https://cdn.rp.example/logo-fr.png",
        "client_uri": "https://rp.example/",
        "client_uri#fr": "https://rp.example/fr",
        "policy_uri": "https://rp.example/policy",
        "policy_uri#fr": "https://rp.example/fr/policy",
        "tos_uri": "https://legal.example/tos",
        "tos_uri#fr": "https://legal.example/fr/tos",
        "jwks_uri": "https://rp.example/jwks",
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "ES256",
        "subject_type": "public",
        "default_max_age": 3600,
        "require_auth_time": true,
        "default_acr_values": ["urn:example:silver"],
        "initiate_login_uri": "https://rp.example/login",
        "post_logout_redirect_uris": ["https://rp.example/bye"],
        "backchannel_logout_uri": "https://other.example/bc",
        "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://rp.example/fc",
        "frontchannel_logout_session_required": false,
        "scope": "openid profile",
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.1",
        "request_uris": ["https://rp.example/request#2025"],
    })
}

fn register(world: &World, metadata: &Value) -> Response {
    post("/registration").json(metadata).send(world)
}

#[track_caller]
fn assert_error(response: &Response, status: u16, code: &str) {
    assert_eq!(response.status, status, "{}", response.body.as_str());
    assert_eq!(body(response)["error"], code, "{}", response.body.as_str());
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

fn id(client: &Registered) -> ClientId {
    ClientId(client.id().to_owned())
}

fn found(world: &World, client: &Registered) -> bool {
    pollster::block_on(find(world, &id(client))).unwrap().is_some()
}

fn remove(world: &World, client: &Registered) -> u16 {
    delete(&client.configuration()).bearer(client.token()).send(world).status
}

/// Signs a user in at a client, as the login page does, and lets the news reach the client's object.
fn sign_in(world: &World, user: &str, client: &Registered) {
    let account = PutAccount {
        password_hash: None,
        claims: None,
        disabled: None,
    };
    world.ask(user, account).unwrap();
    sign_in_again(world, user, client);
    world.run_alarms();
}

fn sign_in_again(world: &World, user: &str, client: &Registered) {
    let node = || world.node_id().unwrap();
    let request = AuthorizationRequest {
        redirect_uri: "https://rp.example/cb".to_owned(),
        scope: "openid".to_owned(),
        response_type: ResponseType::Code,
        response_mode: None,
        nonce: None,
        state: None,
        code_challenge: None,
        code_challenge_method: None,
        client_id: id(client),
        prompt: None,
        max_age: None,
        ui_locales: None,
        claims_locales: None,
        acr_values: None,
        claims: None,
        login_hint: None,
    };
    let login = OpenLogin {
        sign_in: SignIn {
            login_id: node(),
            acr: "0".to_owned(),
            lifetime: 3600,
            device: String::new(),
            place: String::new(),
        },
        authorization: Authorization {
            grant_id: node(),
            access_token_id: node(),
            request,
            scope: Scope::parse("openid").unwrap(),
            sub: "sub".to_owned(),
            resources: Vec::new(),
            release: Release::default(),
            userinfo: UserinfoForm::Json,
            access_token_format: treeline::client::policy::AccessTokenFormat::Jwt,
            consent: ConsentPolicy::Remembered,
            session_id: SessionId::Untold,
            interaction_lifetime: 1800,
            grant_lifetime: 43_200,
            usage_rules: treeline::oauth::usage::UsageRules::built_in(),
            code_lifetime: 60,
            access_token_lifetime: 3600,
        },
    };
    world.ask(user, login).unwrap();
}

/// Whether the user's session with the client has been revoked.
fn revoked(world: &World, user: &str, client: &Registered) -> bool {
    let rows = world
        .storage(Class::UserSession, user)
        .exec("SELECT revoked_at FROM client_session WHERE client_id = ?", &[client.id().into()]);
    rows.unwrap()[0].optional_integer(0).unwrap().is_some()
}

#[test]
fn a_client_is_told_its_identity_and_every_default() {
    let world = World::new();
    let response = register(&world, &minimal());
    assert_eq!(response.status, 201);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let client = body(&response);
    assert_eq!(client["client_id"].as_str().unwrap().len(), 24);
    assert_eq!(base64url::decode(client["client_secret"].as_str().unwrap()).unwrap().len(), 32);
    assert_eq!(
        base64url::decode(client["registration_access_token"].as_str().unwrap())
            .unwrap()
            .len(),
        32
    );
    assert_eq!(client["client_id_issued_at"], 1_800_000_000);
    assert_eq!(client["client_secret_expires_at"], 1_800_000_000 + 30 * 86_400);
    let id = client["client_id"].as_str().unwrap();
    assert_eq!(
        client["registration_client_uri"],
        format!("https://login.example.com/registration_api?client_id={id}")
    );
    for (name, value) in [
        ("redirect_uris", json!(["https://rp.example/cb"])),
        ("response_types", json!(["code"])),
        ("grant_types", json!(["authorization_code"])),
        ("application_type", json!("web")),
        ("token_endpoint_auth_method", json!("client_secret_basic")),
        ("id_token_signed_response_alg", json!("RS256")),
        ("subject_type", json!("public")),
        ("require_auth_time", json!(false)),
    ] {
        assert_eq!(client[name], value, "{name}");
    }
    assert_eq!(client.as_object().unwrap().len(), 14, "{client}");
}

#[test]
fn everything_that_is_registered_is_echoed() {
    let world = World::new();
    let client = world.register(maximal());
    for (name, value) in maximal().as_object().unwrap() {
        assert_eq!(&client.0[name], value, "{name}");
    }
}

#[test]
fn a_public_client_has_no_secret() {
    let world = World::new();
    let client = world.register(with(json!({ "token_endpoint_auth_method": "none" })));
    assert!(client.0.get("client_secret").is_none());
    assert!(client.0.get("client_secret_expires_at").is_none());
}

#[test]
fn a_secret_without_an_end_expires_at_zero() {
    let world = World::with(&[("CLIENT_LIFETIME", "0")]);
    let client = world.register(minimal());
    assert_eq!(client.0["client_secret_expires_at"], 0);
}

#[test]
fn no_two_clients_share_anything() {
    let world = World::new();
    let (one, other) = (world.register(minimal()), world.register(minimal()));
    for name in ["client_id", "client_secret", "registration_access_token"] {
        assert_ne!(one.0[name], other.0[name], "{name}");
    }
}

/// The record of oidcop that the design takes as its model, registered anew on a developer's machine.
#[test]
fn the_seed_s_client_registers() {
    let world = World::local();
    let client = world.register(crate::clients::seed_metadata());
    for (name, value) in crate::clients::seed_metadata().as_object().unwrap() {
        assert_eq!(&client.0[name], value, "{name}");
    }
}

#[test]
fn keys_by_value_need_no_kid() {
    let world = World::new();
    let jwks = json!({ "keys": [refused::ec_key(), refused::rsa_key()] });
    let client = world.register(with(json!({ "jwks": jwks })));
    assert_eq!(client.0["jwks"], jwks);
}

#[test]
fn what_no_client_may_set_is_ignored() {
    let world = World::new();
    let client = world.register(with(json!({
        "client_id": "mine", "client_secret": "mine", "client_id_issued_at": 1, "client_secret_expires_at": 0,
        "registration_access_token": "mine", "registration_client_uri": "https://evil.example/",
        "expires_at": 0, "sealed_secret": "mine", "issued_at": 1, "localized": { "client_secret": "mine" }, "metadata": {},
        "trusted": true, "skip_consent": true, "roles": ["admin"],
    })));
    assert_ne!(client.id(), "mine");
    assert_ne!(client.secret(), "mine");
    assert_ne!(client.token(), "mine");
    assert_eq!(client.0["client_secret_expires_at"], 1_800_000_000 + 30 * 86_400);
    assert_eq!(client.0.as_object().unwrap().len(), 14, "{}", client.0);
}

#[test]
fn null_and_unknown_members_are_as_if_omitted() {
    let world = World::new();
    let client = world.register(with(json!({
        "client_name": null, "jwks": null, "sector_identifier_uri": null, "response_types": null, "default_max_age": null,
        "unknown": { "a": [1, 2.5, -3, true] }, "client_name#": "no language", "client_name#not a language": "x",
    })));
    assert_eq!(client.0.as_object().unwrap().len(), 14, "{}", client.0);
}

#[test]
fn a_name_is_made_harmless_and_short() {
    let world = World::new();
    let long = "é".repeat(5 * 1024);
    for (given, kept) in [
        ("Shop \u{202e}live\u{202c} \u{200b}\u{feff}x", Some("Shop live x")),
        ("a\u{0}b\nc\r\n\td\u{2028}e", Some("ab c d e")),
        ("\u{2066}\u{2069}\u{200d}\u{ad}", None),
        ("   ", None),
        ("<b>\"Shop\" & 'Söhne'</b>", Some("<b>\"Shop\" & 'Söhne'</b>")),
        (&long, Some(&long[..400])),
    ] {
        let client = world.register(with(json!({ "client_name": given, "client_name#de": given })));
        assert_eq!(client.0.get("client_name").map(|name| name.as_str().unwrap()), kept, "{given:?}");
        assert_eq!(client.0.get("client_name#de").map(|name| name.as_str().unwrap()), kept, "{given:?}");
    }
}

#[test]
fn storage_holds_no_secret_in_the_clear() {
    let world = World::new();
    let client = world.register(minimal());
    let dump = world.dump();
    assert!(dump.contains(client.id()));
    assert!(!dump.contains(client.secret()));
    assert!(!dump.contains(client.token()));
}

#[test]
fn one_registration_touches_each_store_once() {
    let world = World::new();
    world.register(minimal());
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.kv_puts, touches.kv_lists), (0, 1, 0));
    assert_eq!(touches.asks, [("Pending", 1), ("Registration", 1)].into());
}

#[test]
fn the_record_survives_being_stored() {
    let world = World::new();
    let client = world.register(maximal());
    let key = ClientRecord::kv_key(&ClientId(client.id().to_owned()));
    let record: ClientRecord = serde_json::from_str(&world.kv_text(&key).unwrap()).unwrap();
    assert_eq!(record.display_name(), "Alpine Supply");
    assert!(record.takes_part_in_logout());
    assert!(!record.is_public());
    assert!(record.may_ask_for("openid") && record.may_ask_for("profile") && !record.may_ask_for("email"));
    assert!(record.redirect_uri("http://127.0.0.1:50123/cb").is_some());
    assert!(record.redirect_uri("https://rp.example/cb?tenant=b").is_none());
}
