//! Client databases.

use super::{Old, exported, import, imported};
use crate::flow::browser::{Browser, Shown, shown};
use crate::flow::party::{Party, decode, enrol, text};
use crate::world::{ADMIN_TOKEN, Registered, World, body, delete, get, put};
use serde_json::{Value, json};

/// The databases by form, with a moment at which their clients were good.
fn databases() -> [(&'static str, Value, i64); 3] {
    let read = |text: &str| serde_json::from_str(text).expect("JSON");
    [
        (
            "oidcop-2.0",
            read(include_str!("../../vectors/oidcop/client-record.json")),
            1_619_400_000,
        ),
        (
            "oidcop-2.4",
            read(include_str!("../../vectors/oidcop/oidcop-2.4.3-clients.json")),
            1_795_407_200,
        ),
        (
            "idpyoidc-5",
            read(include_str!("../../vectors/oidcop/idpyoidc-5.0.0-clients.json")),
            1_795_407_200,
        ),
    ]
}

fn world_at(now: i64) -> World {
    World::at(now, &[("ISSUER", "https://127.0.0.1:5000")])
}

fn listed(world: &World, format: &str) -> Value {
    body(&get(&format!("/admin/clients?format={format}")).bearer(ADMIN_TOKEN).send(world))
}

#[test]
fn a_database_comes_out_as_it_came_in() {
    for (format, database, now) in databases() {
        let world = world_at(now);
        let id = database.as_object().unwrap().keys().next().unwrap().clone();
        assert_eq!(
            imported(&world, &database),
            json!({ "clients": [id], "left_alone": [], "expired": [] })
        );
        assert_eq!(listed(&world, format), database, "{format}");
        assert_eq!(
            imported(&world, &database),
            json!({ "clients": [], "left_alone": [id], "expired": [] })
        );
        assert_eq!(world.faults(), []);
    }
}

#[test]
fn the_operator_s_decisions_come_along() {
    let (format, mut database, now) = databases()[1].clone();
    let world = world_at(now);
    let record = database.as_object_mut().unwrap().values_mut().next().unwrap();
    record["allowed_scopes"] = json!(["openid", "email"]);
    record["token_usage_rules"] = json!({ "access_token": { "expires_in": 600 } });
    record["redirect_uris"] = json!([["https://127.0.0.1:8090/cb", { "shop": ["1", "2 3"] }]]);
    imported(&world, &database);
    let shown = listed(&world, format);
    let shown = shown.as_object().unwrap().values().next().unwrap();
    for member in ["allowed_scopes", "redirect_uris"] {
        assert_eq!(shown[member], database.as_object().unwrap().values().next().unwrap()[member]);
    }
    assert_eq!(shown["token_usage_rules"]["access_token"], json!({ "expires_in": 600 }));
}

#[test]
fn a_client_that_has_ended_is_left_out() {
    let (_, database, _) = databases()[0].clone();
    let world = world_at(1_700_000_000);
    assert_eq!(imported(&world, &database)["expired"], json!(["86M1io6O2Vdy"]));
    assert_eq!(listed(&world, "oidcop-2.0"), json!({}));
}

#[test]
fn a_client_that_has_been_deleted_stays_deleted() {
    let (_, database, now) = databases()[1].clone();
    let world = world_at(now);
    imported(&world, &database);
    let party = party(&database);
    party.delete(&world);
    world.run_alarms();
    let id = party.client.id();
    assert_eq!(imported(&world, &database)["left_alone"], json!([id]));
    assert_eq!(listed(&world, "oidcop-2.4"), json!({}));
}

#[test]
fn what_no_client_may_register_is_refused() {
    for (member, value) in [
        ("redirect_uris", json!([])),
        ("redirect_uris", json!([["https://rp.example/cb", {}, {}]])),
        ("redirect_uris", json!([["javascript:alert(1)", {}]])),
        ("client_id", json!("another")),
        ("client_secret", json!(null)),
        ("token_usage_rules", json!({ "access_token": { "expires_in": 0 } })),
        ("add_claims", json!([])),
    ] {
        let (_, mut database, now) = databases()[1].clone();
        let world = world_at(now);
        let record = database.as_object_mut().unwrap().values_mut().next().unwrap();
        record[member] = value.clone();
        let response = import(&world, &database);
        assert_eq!(response.status, 400, "{member}: {value}");
        assert!(
            response.body.as_str().contains("1GGHPRJGH3pTtAWo8KLvPw"),
            "{}",
            response.body.as_str()
        );
        assert_eq!(listed(&world, "oidcop-2.4"), json!({}));
    }
}

/// The client of a database as one that has registered.
fn party(database: &Value) -> Party {
    let record = database.as_object().unwrap().values().next().unwrap();
    Party {
        client: Registered(record.clone()),
        redirect_uri: record["redirect_uris"][0][0].as_str().unwrap().to_owned(),
    }
}

#[test]
fn people_find_themselves_where_they_were() {
    // The first dump and the first database are of two clients.
    for (old, (format, database, _)) in Old::all().into_iter().zip(databases()).skip(1) {
        let world = old.successor();
        imported(&world, &database);
        imported(&world, &old.dump);
        enrol(&world, "diana");
        let party = party(&database);
        // With the secret that the client has, and without asking for what was granted before.
        let mut browser = Browser::new(&world);
        let page = browser.open(&party.query());
        let answer = browser.sign_in(&page, "diana");
        assert_eq!(shown(&answer), Shown::Redirect, "{format}");
        let code = crate::flow::browser::callback(&answer, "code");
        let tokens = party.tokens(&world, &code);
        let node = exported(&world, format)["db"]
            .as_object()
            .unwrap()
            .values()
            .rfind(|node| !node[1]["sub"].is_null())
            .unwrap()
            .clone();
        let before = old.dump["db"]
            .as_object()
            .unwrap()
            .values()
            .find(|node| !node[1]["sub"].is_null())
            .unwrap()[1]["sub"]
            .clone();
        assert_eq!(node[1]["sub"], before);
        assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], before, "{format}");
    }
}

#[test]
fn an_imported_client_manages_its_registration_and_is_decided_about() {
    let (_, database, now) = databases()[2].clone();
    let world = world_at(now);
    imported(&world, &database);
    let party = party(&database);
    let path = party.client.configuration();
    let shown = get(&path).bearer(party.client.token()).send(&world);
    assert_eq!(shown.status, 200, "{}", shown.body.as_str());
    let policy = put(&format!("/admin/clients/{}/policy", party.client.id()))
        .bearer(ADMIN_TOKEN)
        .json(&json!({ "refresh_grace": 0 }));
    assert_eq!(policy.send(&world).status, 200);
    assert_eq!(delete(&path).bearer(party.client.token()).send(&world).status, 204);
    assert_eq!(get(&path).bearer(party.client.token()).send(&world).status, 401);
}
