//! Reading, replacing and deleting a registration (RFC 7592).

use super::{assert_error, maximal, minimal, with};
use crate::world::{Registered, World, body, delete, get, post, put};
use serde_json::{Value, json};
use treeline::http::Response;

/// An update that changes nothing but what `metadata` says.
fn update_of(client: &Registered, mut metadata: Value) -> Value {
    metadata["client_id"] = client.id().into();
    metadata
}

fn update(world: &World, client: &Registered, metadata: Value) -> Response {
    put(&client.configuration())
        .bearer(client.token())
        .json(&update_of(client, metadata))
        .send(world)
}

#[test]
fn the_address_that_is_told_is_the_one_that_works() {
    let world = World::new();
    let client = world.register(minimal());
    let uri = client.0["registration_client_uri"].as_str().unwrap();
    let response = get(uri.strip_prefix("https://login.example.com").unwrap())
        .bearer(client.token())
        .send(&world);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(body(&response), client.0);
}

#[test]
fn everything_that_was_registered_can_be_read() {
    let world = World::new();
    let client = world.register(maximal());
    let response = get(&client.configuration()).bearer(client.token()).send(&world);
    assert_eq!(body(&response), client.0);
}

/// Every request that may not manage the client gets the same answer, whatever it does and whoever it is.
#[test]
fn only_the_client_s_own_token_opens_its_registration() {
    let world = World::new();
    let (client, other) = (world.register(minimal()), world.register(minimal()));
    let gone = world.register(minimal());
    assert_eq!(delete(&gone.configuration()).bearer(gone.token()).send(&world).status, 204);
    let update = update_of(&client, minimal());
    let refused = |target: &str, token: &str| {
        for request in [get(target), put(target).json(&update), delete(target)] {
            let response = request.bearer(token).send(&world);
            assert_error(&response, 401, "invalid_token");
            assert_eq!(
                response.header("www-authenticate"),
                Some(
                    r#"Bearer realm="treeline", error="invalid_token", error_description="not a registration access token of this client""#
                )
            );
        }
    };
    refused(&client.configuration(), "wrong");
    refused(&client.configuration(), "");
    refused(&client.configuration(), other.token());
    refused(&client.configuration(), client.secret());
    refused(&client.configuration(), &client.token()[..42]);
    refused(&client.configuration(), crate::world::ADMIN_TOKEN);
    refused(&gone.configuration(), gone.token());
    refused("/registration_api", client.token());
    refused("/registration_api?client_id=", client.token());
    refused("/registration_api?client_id=unknown", client.token());
    refused(&format!("/registration_api?client_id={}", "A".repeat(24)), client.token());
    refused(&format!("/registration_api?client_id={}", "%00".repeat(600)), client.token());
    refused(&format!("{}%20", client.configuration()), client.token());
    assert_eq!(get(&client.configuration()).bearer(client.token()).send(&world).status, 200);
    assert!(world.faults().is_empty());
}

