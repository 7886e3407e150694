//! Clients that the operator registers, changes and ends.

use super::{ask, assert_names, send};
use crate::flow::browser::Browser;
use crate::flow::party::{OFFLINE, Party, enrol, is_accepted, text};
use crate::world::{ADMIN_TOKEN, Registered, World, body, delete, get, post, put};
use serde_json::{Value, json};
use treeline::client::home::ReadRecord;
use treeline::client::memory::FRESH;
use treeline::object::Class;

const NOW: i64 = 1_800_000_000;

fn minimal() -> Value {
    json!({ "redirect_uris": ["https://rp.example/cb"], "client_name": "Alpine Supply" })
}

fn with(more: Value) -> Value {
    let mut metadata = minimal();
    for (name, value) in more.as_object().expect("an object") {
        metadata[name] = value.clone();
    }
    metadata
}

fn create(world: &World, metadata: &Value) -> Registered {
    Registered(ask(world, post("/admin/clients").json(metadata), 201))
}

fn at(client: &Registered) -> String {
    format!("/admin/clients/{}", client.id())
}

/// Whether the secret is taken for the client's.
fn is_authenticated(world: &World, client: &Registered, secret: &str) -> bool {
    let response = post("/introspection")
        .basic_pair(client.id(), secret)
        .form(&[("token", "none")])
        .send(world);
    match response.status {
        200 => true,
        401 => false,
        status => panic!("{status}: {}", response.body.as_str()),
    }
}

fn rotate(world: &World, client: &Registered) -> String {
    let answer = ask(world, post(&format!("{}/secret", at(client))), 200);
    assert_eq!(answer.as_object().expect("an object").len(), 1);
    text(&answer, "client_secret")
}

#[test]
fn a_new_client_is_told_what_one_is_told_that_registers_itself() {
    let world = World::new();
    world.take_touches();
    let client = create(&world, &minimal());
    let touches = world.take_touches();
    assert_eq!(
        (touches.asked(Class::Registration), touches.asked(Class::Pending), touches.kv_puts),
        (1, 0, 1)
    );
    let itself = world.register(minimal());
    let names = |client: &Registered| client.0.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&client), names(&itself));
    assert!(is_authenticated(&world, &client, client.secret()));
    let own = get(&client.configuration()).bearer(client.token()).send(&world);
    assert_eq!(body(&own), client.0);
}

#[test]
fn it_ends_when_the_operator_says() {
    let world = World::new();
    for (given, end) in [
        (json!({}), NOW + 30 * 86_400),
        (json!({ "expires_at": null }), NOW + 30 * 86_400),
        (json!({ "expires_at": 0 }), 0),
        (json!({ "expires_at": NOW + 100 }), NOW + 100),
        (json!({ "expires_at": NOW + 3650 * 86_400 }), NOW + 3650 * 86_400),
    ] {
        let client = create(&world, &with(given));
        assert_eq!(client.0["client_secret_expires_at"], end);
        assert_eq!(ask(&world, get(&at(&client)), 200)["expires_at"], end);
        let changed = ask(&world, put(&at(&client)).json(&with(json!({ "expires_at": NOW + 50 }))), 200);
        assert_eq!(changed["expires_at"], NOW + 50);
        assert_eq!(
            ask(&world, put(&at(&client)).json(&minimal()), 200)["expires_at"],
            NOW + 50,
            "what is not said stays"
        );
    }
    let brief = create(&world, &with(json!({ "expires_at": NOW + 50 })));
    world.advance(50);
    for request in [
        get(&at(&brief)),
        put(&at(&brief)).json(&minimal()),
        delete(&at(&brief)),
        post(&format!("{}/secret", at(&brief))),
    ] {
        ask(&world, request, 404);
    }
    world.run_alarms();
    assert_eq!(world.stored(Class::Registration), [] as [String; 0]);
}

