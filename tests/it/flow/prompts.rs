//! The `prompt` parameter (OpenID Connect Core, section 3.1.2.1).

use super::browser::{Browser, Shown, callback, parameter, shown};
use super::party::{Party, decode, scene, text};
use crate::world::World;
use serde_json::Value;
use treeline::object::Class;

fn id_claims(world: &World, party: &Party, code: &str) -> Value {
    decode(&text(&party.tokens(world, code), "id_token")).1
}

#[test]
fn none_shows_no_page() {
    let (world, party) = scene();
    let silent = party.query().with("prompt", "none");
    let mut browser = Browser::new(&world);
    let refused = browser.open(&silent);
    assert_eq!(callback(&refused, "error"), "login_required");
    assert_eq!(callback(&refused, "state"), "the state");
    assert!(!refused.headers.iter().any(|(name, _)| *name == "set-cookie"));

    let other = Party::register(&world);
    let page = browser.open(&other.query());
    browser.sign_in(&page, "diana");
    world.take_touches();
    assert_eq!(callback(&browser.open(&silent), "error"), "consent_required");

    let first = id_claims(&world, &party, &browser.code(&party.query(), "diana"));
    world.advance(100);
    let again = browser.open(&silent);
    let again = id_claims(&world, &party, &callback(&again, "code"));
    assert_eq!((&again["sub"], &again["auth_time"]), (&first["sub"], &first["auth_time"]));
    assert_eq!(again["iat"].as_i64(), first["iat"].as_i64().map(|at| at + 100));
}

#[test]
fn a_session_that_no_object_knows_is_none() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let cookie = browser.cookie("__Host-treeline-session").unwrap().to_owned();
    // The same cookie at a provider that has lost the object.
    let other = World::new();
    let there = Party::register(&other);
    let mut stranger = Browser::new(&other);
    stranger.set_cookie("__Host-treeline-session", &cookie);
    assert_eq!(
        callback(&stranger.open(&there.query().with("prompt", "none")), "error"),
        "login_required"
    );
    assert_eq!(shown(&stranger.open(&there.query())), Shown::Login);
    assert_eq!(other.stored(Class::UserSession), [] as [String; 0], "and asking has made none");
}

#[test]
fn login_and_select_account_ask_for_the_password_again() {
    for prompt in ["login", "select_account", "login select_account"] {
        let (world, party) = scene();
        let mut browser = Browser::new(&world);
        let first = id_claims(&world, &party, &browser.code(&party.query(), "diana"));
        world.advance(1);
        let page = browser.open(&party.query().with("prompt", prompt));
        assert_eq!(shown(&page), Shown::Login, "{prompt}");
        let redirect = browser.sign_in(&page, "diana");
        let second = id_claims(&world, &party, &callback(&redirect, "code"));
        assert!(second["auth_time"].as_i64() > first["auth_time"].as_i64(), "{prompt}");
        assert_eq!(second["sub"], first["sub"]);
    }
}

#[test]
fn consent_asks_again() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    for prompt in ["consent", "login consent", "consent select_account"] {
        let mut page = browser.open(&party.query().with("prompt", prompt));
        if prompt != "consent" {
            assert_eq!(shown(&page), Shown::Login, "{prompt}");
            page = browser.sign_in(&page, "diana");
        }
        assert_eq!(shown(&page), Shown::Consent, "{prompt}");
        assert!(parameter(&browser.allow(&page), "code").is_some(), "{prompt}");
    }
    let page = browser.open(&party.query().with("prompt", "consent"));
    browser.deny(&page);
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect, "the earlier consent stays");
}

#[test]
fn what_no_specification_knows_is_refused() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    for prompt in [
        "none login",
        "login none",
        "none none",
        "Login",
        "login,consent",
        "unknown",
        "none\u{a0}",
    ] {
        let response = browser.open(&party.query().with("prompt", prompt));
        assert_eq!(callback(&response, "error"), "invalid_request", "{prompt}");
        assert_eq!(parameter(&response, "code"), None, "{prompt}");
    }
    for prompt in ["", " ", "  none "] {
        let response = browser.open(&party.query().with("prompt", prompt));
        assert!(parameter(&response, "code").is_some(), "{prompt:?}");
    }
}

#[test]
fn a_page_that_prompt_asked_for_is_shown_once() {
    // prompt=login holds for the request, not for the answer to the page: the sign-in goes on to the client.
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query().with("prompt", "login consent").with("max_age", "0"));
    let page = browser.sign_in(&page, "diana");
    assert_eq!(shown(&page), Shown::Consent);
    world.advance(30);
    assert_eq!(shown(&browser.allow(&page)), Shown::Redirect);
}

#[test]
fn a_hint_fills_in_the_name_and_no_more() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query().with("login_hint", "rigo"));
    assert!(page.body.as_str().contains(r#"value="rigo""#));
    assert_eq!(
        shown(&browser.sign_in(&page, "diana")),
        Shown::Consent,
        "who signs in is up to the person"
    );
}