#[test]
fn without_a_token_the_challenge_names_no_error() {
    let world = World::new();
    let client = world.register(minimal());
    let target = client.configuration();
    let with_secret = format!("{target}&registration_access_token={}&access_token={0}", client.token());
    for request in [
        get(&target),
        put(&target).json(&update_of(&client, minimal())),
        delete(&target),
        get(&target).basic(&client),
        get(&target).header("authorization", "Bearer"),
        get(&target).header("authorization", client.token()),
        get(&with_secret),
    ] {
        let response = request.send(&world);
        assert_eq!(response.status, 401);
        assert_eq!(response.header("www-authenticate"), Some(r#"Bearer realm="treeline""#));
        assert_eq!(response.body.as_str(), "");
    }
}

#[test]
fn the_scheme_is_read_without_case() {
    let world = World::new();
    let client = world.register(minimal());
    let response = get(&client.configuration())
        .header("authorization", &format!("bEARER {}", client.token()))
        .send(&world);
    assert_eq!(response.status, 200);
}

#[test]
fn a_client_id_that_stands_twice_names_nobody() {
    let world = World::new();
    let client = world.register(minimal());
    let target = format!("{}&client_id={}", client.configuration(), client.id());
    assert_error(&get(&target).bearer(client.token()).send(&world), 400, "invalid_request");
}

#[test]
fn an_update_replaces_everything() {
    let world = World::new();
    let client = world.register(maximal());
    let response = update(&world, &client, minimal());
    assert_eq!(response.status, 200);
    let updated = Registered(body(&response));
    assert!(updated.0.get("client_name").is_none());
    assert_eq!(updated.0["token_endpoint_auth_method"], "client_secret_basic");
    for kept in [
        "client_id",
        "client_secret",
        "client_id_issued_at",
        "client_secret_expires_at",
        "registration_access_token",
        "registration_client_uri",
    ] {
        assert_eq!(updated.0[kept], client.0[kept], "{kept}");
    }
    let read = get(&client.configuration()).bearer(client.token()).send(&world);
    assert_eq!(body(&read), updated.0);
}

#[test]
fn an_update_may_repeat_what_was_read() {
    let world = World::new();
    let client = world.register(maximal());
    let response = put(&client.configuration()).bearer(client.token()).json(&client.0).send(&world);
    assert_eq!(response.status, 200);
    assert_eq!(body(&response), client.0);
}

#[test]
fn an_update_is_checked_like_a_registration() {
    let world = World::new();
    let client = world.register(minimal());
    for (metadata, code) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["https://rp.example/cb#x"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), "invalid_redirect_uri"),
        (with(json!({ "grant_types": ["password"] })), "invalid_client_metadata"),
        (
            with(json!({ "response_types": ["id_token"], "id_token_signed_response_alg": "none" })),
            "invalid_client_metadata",
        ),
        (with(json!({ "jwks_uri": "https://127.0.0.1/" })), "invalid_client_metadata"),
        (with(json!({ "client_secret": "mine" })), "invalid_client_metadata"),
        (with(json!({ "client_secret": "" })), "invalid_client_metadata"),
        (with(json!({ "client_secret": 1 })), "invalid_client_metadata"),
    ] {
        assert_error(&update(&world, &client, metadata), 400, code);
    }
    let target = client.configuration();
    for identity in [json!(null), json!("other"), json!(1), json!("")] {
        let metadata = with(json!({ "client_id": identity }));
        let response = put(&target).bearer(client.token()).json(&metadata).send(&world);
        assert_error(&response, 400, "invalid_client_metadata");
    }
    let response = put(&target).bearer(client.token()).json(&json!([])).send(&world);
    assert_error(&response, 400, "invalid_client_metadata");
    let twice = format!(
        r#"{{"client_id":"{0}","client_id":"{0}","redirect_uris":["https://rp.example/cb"]}}"#,
        client.id()
    );
    let response = put(&target)
        .bearer(client.token())
        .header("content-type", "application/json")
        .text(&twice)
        .send(&world);
    assert_error(&response, 400, "invalid_client_metadata");
    let read = get(&target).bearer(client.token()).send(&world);
    assert_eq!(body(&read), client.0, "a refused update changes nothing");
}

#[test]
fn an_update_sets_nothing_that_is_the_provider_s() {
    let world = World::new();
    let client = world.register(minimal());
    let response = update(
        &world,
        &client,
        with(json!({
            "client_secret": client.secret(), "client_secret_expires_at": 0, "client_id_issued_at": 1,
            "registration_access_token": "mine", "registration_client_uri": "https://evil.example/", "trusted": true,
        })),
    );
    assert_eq!(body(&response), client.0);
}

#[test]
fn a_secret_comes_and_goes_with_the_method() {
    let world = World::new();
    let public = world.register(with(json!({ "token_endpoint_auth_method": "none" })));
    let confidential = Registered(body(&update(&world, &public, minimal())));
    assert_eq!(confidential.secret().len(), 43);
    assert_eq!(confidential.0["client_secret_expires_at"], 1_800_000_000 + 30 * 86_400);
    let post = Registered(body(&update(
        &world,
        &public,
        with(json!({ "token_endpoint_auth_method": "client_secret_post" })),
    )));
    assert_eq!(post.secret(), confidential.secret());
    let again = body(&update(&world, &public, with(json!({ "token_endpoint_auth_method": "none" }))));
    assert!(again.get("client_secret").is_none());
    assert!(!world.dump().contains(confidential.secret()));
}

#[test]
fn deletion_answers_with_nothing() {
    let world = World::new();
    let client = world.register(minimal());
    let response = delete(&client.configuration()).bearer(client.token()).send(&world);
    assert_eq!(response.status, 204);
    assert_eq!(response.body.as_str(), "");
    let again = delete(&client.configuration()).bearer(client.token()).send(&world);
    assert_error(&again, 401, "invalid_token");
}

#[test]
fn other_methods_do_not_exist() {
    let world = World::new();
    let client = world.register(minimal());
    let response = post(&client.configuration()).bearer(client.token()).json(&minimal()).send(&world);
    assert_eq!(response.status, 405);
    assert_eq!(get("/registration").send(&world).status, 405);
}