#[test]
fn what_is_no_client_is_named_and_nothing_of_it_is_kept() {
    let world = World::new();
    let client = create(&world, &minimal());
    let before = world.dump();
    for (metadata, error, name) in [
        (json!({}), "invalid_redirect_uri", "redirect_uris"),
        (
            json!({ "redirect_uris": "https://rp.example/cb" }),
            "invalid_client_metadata",
            "redirect_uris",
        ),
        (
            json!({ "redirect_uris": ["https://rp.example/cb#x"] }),
            "invalid_redirect_uri",
            "redirect_uris",
        ),
        (with(json!({ "client_name": 1 })), "invalid_client_metadata", "client_name"),
        (
            with(json!({ "default_max_age": "1" })),
            "invalid_client_metadata",
            "default_max_age",
        ),
        (
            with(json!({ "require_auth_time": "yes" })),
            "invalid_client_metadata",
            "require_auth_time",
        ),
        (with(json!({ "contacts": [1] })), "invalid_client_metadata", "contacts"),
        (
            with(json!({ "grant_types": ["password"] })),
            "invalid_client_metadata",
            "grant_types",
        ),
        (
            with(json!({ "sector_identifier_uri": "https://rp.example/none" })),
            "invalid_client_metadata",
            "sector_identifier_uri",
        ),
        (with(json!({ "expires_at": "0" })), "invalid_request", "expires_at"),
        (with(json!({ "expires_at": -1 })), "invalid_request", "expires_at"),
        (with(json!({ "expires_at": 1.5 })), "invalid_request", "expires_at"),
        (with(json!({ "expires_at": NOW })), "invalid_request", "expires_at"),
        (
            with(json!({ "expires_at": NOW + 3650 * 86_400 + 1 })),
            "invalid_request",
            "expires_at",
        ),
        (json!([]), "invalid_request", "body"),
        (json!(null), "invalid_request", "body"),
    ] {
        for request in [post("/admin/clients"), put(&at(&client))] {
            assert_names(&send(&world, request.json(&metadata)), error, name);
        }
    }
    for request in [|| post("/admin/clients"), || post("/admin/clients")] {
        assert_names(&send(&world, request().text("{")), "invalid_request", "body");
        assert_names(&send(&world, request().too_large()), "invalid_request", "body");
    }
    for (identity, name) in [
        (json!({ "client_id": "another" }), "client_id"),
        (json!({ "client_id": null }), "client_id"),
        (json!({ "client_secret": "mine" }), "client_secret"),
    ] {
        assert_names(
            &send(&world, put(&at(&client)).json(&with(identity))),
            "invalid_client_metadata",
            name,
        );
    }
    assert!(world.dump() == before, "nothing has changed");
    assert!(world.faults().is_empty());
}

#[test]
fn it_is_shown_without_what_is_secret() {
    let world = World::new();
    let client = create(&world, &minimal());
    world.freeze_kv();
    let shown = ask(&world, get(&at(&client)), 200);
    let mut expected = client.0.clone();
    let members = expected.as_object_mut().unwrap();
    assert!(members.remove("client_secret").is_some() && members.remove("registration_access_token").is_some());
    members.insert("expires_at".to_owned(), json!(NOW + 30 * 86_400));
    assert_eq!(shown, expected);
    ask(&world, get("/admin/clients/unknown"), 404);
    ask(&world, get("/admin/clients/%20"), 404);
    assert_eq!(
        get("/admin/clients/").bearer(ADMIN_TOKEN).send(&world).status,
        404,
        "an empty name is none"
    );
}

#[test]
fn what_is_shown_can_be_sent_back_changed() {
    let world = World::new();
    let client = create(
        &world,
        &with(json!({ "contacts": ["ops@rp.example"], "client_name#fr": "Magasin" })),
    );
    let mut shown = ask(&world, get(&at(&client)), 200);
    assert_eq!(ask(&world, put(&at(&client)).json(&shown), 200), shown);
    shown.as_object_mut().unwrap().remove("contacts");
    shown["client_name"] = json!("Another name");
    assert_eq!(ask(&world, put(&at(&client)).json(&shown), 200), shown);
    assert!(is_authenticated(&world, &client, client.secret()), "the secret stays");
    // The client manages its registration as before.
    let own = body(&get(&client.configuration()).bearer(client.token()).send(&world));
    assert_eq!((&own["client_name"], own.get("contacts")), (&json!("Another name"), None));
}

