//! More than one login in one browser: each sign-in is a session of its own, whoever was there before.

use super::browser::{Browser, Shown, callback, shown};
use super::party::{Party, decode, enrol, is_accepted, text};
use crate::world::{ADMIN_TOKEN, World, body, get};
use serde_json::{Value, json};
use treeline::platform::Platform;

const SESSION: &str = "__Host-treeline-session";

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    enrol(&world, "rigo");
    let party = Party::with(
        &world,
        json!({ "redirect_uris": ["https://rp.example/cb"], "backchannel_logout_uri": "https://rp.example/logout" }),
    );
    (world, party)
}

fn id_claims(world: &World, party: &Party, code: &str) -> Value {
    decode(&text(&party.tokens(world, code), "id_token")).1
}

fn dump(world: &World, user: &str) -> Value {
    body(&get(&format!("/admin/sessions/{user}")).bearer(ADMIN_TOKEN).send(world))["db"].clone()
}

#[test]
fn another_user_is_never_grafted_on_the_session_there_is() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let dianas = id_claims(&world, &party, &browser.code(&party.query(), "diana"));
    let before = dump(&world, "diana");
    let dianas_cookie = browser.cookie(SESSION).unwrap().to_owned();

    let page = browser.open(&party.query().with("prompt", "login"));
    let consent = browser.sign_in(&page, "rigo");
    assert_eq!(shown(&consent), Shown::Consent, "diana's consent is not rigo's");
    let rigos = id_claims(&world, &party, &callback(&browser.allow(&consent), "code"));
    assert_ne!(rigos["sub"], dianas["sub"]);
    assert_ne!(rigos["sid"], dianas["sid"]);
    assert_ne!(browser.cookie(SESSION), Some(dianas_cookie.as_str()));
    assert_eq!(dump(&world, "diana"), before, "her tree has not changed");

    let silent = browser.open(&party.query().with("prompt", "none"));
    assert_eq!(id_claims(&world, &party, &callback(&silent, "code"))["sub"], rigos["sub"]);
    // Her login is still hers, in a browser that holds it.
    browser.set_cookie(SESSION, &dianas_cookie);
    let hers = browser.open(&party.query().with("prompt", "none"));
    assert_eq!(id_claims(&world, &party, &callback(&hers, "code"))["sub"], dianas["sub"]);
}

#[test]
fn a_consent_form_counts_only_while_its_person_is_signed_in() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let dianas = browser.sign_in(&page, "diana");
    let other = browser.open(&party.query().with("prompt", "login"));
    let rigos = browser.sign_in(&other, "rigo");
    let refused = browser.allow(&dianas);
    assert_eq!((refused.status, shown(&refused)), (403, Shown::Error("access_denied".to_owned())));
    let code = callback(&browser.allow(&rigos), "code");
    assert!(is_accepted(&world, &party.access_token(&world, &code)));
}

#[test]
fn one_sign_in_form_used_by_two_people_makes_two_grants() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let dianas = browser.sign_in(&page, "diana");
    let dianas = callback(&browser.allow(&dianas), "code");
    let rigos = browser.sign_in(&page, "rigo");
    let rigos = callback(&browser.allow(&rigos), "code");
    assert_ne!(dianas, rigos);
    let (dianas, rigos) = (id_claims(&world, &party, &dianas), id_claims(&world, &party, &rigos));
    assert_ne!(dianas["sub"], rigos["sub"]);
}

#[test]
fn the_session_changes_at_every_sign_in() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let mut seen = vec![];
    for _ in 0..3 {
        let page = browser.open(&party.query().with("prompt", "login"));
        assert_eq!(
            browser.cookie(SESSION).map(str::to_owned),
            seen.last().cloned(),
            "a page alone changes no session"
        );
        browser.sign_in(&page, "diana");
        let cookie = browser.cookie(SESSION).unwrap().to_owned();
        assert!(!seen.contains(&cookie));
        seen.push(cookie);
    }
}

#[test]
fn a_cookie_that_somebody_planted_is_replaced() {
    let (world, party) = scene();
    let mut attacker = Browser::new(&world);
    attacker.code(&party.query(), "rigo");
    let planted = attacker.cookie(SESSION).unwrap().to_owned();
    let mut browser = Browser::new(&world);
    browser.set_cookie(SESSION, &planted);
    let page = browser.open(&party.query().with("prompt", "login"));
    browser.sign_in(&page, "diana");
    assert_ne!(browser.cookie(SESSION), Some(planted.as_str()));
}

#[test]
fn after_back_and_a_second_sign_in_the_grant_is_of_the_second() {
    // The first sign-in led to the consent page; the person went back and signed in again, and consents in that second login.
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    browser.sign_in(&page, "diana");
    world.advance(100);
    let consent = browser.sign_in(&page, "diana");
    let signed_in_at = world.now().0;
    world.advance(10);
    let claims = id_claims(&world, &party, &callback(&browser.allow(&consent), "code"));
    assert_eq!(claims["auth_time"], signed_in_at);
    // A later request in the same browser is in the same login, and the client is told so.
    let silent = browser.open(&party.query().with("prompt", "none"));
    let later = id_claims(&world, &party, &callback(&silent, "code"));
    assert_eq!((&later["auth_time"], &later["sid"]), (&claims["auth_time"], &claims["sid"]));
}
