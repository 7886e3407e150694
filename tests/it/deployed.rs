//! A provider that is deployed anew: with other secrets, another epoch, another policy.

use crate::flow::browser::Browser;
use crate::flow::party::{OFFLINE, PASSWORD, Party, assert_refused, enrol, is_accepted, scene, text};
use crate::world::{ADMIN_TOKEN, Registered, World, body, get, post};
use serde_json::json;
use treeline::oauth::base64url;

const INITIAL: &str = "the-initial-access-token-of-this-world-012345";

fn secret(byte: u8) -> String {
    base64url::encode([byte; 32])
}

/// Everything that somebody may hold when the secrets change.
struct Held {
    refresh_token: String,
    access_token: String,
    code: String,
    session: String,
}

fn held(world: &World, party: &Party) -> Held {
    let tokens = party.offline_tokens(world);
    let mut browser = Browser::new(world);
    let code = browser.code(&party.query().with("scope", OFFLINE), "diana");
    Held {
        refresh_token: text(&tokens, "refresh_token"),
        access_token: text(&tokens, "access_token"),
        code,
        session: browser.cookie("__Host-treeline-session").expect("a session").to_owned(),
    }
}

fn is_signed_in(world: &World, party: &Party, session: &str) -> bool {
    let mut browser = Browser::new(world);
    browser.set_cookie("__Host-treeline-session", session);
    let answer = browser.open(&party.query().with("prompt", "none"));
    crate::flow::browser::parameter(&answer, "error").as_deref() != Some("login_required")
}

#[test]
fn two_seal_keys_are_live_at_once_and_then_one() {
    let (world, party) = scene();
    let before = held(&world, &party);
    let world = world.redeployed(&[("SEAL_KEY", &secret(8)), ("SEAL_KEY_PREVIOUS", &secret(7))]);
    assert!(is_accepted(&world, &before.access_token));
    assert!(is_signed_in(&world, &party, &before.session));
    party.tokens(&world, &before.code);
    let refreshed = party.refreshed(&world, &before.refresh_token);
    let after = held(&world, &party);
    // The keys and the client's secret are still under the earlier one: both are made anew before it goes.
    let rotated = post("/admin/keys/rotate").bearer(ADMIN_TOKEN).send(&world);
    assert_eq!(rotated.status, 200);
    let world = world.redeployed(&[("SEAL_KEY", &secret(8))]);
    assert!(
        !is_accepted(&world, &before.access_token),
        "what only the earlier one opens is nothing any more"
    );
    assert!(is_accepted(&world, &after.access_token));
    assert!(!is_signed_in(&world, &party, &before.session));
    assert!(is_signed_in(&world, &party, &after.session));
    assert!(!text(&refreshed, "refresh_token").is_empty());
}

#[test]
fn a_client_that_is_published_is_sealed_with_the_present_key() {
    let (world, party) = scene();
    let record = |world: &World| world.kv_text(&format!("client/{}", party.client.id()));
    let before = record(&world);
    let publish = |world: &World| {
        let target = format!("/admin/clients/{}/publish", party.client.id());
        post(&target).bearer(ADMIN_TOKEN).send(world).status
    };
    assert_eq!(publish(&world), 204);
    assert_eq!(record(&world), before, "nothing to seal anew");
    let world = world.redeployed(&[("SEAL_KEY", &secret(8)), ("SEAL_KEY_PREVIOUS", &secret(7))]);
    assert_eq!(publish(&world), 204);
    assert_eq!(post("/admin/keys/rotate").bearer(ADMIN_TOKEN).send(&world).status, 200);
    let world = world.redeployed(&[("SEAL_KEY", &secret(8))]);
    held(&world, &party);
    let target = format!("/registration_api?client_id={}", party.client.id());
    assert_eq!(get(&target).bearer(party.client.token()).send(&world).status, 200);
}

#[test]
fn a_key_encryption_key_may_come_later_and_change() {
    let (world, party) = scene();
    let before = held(&world, &party);
    let world = world.redeployed(&[("KEY_ENCRYPTION_KEY", &secret(3))]);
    assert!(is_accepted(&world, &before.access_token));
    let world = world.redeployed(&[("KEY_ENCRYPTION_KEY", &secret(4)), ("SEAL_KEY_PREVIOUS", &secret(3))]);
    assert!(is_accepted(&world, &before.access_token));
    let first = World::with(&[("KEY_ENCRYPTION_KEY", &secret(3))]);
    enrol(&first, "diana");
    let party = Party::register(&first);
    let token = text(&party.offline_tokens(&first), "access_token");
    let without = first.redeployed(&[]);
    let answer = get("/jwks").send(&without);
    assert_eq!(
        answer.status, 500,
        "a key that nothing opens is a fault, and none is made in its place"
    );
    let again = without.redeployed(&[("KEY_ENCRYPTION_KEY", &secret(3))]);
    assert!(is_accepted(&again, &token));
}

#[test]
fn registration_takes_the_initial_access_token_in_production() {
    let metadata = json!({ "redirect_uris": ["https://rp.example/cb"] });
    let register = |world: &World, token: Option<&str>| {
        let request = post("/registration").json(&metadata);
        match token {
            Some(token) => request.bearer(token).send(world),
            None => request.send(world),
        }
    };
    let world = World::with(&[("REGISTRATION", "token"), ("REGISTRATION_TOKEN", INITIAL)]);
    let refused = register(&world, None);
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (401, Some(r#"Bearer realm="treeline""#))
    );
    for wrong in ["", "wrong", &INITIAL[1..], ADMIN_TOKEN] {
        let refused = register(&world, Some(wrong));
        assert_eq!(refused.status, 401, "{wrong}");
        assert!(refused.header("www-authenticate").unwrap().contains(r#"error="invalid_token""#));
    }
    let registered = register(&world, Some(INITIAL));
    assert_eq!(registered.status, 201, "{:?}", registered.body);
    let client = Registered(body(&registered));
    // What follows takes the client's own token, as ever.
    let read = get(&client.configuration()).bearer(client.token()).send(&world);
    assert_eq!(read.status, 200);
    let closed = World::with(&[("REGISTRATION", "token")]);
    assert_eq!(register(&closed, Some(INITIAL)).status, 401, "only the operator registers");
    assert_eq!(register(&closed, Some("")).status, 401);
    let told = |world: &World| body(&get("/.well-known/openid-configuration").send(world))["registration_endpoint"].is_string();
    assert!(told(&world) && !told(&closed), "nobody is sent where nobody may register");
}

#[test]
fn an_epoch_ends_what_was_issued_before_it_and_nothing_else() {
    let (world, party) = scene();
    let before = held(&world, &party);
    world.advance(10);
    let epoch = world.now_text();
    let world = world.redeployed(&[("EPOCH", &epoch)]);
    assert!(!is_accepted(&world, &before.access_token));
    assert!(!is_signed_in(&world, &party, &before.session));
    assert_refused(&party.refresh(&world, &before.refresh_token), 400, "invalid_grant");
    assert_refused(&party.redeem(&world, &before.code), 400, "invalid_grant");
    let after = held(&world, &party);
    world.advance(10);
    let world = world.redeployed(&[("EPOCH", &epoch)]);
    assert!(is_accepted(&world, &after.access_token) && is_signed_in(&world, &party, &after.session));
    party.refreshed(&world, &after.refresh_token);
    party.tokens(&world, &after.code);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    browser.submit(&page, &[("username", "diana"), ("password", PASSWORD)]);
}