#[test]
fn a_policy_outlives_every_change() {
    let world = World::new();
    let client = create(&world, &minimal());
    let policy = format!("{}/policy", at(&client));
    ask(&world, put(&policy).json(&json!({ "allowed_scopes": ["openid"] })), 200);
    ask(&world, put(&at(&client)).json(&minimal()), 200);
    rotate(&world, &client);
    assert_eq!(ask(&world, get(&policy), 200)["allowed_scopes"], json!(["openid"]));
}

#[test]
fn a_first_secret_is_told() {
    let world = World::new();
    let client = create(&world, &with(json!({ "token_endpoint_auth_method": "none" })));
    assert_eq!(client.0.get("client_secret"), None);
    let refused = send(&world, post(&format!("{}/secret", at(&client))));
    assert_names(&refused, "invalid_request", "token_endpoint_auth_method");
    let told = Registered(ask(&world, put(&at(&client)).json(&minimal()), 200));
    assert!(is_authenticated(&world, &told, told.secret()));
    assert_eq!(told.0.get("registration_access_token"), None);
    assert_eq!(
        ask(&world, put(&at(&client)).json(&minimal()), 200).get("client_secret"),
        None,
        "once"
    );
    assert!(is_authenticated(&world, &told, told.secret()));
}

#[test]
fn an_old_secret_is_refused_at_once() {
    let world = World::new();
    let client = create(&world, &minimal());
    let mut secrets = vec![client.secret().to_owned()];
    for _ in 0..3 {
        let new = rotate(&world, &client);
        assert!(is_authenticated(&world, &client, &new));
        assert!(secrets.iter().all(|old| !is_authenticated(&world, &client, old)));
        secrets.push(new);
    }
    assert!(secrets.iter().all(|secret| !world.dump().contains(secret)), "none lies in storage");
    ask(&world, post("/admin/clients/unknown/secret"), 404);
    // What it signs or encrypts for itself is by the new one too.
    let own = body(&get(&client.configuration()).bearer(client.token()).send(&world));
    assert_eq!(own["client_secret"], secrets[3]);
}

#[test]
fn a_place_whose_kv_lags_knows_an_old_secret_no_longer_than_kv_lags() {
    let world = World::new();
    let client = create(&world, &minimal());
    world.freeze_kv();
    let new = rotate(&world, &client);
    assert!(is_authenticated(&world, &client, client.secret()));
    world.thaw_kv();
    // An isolate that remembers the client takes the old secret for a while still, and looks again before it refuses the new one.
    world.advance(FRESH - 1);
    assert!(is_authenticated(&world, &client, client.secret()));
    assert!(is_authenticated(&world, &client, &new));
    assert!(!is_authenticated(&world, &client, client.secret()));
}

#[test]
fn an_isolate_knows_an_old_secret_no_longer_than_it_remembers_the_client() {
    let world = World::new();
    let client = create(&world, &minimal());
    world.freeze_kv();
    rotate(&world, &client);
    assert!(is_authenticated(&world, &client, client.secret()));
    world.thaw_kv();
    world.advance(FRESH);
    assert!(!is_authenticated(&world, &client, client.secret()));
}

/// In whichever order their steps fall, the old secret never comes back.
#[test]
fn a_change_beside_a_rotation_brings_no_old_secret_back() {
    for (first, second) in (0..8).flat_map(|turns| [(0, turns), (turns, 0)]) {
        let world = World::new();
        let client = create(&world, &minimal());
        world.slow_next_put(if first == 0 { 0 } else { 20 });
        let itself = with(json!({ "client_id": client.id(), "client_secret": client.secret() }));
        let operator = |request: crate::world::Outgoing| request.bearer(ADMIN_TOKEN).build();
        let responses = world.send_staggered(&[
            (first, operator(post(&format!("{}/secret", at(&client))))),
            (second, operator(put(&at(&client)).json(&with(json!({ "client_name": "new" }))))),
            (second, put(&client.configuration()).bearer(client.token()).json(&itself).build()),
        ]);
        assert_eq!((responses[0].status, responses[1].status), (200, 200));
        let new = text(&body(&responses[0]), "client_secret");
        assert!(is_authenticated(&world, &client, &new), "{first} {second}");
        assert!(!is_authenticated(&world, &client, client.secret()), "{first} {second}");
    }
}

