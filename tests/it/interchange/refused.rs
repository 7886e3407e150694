//! What cannot be taken over is named, and nothing of its dump is.

use super::{Old, import};
use crate::world::{World, body};
use serde_json::{Value, json};
use treeline::object::Class;

#[track_caller]
fn assert_refused(world: &World, what: &Value, reason: &str) {
    let before = world.dump();
    let response = import(world, what);
    assert_eq!(response.status, 400, "{what}");
    let said = body(&response);
    assert_eq!(said["error"], "invalid_request");
    let description = said["error_description"].as_str().unwrap();
    assert!(description.contains(reason), "{description}");
    assert_eq!(world.dump(), before);
}

#[test]
fn what_is_no_dump() {
    let [_, old, _] = Old::all();
    let world = old.successor();
    for (what, reason) in [
        (json!([]), "JSON object"),
        (json!(null), "JSON object"),
        (json!({ "db": [], "salt": old.salt }), "db"),
        (json!({ "a client": [] }), "a client has to be an object"),
    ] {
        assert_refused(&world, &what, reason);
    }
}

#[test]
fn one_wrong_node_refuses_the_whole() {
    let key = |old: &Old, parts: usize| {
        let db = old.dump["db"].as_object().unwrap();
        db.keys().find(|key| key.split(";;").count() == parts).unwrap().clone()
    };
    let [_, old, _] = Old::all();
    let grant = key(&old, 3);
    let world = old.successor();
    for (member, value, reason) in [
        ("issued_at", json!("now"), "issued_at"),
        ("issued_at", json!(-1), "issued_at"),
        ("expires_at", json!(1e300), "expires_at"),
        ("used", json!(null), "used"),
        ("scope", json!("openid"), "scope"),
        ("claims", json!({ "everywhere": {} }), "claims"),
        ("sub", json!(1), "sub"),
        ("issued_token", json!({}), "issued_token"),
        ("issued_token", json!(["a"]), "token"),
        ("issued_token", json!([{ "type": "licence", "value": "x" }]), "unknown class"),
        ("authentication_event", json!({}), "authentication_event"),
        (
            "authorization_request",
            json!({ "AuthorizationRequest": { "client_id": old.client_id } }),
            "authorization_request",
        ),
    ] {
        let mut dump = old.dump.clone();
        dump["db"][&grant][1][member] = value;
        assert_refused(&world, &dump, reason);
        assert_refused(&world, &dump, &grant);
    }
    for (from, to, reason) in [
        (key(&old, 1), "Diana".to_owned(), "canonical"),
        (grant.clone(), format!("diana;;{};;not-a-uuid", old.client_id), "hexadecimal"),
        (
            grant.clone(),
            format!("diana;;another;;{}", grant.rsplit(";;").next().unwrap()),
            "another client",
        ),
        (grant.clone(), "diana;;a;;b;;c".to_owned(), "is not the key"),
    ] {
        let mut dump = old.dump.clone();
        let node = dump["db"].as_object_mut().unwrap().remove(&from).unwrap();
        dump["db"][&to] = node;
        assert_refused(&world, &dump, reason);
    }
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
}

#[test]
fn people_who_would_come_out_as_others() {
    for old in Old::all() {
        let world = World::at(old.now, &[("SUBJECT_SALT", "another")]);
        assert_refused(&world, &old.dump, "SUBJECT_SALT");
        let record = json!({ "client_id": old.client_id, "client_secret": "x".repeat(32), "redirect_uris": ["https://rp.example/cb"] });
        super::imported(&world, &json!({ old.client_id: record }));
        assert_refused(&world, &old.dump, "SUBJECT_SALT");
        assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
    }
}

#[test]
fn too_many_at_once() {
    let [_, old, _] = Old::all();
    let world = old.successor();
    let user = |name: String| (name, old.dump["db"]["diana"].clone());
    let db: serde_json::Map<String, Value> = (0..201).map(|number| user(format!("user{number}"))).collect();
    assert_refused(&world, &json!({ "db": db, "salt": old.salt }), "200 users");
}

#[test]
fn a_form_that_nobody_knows() {
    let [_, old, _] = Old::all();
    let world = old.successor();
    super::imported(&world, &old.dump);
    for query in ["format=oidcop", "format=oidcop-2", "format=oidcop-2.0&format=oidcop-2.4"] {
        for path in ["/admin/sessions/diana", "/admin/sessions", "/admin/clients"] {
            let response = crate::world::get(&format!("{path}?{query}"))
                .bearer(crate::world::ADMIN_TOKEN)
                .send(&world);
            assert_eq!(
                (response.status, &body(&response)["error"]),
                (400, &json!("invalid_request")),
                "{path}?{query}"
            );
        }
    }
}
