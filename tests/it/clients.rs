//! The operator's list of clients, in the shape of oidcop's records.

mod policy;

use crate::world::{ADMIN_TOKEN, Registered, World, body, delete, get};
use serde_json::{Value, json};
use treeline::http::Response;

/// What the seed's client registers (fixtures/client-record.json).
pub fn seed_metadata() -> Value {
    json!({
        "application_type": "web",
        "response_types": ["code"],
        "contacts": ["ops@example.com"],
        "token_endpoint_auth_method": "client_secret_basic",
        "post_logout_redirect_uris": ["https://127.0.0.1:8090/session_logout/local"],
        "jwks_uri": "https://127.0.0.1:8090/static/jwks.json",
        "frontchannel_logout_uri": "https://127.0.0.1:8090/fc_logout/local",
        "frontchannel_logout_session_required": true,
        "backchannel_logout_uri": "https://127.0.0.1:8090/bc_logout/local",
        "grant_types": ["authorization_code"],
        "redirect_uris": ["https://127.0.0.1:8090/authz_cb/local"],
    })
}

fn list(world: &World) -> Response {
    get("/admin/clients").bearer(ADMIN_TOKEN).send(world)
}

#[test]
fn the_seed_s_client_has_the_record_that_oidcop_gives_it() {
    let world = World::local();
    let client = world.register(seed_metadata());
    let response = list(&world);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let salt = body(&response)[client.id()]["client_salt"].as_str().unwrap().to_owned();
    assert_eq!(salt.len(), 8);
    // Byte for byte: the order of the members is part of the format.
    let expected = format!(
        concat!(
            r#"{{"{id}":{{"client_id":"{id}","client_salt":"{salt}","registration_access_token":"{token}","#,
            r#""registration_client_uri":"http://localhost:8787/registration_api?client_id={id}","client_id_issued_at":1800000000,"#,
            r#""client_secret":"{secret}","client_secret_expires_at":1802592000,"application_type":"web","response_types":["code"],"#,
            r#""contacts":["ops@example.com"],"token_endpoint_auth_method":"client_secret_basic","#,
            r#""post_logout_redirect_uris":[["https://127.0.0.1:8090/session_logout/local",""]],"#,
            r#""jwks_uri":"https://127.0.0.1:8090/static/jwks.json","#,
            r#""frontchannel_logout_uri":"https://127.0.0.1:8090/fc_logout/local","frontchannel_logout_session_required":true,"#,
            r#""backchannel_logout_uri":"https://127.0.0.1:8090/bc_logout/local","grant_types":["authorization_code"],"#,
            r#""redirect_uris":[["https://127.0.0.1:8090/authz_cb/local",{{}}]]}}}}"#
        ),
        id = client.id(),
        salt = salt,
        token = client.token(),
        secret = client.secret(),
    );
    assert_eq!(response.body.as_str(), expected);
}

#[test]
fn the_salt_of_a_client_stays() {
    let world = World::new();
    world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    assert_eq!(list(&world).body.as_str(), list(&world).body.as_str());
}

#[test]
fn queries_are_kept_apart_and_other_members_follow() {
    let world = World::new();
    let client = world.register(json!({
        "redirect_uris": ["https://rp.example/cb?foo=bar&foo=b%20z&x=", "https://rp.example/cb?", "com.example.app:/cb"],
        "application_type": "native",
        "token_endpoint_auth_method": "none",
        "client_name": "Shop",
        "client_name#fr": "Magasin",
        "id_token_signed_response_alg": "ES256",
        "default_max_age": 60,
    }));
    let record = body(&list(&world))[client.id()].clone();
    assert_eq!(
        record["redirect_uris"],
        json!([["https://rp.example/cb", { "foo": ["bar", "b z"], "x": [""] }], ["https://rp.example/cb", {}], ["com.example.app:/cb", {}]])
    );
    for (name, value) in [
        ("client_name", json!("Shop")),
        ("client_name#fr", json!("Magasin")),
        ("id_token_signed_response_alg", json!("ES256")),
        ("default_max_age", json!(60)),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    for absent in [
        "client_secret",
        "client_secret_expires_at",
        "contacts",
        "post_logout_redirect_uris",
        "subject_type",
        "require_auth_time",
    ] {
        assert!(record.get(absent).is_none(), "{absent}");
    }
}

#[test]
fn clients_that_have_ended_are_not_listed() {
    let world = World::new();
    assert_eq!(body(&list(&world)), json!({}));
    let clients: Vec<Registered> = (0..3)
        .map(|_| world.register(json!({ "redirect_uris": ["https://rp.example/cb"] })))
        .collect();
    assert_eq!(
        delete(&clients[1].configuration()).bearer(clients[1].token()).send(&world).status,
        204
    );
    let listed = body(&list(&world));
    assert_eq!(listed.as_object().unwrap().len(), 2);
    assert!(listed.get(clients[1].id()).is_none());
    world.advance(30 * 86_400);
    assert_eq!(body(&list(&world)), json!({}));
}

#[test]
fn only_the_operator_sees_them() {
    let world = World::new();
    let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    let response = get("/admin/clients").send(&world);
    assert_eq!(response.status, 401);
    assert_eq!(response.header("www-authenticate"), Some(r#"Bearer realm="treeline""#));
    for token in [
        "",
        "wrong",
        client.token(),
        client.secret(),
        &ADMIN_TOKEN[1..],
        &ADMIN_TOKEN.to_uppercase(),
    ] {
        let response = get("/admin/clients").bearer(token).send(&world);
        assert_eq!(response.status, 401);
        assert_eq!(body(&response)["error"], "invalid_token");
        assert!(!response.body.as_str().contains(client.id()));
    }
    let in_query = format!("/admin/clients?access_token={ADMIN_TOKEN}");
    assert_eq!(get(&in_query).send(&world).status, 401);
}