#[test]
fn two_rotations_at_once_leave_one_secret() {
    for turns in 0..6 {
        let world = World::new();
        let client = create(&world, &minimal());
        let request = || post(&format!("{}/secret", at(&client))).bearer(ADMIN_TOKEN).build();
        world.slow_next_put(20);
        let responses = world.send_staggered(&[(0, request()), (turns, request())]);
        let told: Vec<String> = responses.iter().map(|response| text(&body(response), "client_secret")).collect();
        let good = told.iter().filter(|secret| is_authenticated(&world, &client, secret)).count();
        assert_eq!(good, 1);
        assert!(!is_authenticated(&world, &client, client.secret()));
    }
}

#[test]
fn a_deleted_client_takes_its_grants_along() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party {
        client: create(&world, &minimal()),
        redirect_uri: "https://rp.example/cb".to_owned(),
    };
    let code = Browser::new(&world).code(&party.query().with("scope", OFFLINE), "diana");
    let tokens = party.tokens(&world, &code);
    world.run_alarms();
    ask(&world, delete(&at(&party.client)), 204);
    assert!(!is_accepted(&world, &text(&tokens, "access_token")));
    assert_eq!(party.refresh(&world, &text(&tokens, "refresh_token")).status, 401);
    for request in [
        get(&at(&party.client)),
        delete(&at(&party.client)),
        put(&at(&party.client)).json(&minimal()),
    ] {
        ask(&world, request, 404);
    }
    let ghost = get(&party.client.configuration()).bearer(party.client.token()).send(&world);
    assert_eq!(ghost.status, 401);
}

/// The provider dies after each step of a deletion in turn; the same request, sent again, completes what is left.
#[test]
fn a_deletion_that_breaks_off_can_be_sent_again() {
    for steps in 0..10 {
        let world = World::new();
        let client = create(&world, &minimal());
        world.die_after(steps);
        let status = send(&world, delete(&at(&client))).status;
        world.revive();
        if status == 204 {
            return;
        }
        assert_eq!(status, 503);
        ask(&world, delete(&at(&client)), 204);
        assert!(world.ask(client.id(), ReadRecord {}).is_err());
    }
    panic!("a deletion takes more than ten steps");
}

#[test]
fn a_client_of_which_kv_knows_nothing_does_not_live_on() {
    for (path, expires_at) in [
        ("/registration", json!(null)),
        ("/admin/clients", json!(0)),
        ("/admin/clients", json!(NOW + 100)),
    ] {
        let world = World::new();
        // For a registration the address is counted first.
        world.lapse_after(if path == "/registration" { 2 } else { 1 });
        let response = send(&world, post(path).json(&with(json!({ "expires_at": expires_at }))));
        assert_eq!(
            (response.status, &body(&response)["error"]),
            (503, &json!("temporarily_unavailable"))
        );
        let [id] = world.stored(Class::Registration).try_into().unwrap();
        assert!(world.ask(&id, ReadRecord {}).is_err(), "{path}");
        world.advance(30 * 86_400);
        world.run_alarms();
        assert_eq!(world.stored(Class::Registration), [] as [String; 0]);
    }
}

#[test]
fn an_imported_id_is_one_segment_encoded_as_any_is() {
    let world = World::new();
    let record = json!({ "client_secret": "x".repeat(32), "redirect_uris": ["https://rp.example/cb"] });
    ask(
        &world,
        post("/admin/import").json(&json!({ "https://rp.example/?a=%2F": record })),
        200,
    );
    let path = "/admin/clients/https%3A%2F%2Frp.example%2F%3Fa%3D%252F";
    assert_eq!(ask(&world, get(path), 200)["client_id"], "https://rp.example/?a=%2F");
    ask(&world, get(&format!("{path}/policy")), 200);
    ask(&world, delete(path), 204);
    ask(&world, get(path), 404);
}
