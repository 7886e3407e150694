//! session_state (OpenID Connect Session Management 1.0, section 2) and the cookie that it is compared with.

use super::answer::Answer;
use super::browser::{Browser, callback};
use super::party::{PASSWORD, Party, enrol, scene};
use crate::world::{World, get};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use treeline::http::Response;
use treeline::login::cookie;
use treeline::oauth::ids::{NodeId, UserId};
use treeline::oauth::response_mode::ResponseMode;
use treeline::oauth::response_type::ResponseType;
use treeline::platform::Platform;
use treeline::seal::Kind;
use treeline::seal::locator::Locator;

const STATE: &str = "__Host-treeline-state";
const ORIGIN: &str = "https://rp.example";

/// What the session frame computes when that client asks from a page of that origin (section 3.2).
fn computed(client_id: &str, origin: &str, state: &str, salt: &str) -> String {
    let text = format!("{client_id} {origin} {state} {salt}");
    format!("{}.{salt}", Base64UrlUnpadded::encode_string(&Sha256::digest(text)))
}

fn salt(session_state: &str) -> &str {
    let (hash, salt) = session_state.split_once('.').expect("hash and salt");
    assert_eq!((hash.len(), salt.len()), (43, 22), "{session_state}");
    salt
}

/// Fails unless the frame would call this browser's session unchanged.
#[track_caller]
fn assert_unchanged(answer: &Answer, party: &Party, origin: &str, browser: &Browser<'_>) {
    let told = answer.get("session_state");
    let state = browser.cookie(STATE).expect("a state");
    assert_eq!(told, computed(party.client.id(), origin, state, salt(told)), "{answer:?}");
}

#[test]
fn every_response_has_it_whatever_its_type_and_mode() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::of_every_type(&world);
    for response_type in ResponseType::ALL.iter().copied() {
        for mode in ResponseMode::ALL.iter().copied() {
            if mode == ResponseMode::Query && response_type.is_front_channel() {
                continue;
            }
            let query = party
                .query()
                .with("response_type", response_type.name())
                .with("response_mode", mode.name());
            // After signing in and allowing, at once, and after signing in where what is asked for is allowed already.
            let mut browser = Browser::new(&world);
            for asked in [query.clone(), query.clone(), query.with("prompt", "login")] {
                assert_unchanged(&browser.answer(&asked, "diana"), &party, ORIGIN, &browser);
            }
        }
    }
}

#[test]
fn a_new_account_has_it() {
    let world = World::with(&[("SIGN_UP", "open")]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query().with("prompt", "create"));
    let consent = browser.submit(&page, &[("username", "rigo"), ("password", PASSWORD)]);
    let answer = Answer::of(&browser.allow(&consent));
    assert_unchanged(&answer, &party, ORIGIN, &browser);
}

#[test]
fn a_login_has_one_state_and_every_response_a_salt_of_its_own() {
    let (world, party) = scene();
    let other = Party::register(&world);
    let mut browser = Browser::new(&world);
    let mut salts = BTreeSet::new();
    let mut states = BTreeSet::new();
    for asking in [&party, &other, &party, &other] {
        let told = callback(&browser.authorize(&asking.query(), "diana"), "session_state");
        assert!(salts.insert(salt(&told).to_owned()));
        states.insert(browser.cookie(STATE).expect("a state").to_owned());
    }
    assert_eq!(states.len(), 1, "nobody has signed in anew");

    let before = browser.answer(&party.query(), "diana");
    let after = browser.answer(&party.query().with("prompt", "login"), "diana");
    assert!(
        states.insert(browser.cookie(STATE).expect("a state").to_owned()),
        "the same person signed in anew"
    );
    assert_unchanged(&after, &party, ORIGIN, &browser);
    let told = before.get("session_state");
    let now = browser.cookie(STATE).expect("a state");
    assert_ne!(told, computed(party.client.id(), ORIGIN, now, salt(told)));

    let mut elsewhere = Browser::new(&world);
    elsewhere.code(&party.query(), "diana");
    assert!(states.insert(elsewhere.cookie(STATE).expect("a state").to_owned()));
}

