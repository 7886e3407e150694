//! Response modes: where the parameters stand, for answers and for errors.

use super::answer::{Answer, Place};
use super::browser::{Browser, Shown, shown};
use super::party::{Party, Query, enrol};
use crate::world::{ISSUER, World};
use serde_json::json;
use treeline::oauth::response_mode::ResponseMode;
use treeline::oauth::response_type::ResponseType;

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::of_every_type(&world);
    (world, party)
}

fn ask(party: &Party, response_type: ResponseType, mode: ResponseMode) -> Query {
    party
        .query()
        .with("response_type", response_type.name())
        .with("response_mode", mode.name())
}

fn place(mode: ResponseMode) -> Place {
    match mode {
        ResponseMode::Query => Place::Query,
        ResponseMode::Fragment => Place::Fragment,
        ResponseMode::FormPost => Place::Form,
    }
}

#[test]
fn every_type_comes_in_every_mode_that_is_safe_for_it() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for response_type in ResponseType::ALL.iter().copied() {
        let plain = browser.answer(&party.query().with("response_type", response_type.name()), "diana");
        for mode in ResponseMode::ALL.iter().copied() {
            let case = format!("{} {}", response_type.name(), mode.name());
            let answer = browser.answer(&ask(&party, response_type, mode), "diana");
            assert_eq!(answer.redirect_uri, party.redirect_uri, "{case}");
            assert_eq!((answer.get("state"), answer.get("iss")), ("the state", ISSUER), "{case}");
            if mode == ResponseMode::Query && response_type.is_front_channel() {
                assert_eq!((answer.place, answer.get("error")), (Place::Fragment, "invalid_request"), "{case}");
                assert_eq!(answer.names(), ["error", "error_description", "state", "iss"], "{case}");
            } else {
                assert_eq!(answer.place, place(mode), "{case}");
                assert_eq!(answer.names(), plain.names(), "{case}");
            }
        }
    }
}

#[test]
fn errors_travel_as_the_answer_would_have() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for response_type in ResponseType::ALL.iter().copied() {
        for mode in ResponseMode::ALL.iter().copied() {
            let case = format!("{} {}", response_type.name(), mode.name());
            let query = ask(&party, response_type, mode);
            let expected = match (mode, response_type.is_front_channel()) {
                (ResponseMode::Query, true) => Place::Fragment,
                _ => place(mode),
            };
            // Before anybody has signed in, and for a fault in the request itself.
            for broken in [
                query.clone().with("prompt", "none"),
                query.clone().with("max_age", "x"),
                query.clone().with("prompt", "unknown"),
                query.clone().with("scope", "nothing"),
            ] {
                let answer = Answer::of(&browser.open(&broken));
                assert_eq!(answer.place, expected, "{case}");
                assert_eq!(answer.names(), ["error", "error_description", "state", "iss"], "{case}");
            }
            // And the person's no.
            if expected == place(mode) {
                let mut page = browser.open(&query.with("prompt", "consent"));
                if shown(&page) == Shown::Login {
                    page = browser.sign_in(&page, "diana");
                }
                let answer = Answer::of(&browser.deny(&page));
                assert_eq!((answer.place, answer.get("error")), (expected, "access_denied"), "{case}");
            }
            browser = Browser::new(&world);
        }
    }
}

#[test]
fn a_mode_that_nobody_knows_is_refused() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for (response_type, place) in [(ResponseType::Code, Place::Query), (ResponseType::IdToken, Place::Fragment)] {
        for mode in [" ", "Query", "form-post", "query.jwt", "web_message", "fragment query"] {
            let query = party
                .query()
                .with("response_type", response_type.name())
                .with("response_mode", mode);
            let answer = Answer::of(&browser.open(&query));
            assert_eq!((answer.get("error"), answer.place), ("invalid_request", place), "{mode:?}");
        }
    }
    let mut twice = party.query().with("response_mode", "form_post").target();
    twice += "&response_mode=form_post";
    let answer = Answer::of(&crate::world::get(&twice).send(&world));
    assert_eq!(answer.get("error"), "invalid_request");
}

#[test]
fn a_redirect_uri_keeps_its_own_query() {
    let world = World::new();
    enrol(&world, "diana");
    let types: Vec<&str> = ResponseType::ALL.iter().map(|one| one.name()).collect();
    let party = Party::with(
        &world,
        json!({ "redirect_uris": ["https://rp.example/cb?tenant=a%20b&x="], "response_types": types }),
    );
    let mut browser = Browser::new(&world);
    let answer = browser.answer(&party.query(), "diana");
    assert_eq!(answer.names(), ["tenant", "x", "code", "session_state", "state", "iss"]);
    assert_eq!(answer.get("tenant"), "a b");
    for mode in [ResponseMode::Fragment, ResponseMode::FormPost] {
        let answer = browser.answer(&ask(&party, ResponseType::CodeIdTokenToken, mode), "diana");
        assert_eq!((answer.place, &answer.redirect_uri), (place(mode), &party.redirect_uri));
    }
}

#[test]
fn what_stands_in_a_state_comes_back_as_it_was() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let state = "a b+c%20&iss=x#frag\"<>'ü";
    for mode in ResponseMode::ALL.iter().copied() {
        let query = ask(&party, ResponseType::Code, mode).with("state", state);
        let response = browser.authorize(&query, "diana");
        let answer = Answer::of(&response);
        let written = answer
            .get("state")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#39;", "'");
        assert_eq!(written, state, "{}", mode.name());
        assert_eq!(answer.get("iss"), ISSUER);
        assert_eq!(answer.names(), ["code", "session_state", "state", "iss"]);
    }
}

#[test]
fn a_form_post_answer_carries_the_session_cookie_and_is_kept_nowhere() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let query = ask(&party, ResponseType::CodeIdToken, ResponseMode::FormPost);
    let page = browser.open(&query.with("prompt", "login"));
    let response = browser.sign_in(&page, "diana");
    assert_eq!((response.status, shown(&response)), (200, Shown::Redirect));
    assert!(response.headers.iter().any(|(name, _)| *name == "set-cookie"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("location"), None);
}
