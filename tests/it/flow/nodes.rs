//! What the operator revokes, node by node: whatever lies below is unusable from the next request on, and nothing beside it is touched.

use super::browser::{Browser, Shown, parameter, shown};
use super::party::{Party, enrol, grants, is_accepted, text};
use crate::world::{ADMIN_TOKEN, World, body, delete, get};
use serde_json::{Value, json};

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::registered(&world, json!({ "grant_types": ["authorization_code", "refresh_token"] }));
    (world, party)
}

fn tree(world: &World) -> Value {
    body(&get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(world))
}

fn listed(world: &World, kind: &str) -> Vec<Value> {
    let response = get(&format!("/admin/sessions/diana/{kind}")).bearer(ADMIN_TOKEN).send(world);
    assert_eq!(response.status, 200);
    body(&response)[kind].as_array().unwrap().clone()
}

fn revoke(world: &World, path: &str) -> u16 {
    delete(&format!("/admin/sessions/diana{path}"))
        .bearer(ADMIN_TOKEN)
        .send(world)
        .status
}

/// The id of a grant's token of some class, as the dump has it.
fn token_id(world: &World, class: &str) -> String {
    let dump = tree(world);
    let (_, grant) = grants(&dump)[0];
    let tokens = grant["issued_token"].as_array().unwrap();
    text(tokens.iter().find(|token| token["type"] == class).unwrap(), "id")
}

fn grant_id(world: &World) -> String {
    let dump = tree(world);
    let (key, _) = grants(&dump)[0];
    key.rsplit(";;").next().unwrap().to_owned()
}

#[test]
fn what_lies_below_a_revoked_node_is_dead() {
    type Path = fn(&World, &Party) -> String;
    let nodes: [(Path, &str); 5] = [
        (|_, _| String::new(), "login_required"),
        (|_, party| format!("/clients/{}", party.client.id()), "consent_required"),
        (|world, _| format!("/grants/{}", grant_id(world)), "consent_required"),
        (
            |world, _| format!("/logins/{}", text(&listed(world, "logins")[0], "id")),
            "login_required",
        ),
        (|world, _| format!("/tokens/{}", token_id(world, "authorization_code")), ""),
    ];
    for (path, silently) in nodes {
        let (world, party) = scene();
        let mut browser = Browser::new(&world);
        let bought = party.tokens(&world, &browser.code(&party.query(), "diana"));
        let (access, refresh) = (text(&bought, "access_token"), text(&bought, "refresh_token"));
        // The dump has the older grant first.
        world.advance(1);
        let unused = parameter(&browser.open(&party.query()), "code").unwrap();
        let path = path(&world, &party);
        assert_eq!(revoke(&world, &path), 204, "{path}");
        assert_eq!(revoke(&world, &path), 204, "again: {path}");
        assert!(!is_accepted(&world, &access), "{path}");
        assert_eq!(party.refresh(&world, &refresh).status, 400, "{path}");
        let below = path.is_empty() || path.starts_with("/clients") || path.starts_with("/logins");
        assert_eq!(party.redeem(&world, &unused).status == 200, !below, "{path}");
        let silent = browser.open(&party.query().with("prompt", "none"));
        assert_eq!(parameter(&silent, "error").unwrap_or_default(), silently, "{path}");
        assert!(world.faults().is_empty());
    }
}

#[test]
fn a_token_takes_along_what_it_minted_and_nothing_else() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let bought = party.tokens(&world, &browser.code(&party.query(), "diana"));
    let refreshed = party.refreshed(&world, &text(&bought, "refresh_token"));
    // The first refresh token minted the second one and its access token; the first access token is the code's.
    assert_eq!(revoke(&world, &format!("/tokens/{}", token_id(&world, "refresh_token"))), 204);
    assert!(is_accepted(&world, &text(&bought, "access_token")));
    assert!(!is_accepted(&world, &text(&refreshed, "access_token")));
    assert_eq!(party.refresh(&world, &text(&refreshed, "refresh_token")).status, 400);
}

#[test]
fn logins_and_consents_are_listed_and_end_one_by_one() {
    let (world, party) = scene();
    let (mut one, mut other) = (Browser::new(&world), Browser::new(&world));
    one.code(&party.query(), "diana");
    world.advance(5);
    let page = other.open(&party.query());
    assert_eq!(shown(&other.sign_in(&page, "diana")), Shown::Redirect);
    let logins = listed(&world, "logins");
    assert_eq!(logins.len(), 2);
    assert_eq!(
        logins[0]["auth_time"].as_i64().unwrap() - logins[1]["auth_time"].as_i64().unwrap(),
        5
    );
    assert_eq!(logins[0]["revoked"], false);
    // The older device is signed out; the newer one is not.
    assert_eq!(revoke(&world, &format!("/logins/{}", text(&logins[1], "id"))), 204);
    assert_eq!(shown(&one.open(&party.query())), Shown::Login);
    assert_eq!(shown(&other.open(&party.query())), Shown::Redirect);
    assert_eq!(listed(&world, "logins")[1]["revoked"], true);

    let consents = listed(&world, "consents");
    assert_eq!(consents.len(), 1);
    assert_eq!(consents[0]["client_id"], party.client.id());
    let consent = format!("/consents/{}", party.client.id());
    assert_eq!(revoke(&world, &consent), 204);
    assert_eq!(revoke(&world, &consent), 404);
    assert!(listed(&world, "consents").is_empty());
    assert_eq!(shown(&other.open(&party.query())), Shown::Consent);
}

#[test]
fn only_the_operator_and_only_nodes_that_there_are() {
    let (world, party) = scene();
    Browser::new(&world).code(&party.query(), "diana");
    let before = world.dump();
    let hex = "0123456789abcdef0123456789abcdef";
    for path in [
        "/grants/".to_owned() + hex,
        "/tokens/".to_owned() + hex,
        "/logins/".to_owned() + hex,
        "/clients/nobody".to_owned(),
        "/consents/nobody".to_owned(),
        "/grants/XYZ".to_owned(),
        "/grants/".to_owned(),
        "/grants".to_owned(),
        "/users/diana".to_owned(),
        format!("/grants/{hex}/more"),
    ] {
        assert_eq!(revoke(&world, &path), 404, "{path}");
    }
    for path in ["", "/logins", "/consents", "/clients/x"] {
        let target = format!("/admin/sessions/diana{path}");
        assert_eq!(
            get(&target).send(&world).status,
            if path == "/clients/x" { 405 } else { 401 },
            "{path}"
        );
        let expected = if matches!(path, "/logins" | "/consents") { 405 } else { 401 };
        assert_eq!(delete(&target).send(&world).status, expected, "{path}");
    }
    assert!(world.dump() == before, "nothing has changed");
    for target in ["/admin/sessions/nobody/logins", "/admin/sessions/no%20body/consents"] {
        assert_eq!(get(target).bearer(ADMIN_TOKEN).send(&world).status, 404);
    }
    assert_eq!(delete("/admin/sessions/nobody").bearer(ADMIN_TOKEN).send(&world).status, 404);
    assert_eq!(world.stored(treeline::object::Class::UserSession), ["diana"]);
}
