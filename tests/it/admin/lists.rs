//! The clients in pages.

use super::{ask, assert_names, send};
use crate::world::{World, delete, get};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn client(world: &World, number: usize) -> String {
    let metadata = json!({ "redirect_uris": ["https://rp.example/cb"], "client_name": format!("Client {number}") });
    world.register(metadata).id().to_owned()
}

/// Every page, and the clients on it.
fn pages(world: &World, limit: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut target = format!("/admin/clients?limit={limit}");
    loop {
        let page = ask(world, get(&target), 200);
        assert_eq!(page.as_object().expect("an object").len(), 2);
        pages.push(page["clients"].as_array().expect("clients").clone());
        let Some(cursor) = page["cursor"].as_str() else {
            assert_eq!(page["cursor"], Value::Null);
            return pages;
        };
        target = format!("/admin/clients?limit={limit}&cursor={cursor}");
    }
}

#[test]
fn pages_together_have_every_client_once() {
    let world = World::new();
    let registered: BTreeSet<String> = (0..7).map(|number| client(&world, number)).collect();
    for (limit, expected) in [(1, 7), (3, 3), (7, 1), (100, 1)] {
        let pages = pages(&world, limit);
        assert_eq!(pages.len(), expected, "{limit}");
        assert!(pages.iter().all(|page| page.len() <= limit));
        let listed: Vec<String> = pages
            .iter()
            .flatten()
            .map(|one| one["client_id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(listed.len(), 7);
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), registered);
    }
}

#[test]
fn a_client_is_shown_in_short() {
    let world = World::new();
    let id = client(&world, 1);
    let nameless = world.register(json!({ "redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "none" }));
    let listed: Vec<Value> = pages(&world, 10).concat();
    let of = |id: &str| listed.iter().find(|one| one["client_id"] == id).unwrap().clone();
    let expected = json!({
        "client_id": id,
        "client_name": "Client 1",
        "redirect_uris": ["https://rp.example/cb"],
        "token_endpoint_auth_method": "client_secret_basic",
        "issued_at": 1_800_000_000,
        "expires_at": 1_800_000_000 + 30 * 86_400,
    });
    assert_eq!(of(&id), expected);
    assert_eq!(of(nameless.id())["client_name"], Value::Null);
    assert_eq!(of(nameless.id())["token_endpoint_auth_method"], "none");
}

#[test]
fn a_page_costs_one_list_and_one_look() {
    let world = World::new();
    for number in 0..5 {
        client(&world, number);
    }
    world.take_touches();
    ask(&world, get("/admin/clients?limit=4"), 200);
    let touches = world.take_touches();
    assert_eq!(
        (touches.kv_lists, touches.kv_bulks, touches.kv_gets, touches.all_asked()),
        (1, 1, 0, 0)
    );
}

#[test]
fn what_is_gone_leaves_room_on_its_page() {
    let world = World::new();
    let ids: Vec<String> = (0..4).map(|number| client(&world, number)).collect();
    assert_eq!(send(&world, delete(&format!("/admin/clients/{}", ids[2]))).status, 204);
    let pages = pages(&world, 2);
    assert_eq!(pages.len(), 2);
    assert_eq!(pages.concat().len(), 3);
    world.advance(30 * 86_400);
    assert_eq!(self::pages(&world, 2).concat(), [] as [Value; 0]);
}

#[test]
fn what_is_no_page_is_named() {
    let world = World::new();
    client(&world, 1);
    for limit in ["0", "101", "-1", "1.5", "x", "1&limit=2", "99999999999999999999"] {
        assert_names(
            &send(&world, get(&format!("/admin/clients?limit={limit}"))),
            "invalid_request",
            "limit",
        );
    }
    for cursor in ["no+cursor", "a&cursor=b", "%00"] {
        assert_names(
            &send(&world, get(&format!("/admin/clients?cursor={cursor}"))),
            "invalid_request",
            "cursor",
        );
    }
    assert_names(&send(&world, get("/admin/clients?limit=%ff")), "invalid_request", "query");
    assert!(world.faults().is_empty());
}

#[test]
fn without_a_page_it_is_the_dump() {
    let world = World::new();
    let id = client(&world, 1);
    for query in ["", "?format=oidcop-2.4", "?limit=", "?cursor="] {
        let dump = ask(&world, get(&format!("/admin/clients{query}")), 200);
        assert_eq!(dump[&id]["client_secret"].as_str().map(str::len), Some(43), "{query}");
    }
}
