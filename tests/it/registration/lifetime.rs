//! A registration from its first millisecond to its end, in every store that knows of it.

use super::{MONTH, assert_error, found, id, minimal, register, revoked, sign_in, with};
use crate::world::{World, body, get, post, put};
use serde_json::json;
use treeline::client::home::ReadRecord;
use treeline::client::record::ClientRecord;
use treeline::endpoint::client_lookup::find;
use treeline::oauth::ids::ClientId;
use treeline::object::Class;

#[test]
fn a_client_works_at_once_wherever_kv_lags() {
    let world = World::new();
    world.freeze_kv();
    let client = world.register(minimal());
    world.take_touches();
    assert!(found(&world, &client));
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.asked(Class::Registration)), (1, 1));
    world.thaw_kv();
    world.forget_clients();
    assert!(found(&world, &client));
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.all_asked()), (1, 0), "an ordinary look-up reads KV alone");
}

#[test]
fn an_invented_client_id_reaches_no_object() {
    let world = World::new();
    let genuine = world.register(minimal());
    let tampered = genuine.id().replacen(|c: char| c != 'A', "A", 1);
    let long = "A".repeat(10_000);
    world.take_touches();
    let invented = [
        "",
        "a",
        "86M1io6O2Vdy",
        "AAAAAAAAAAAAAAAAAAAAAAAA",
        &tampered,
        &long,
        "..",
        "é",
        "a\u{0}b",
        "../admin",
    ];
    for text in invented {
        assert_eq!(pollster::block_on(find(&world, &ClientId(text.to_owned()))), Ok(None), "{text}");
    }
    assert_eq!(world.take_touches().all_asked(), 0);
    assert_eq!(world.stored(Class::Registration), [genuine.id()]);
}

/// Another provider's ids look alike but carry another MAC.
#[test]
fn an_id_of_another_provider_is_an_invented_one() {
    let key = treeline::oauth::base64url::encode([8; 32]);
    let (world, other) = (World::new(), World::with(&[("SEAL_KEY", &key)]));
    let client = other.register(minimal());
    assert!(!found(&world, &client));
    assert_eq!(world.take_touches().all_asked(), 0);
}

#[test]
fn a_client_ends_with_its_lifetime_even_if_nobody_sweeps() {
    let world = World::new();
    let client = world.register(minimal());
    world.advance(MONTH - 1);
    assert!(found(&world, &client));
    assert_eq!(get(&client.configuration()).bearer(client.token()).send(&world).status, 200);
    world.freeze_kv();
    world.advance(1);
    assert!(!found(&world, &client));
    let response = get(&client.configuration()).bearer(client.token()).send(&world);
    assert_error(&response, 401, "invalid_token");
    assert!(world.ask(client.id(), ReadRecord {}).is_ok(), "nobody has swept");
}

#[test]
fn a_client_without_an_end_stays() {
    let world = World::with(&[("CLIENT_LIFETIME", "0")]);
    let client = world.register(minimal());
    world.run_alarms();
    world.advance(100 * 365 * 86_400);
    world.run_alarms();
    assert!(found(&world, &client));
}

#[test]
fn the_end_of_a_client_revokes_it_everywhere_and_leaves_nothing() {
    let world = World::new();
    let client = world.register(minimal());
    assert_eq!(world.next_alarm(Class::Registration, client.id()).unwrap().0, 1_800_000_000 + MONTH);
    world.advance(MONTH - 60);
    sign_in(&world, "diana", &client);
    world.advance(60);
    world.run_alarms();
    assert!(revoked(&world, "diana", &client));
    assert_eq!(world.stored(Class::Registration), Vec::<String>::new());
}

/// KV takes no lifetime under a minute; that must not become an error of ours.
#[test]
fn a_very_short_lifetime_is_kept_all_the_same() {
    let world = World::with(&[("CLIENT_LIFETIME", "1")]);
    let client = world.register(minimal());
    assert!(found(&world, &client));
    world.advance(1);
    assert!(!found(&world, &client));
    assert!(world.faults().is_empty());
}

#[test]
fn an_update_near_the_end_does_not_prolong_the_client() {
    let world = World::new();
    let client = world.register(minimal());
    world.advance(MONTH - 1);
    let update = with(json!({ "client_id": client.id() }));
    assert_eq!(
        put(&client.configuration())
            .bearer(client.token())
            .json(&update)
            .send(&world)
            .status,
        200
    );
    world.advance(1);
    assert!(!found(&world, &client));
}

/// The same for a registration: what breaks off has told nobody an id, and has left nothing that does not end by itself.
#[test]
fn a_registration_that_breaks_off_leaves_nothing_for_long() {
    for steps in 0..10 {
        let world = World::new();
        world.die_after(steps);
        let status = register(&world, &minimal()).status;
        world.revive();
        world.advance(MONTH);
        world.run_alarms();
        assert_eq!(world.stored(Class::Registration), Vec::<String>::new());
        assert_eq!(world.stored(Class::Pending), Vec::<String>::new());
        if status == 201 {
            return;
        }
        assert_eq!(status, 503);
    }
    panic!("a registration takes more than ten steps");
}

#[test]
fn a_record_that_cannot_be_read_is_our_fault() {
    let world = World::new();
    let client = world.register(minimal());
    world.set_kv(&ClientRecord::kv_key(&id(&client)), "{}");
    let response = post("/token")
        .basic(&client)
        .form(&[("grant_type", "authorization_code")])
        .send(&world);
    assert_eq!(response.status, 500);
    assert_eq!(body(&response)["error"], "server_error");
    assert_eq!(world.faults().len(), 1);
}