#[test]
fn the_state_is_no_part_of_the_session() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let state = browser.cookie(STATE).expect("a state");
    let sealed = browser.cookie("__Host-treeline-session").expect("a session");
    let login = Locator::open(&world.config().sealer, Kind::Session, sealed).expect("a login");
    let bytes = Base64UrlUnpadded::decode_vec(state).expect("base64url");
    assert_eq!(bytes.len(), 16);
    assert_ne!(bytes, login.node.0);
    assert!(!sealed.contains(state));
    // Nor is it taken for one.
    let silent = party.query().with("prompt", "none").target();
    let cookie = format!("__Host-treeline-session={state}; {STATE}={state}");
    let answer = get(&silent).header("cookie", &cookie).send(&world);
    assert_eq!(callback(&answer, "error"), "login_required");
}

#[test]
fn the_origin_is_that_of_the_redirect_uri_as_browsers_write_it() {
    let world = World::new();
    enrol(&world, "diana");
    for (registered, asked, origin) in [
        ("https://RP.example:443/cb?a=b", None, "https://rp.example"),
        ("https://rp.example:8443/cb", None, "https://rp.example:8443"),
        (
            "http://127.0.0.1:80/cb",
            Some("http://127.0.0.1:50123/cb"),
            "http://127.0.0.1:50123",
        ),
        ("http://[::1]/cb", Some("http://[::1]:9/cb"), "http://[::1]:9"),
    ] {
        let mut party = Party::with(&world, json!({ "redirect_uris": [registered], "application_type": "native" }));
        party.redirect_uri = asked.unwrap_or(registered).to_owned();
        let mut browser = Browser::new(&world);
        assert_unchanged(&browser.answer(&party.query(), "diana"), &party, origin, &browser);
    }
}

#[test]
fn nobody_is_told_who_could_not_ask_or_has_not_signed_anybody_in() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let oauth = browser.answer(&party.query().with("scope", "email"), "diana");
    assert_eq!(oauth.names(), ["code", "state", "iss"], "without openid");
    let app = browser.answer(&Party::native(&world).query(), "diana");
    assert_eq!(app.names(), ["code", "state", "iss"], "a private-use scheme");
    for broken in [party.query().with("max_age", "x"), party.query().with("response_type", "token")] {
        let refused = Answer::of(&browser.open(&broken));
        assert_eq!(refused.names(), ["error", "error_description", "state", "iss"]);
    }
}

/// The `Set-Cookie` headers of a response.
fn cookies(response: &Response) -> Vec<&str> {
    let set = response.headers.iter().filter(|(name, _)| *name == "set-cookie");
    set.map(|(_, value)| value.as_ref()).collect()
}

/// The same without the values.
fn attributes(response: &Response) -> Vec<String> {
    let without_value = |cookie: &str| {
        let (pair, rest) = cookie.split_once(';').expect("attributes");
        format!("{};{rest}", pair.split_once('=').expect("a pair").0)
    };
    cookies(response).into_iter().map(without_value).collect()
}

#[test]
fn the_state_is_set_with_the_session_and_ends_with_it() {
    let login = Locator {
        user: UserId::from_username("diana").expect("a name"),
        node: NodeId([7; 16]),
    };
    for (world, session, state) in [
        (
            World::with(&[("LOGIN_LIFETIME", "7200")]),
            "__Host-treeline-session; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=",
            "__Host-treeline-state; Path=/; SameSite=None; Secure; Max-Age=",
        ),
        (
            World::with(&[("ISSUER", crate::world::LOCAL_ISSUER), ("LOGIN_LIFETIME", "7200")]),
            "treeline-session; Path=/; HttpOnly; SameSite=Lax; Max-Age=",
            "treeline-state; Path=/; SameSite=Lax; Max-Age=",
        ),
    ] {
        let set = cookie::set_session(world.config(), Response::empty(200), &login);
        assert_eq!(attributes(&set), [format!("{session}7200"), format!("{state}7200")]);
        let again = cookie::set_session(world.config(), Response::empty(200), &login);
        assert_eq!(cookies(&again), cookies(&set), "the state is derived");

        let ended = cookie::end_session(world.config(), Response::empty(200));
        assert_eq!(attributes(&ended), [format!("{session}0"), format!("{state}0")]);
        assert!(
            cookies(&ended).iter().all(|cookie| cookie.contains("=; Path=/")),
            "no value is left"
        );
    }
}
