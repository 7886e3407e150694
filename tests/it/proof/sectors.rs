//! Sector identifiers at registration and update.

use super::party::{CALLBACK, changed};
use crate::world::{World, body, post, put};
use serde_json::{Value, json};
use treeline::http::Response;
use treeline::object::Class;

const ADDRESS: &str = "https://sector.example/list.json";
const OTHER: &str = "https://other.example/cb";

fn metadata(changes: Value) -> Value {
    let own = json!({ "redirect_uris": [CALLBACK, OTHER], "subject_type": "pairwise", "sector_identifier_uri": ADDRESS });
    changed(own, changes)
}

#[track_caller]
fn assert_refused(response: &Response) {
    let said = (response.status, body(response)["error"].clone());
    assert_eq!(said, (400, json!("invalid_client_metadata")), "{}", response.body.as_str());
}

#[test]
fn a_list_with_every_redirect_uri_is_right() {
    let world = World::new();
    for list in [
        json!([CALLBACK, OTHER]),
        json!(["https://more.example/", OTHER, CALLBACK, CALLBACK]),
    ] {
        world.web.serve(ADDRESS, list.to_string());
        world.register(metadata(json!({})));
        world.register(metadata(json!({ "subject_type": null })));
        assert_eq!(world.web.visits(ADDRESS), 2);
    }
}

#[test]
fn anything_else_is_refused_and_leaves_nothing() {
    let world = World::new();
    let lists = [
        json!([CALLBACK]).to_string(),
        json!([]).to_string(),
        json!([CALLBACK, format!("{OTHER}/")]).to_string(),
        json!([CALLBACK, OTHER.to_uppercase()]).to_string(),
        json!([CALLBACK, OTHER, 1]).to_string(),
        json!([CALLBACK, OTHER, null]).to_string(),
        json!([[CALLBACK, OTHER]]).to_string(),
        json!({ "redirect_uris": [CALLBACK, OTHER] }).to_string(),
        json!(format!("{CALLBACK} {OTHER}")).to_string(),
        format!("{} ", json!([CALLBACK, OTHER])).repeat(2),
        "null".to_owned(),
        "<!doctype html>".to_owned(),
        String::new(),
        "[".repeat(5000),
        format!("{}{}", json!([CALLBACK, OTHER]), " ".repeat(64 * 1024)),
    ];
    for list in lists {
        world.web.serve(ADDRESS, list);
        assert_refused(&post("/registration").json(&metadata(json!({}))).send(&world));
    }
    world.web.close(ADDRESS);
    assert_refused(&post("/registration").json(&metadata(json!({}))).send(&world));
    assert!(world.stored(Class::Registration).is_empty());
    assert!(world.faults().is_empty());
}

#[test]
fn an_update_is_checked_anew() {
    let world = World::new();
    world.web.serve(ADDRESS, json!([CALLBACK, OTHER]).to_string());
    let client = world.register(metadata(json!({})));
    let update = |changes: Value| {
        let body = changed(metadata(changes), json!({ "client_id": client.id() }));
        put(&client.configuration()).bearer(client.token()).json(&body).send(&world)
    };
    assert_eq!(update(json!({})).status, 200);
    assert_refused(&update(json!({ "redirect_uris": [CALLBACK, "https://third.example/cb"] })));
    world.web.serve(ADDRESS, json!([OTHER]).to_string());
    assert_refused(&update(json!({})));
    assert_eq!(
        update(json!({ "sector_identifier_uri": null, "redirect_uris": [CALLBACK] })).status,
        200
    );
}

/// Nobody has the provider fetch by requests that are refused anyway, or more often than it may register.
#[test]
fn it_comes_last() {
    let world = World::with(&[("REGISTRATION_LIMIT", "2")]);
    for changes in [
        json!({ "redirect_uris": [] }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "subject_type": "x" }),
        json!({ "sector_identifier_uri": "https://127.0.0.1/" }),
        json!({ "sector_identifier_uri": "http://sector.example/" }),
    ] {
        assert_eq!(post("/registration").json(&metadata(changes)).send(&world).status, 400);
    }
    assert_eq!(world.web.all_visits(), 0);
    let statuses: Vec<u16> = (0..5)
        .map(|_| post("/registration").json(&metadata(json!({}))).send(&world).status)
        .collect();
    assert_eq!(statuses, [400, 400, 429, 429, 429]);
    assert_eq!(world.web.visits(ADDRESS), 2);
}
