//! What a sign-out does to the tree: everything of that login ends at once, and nothing of another.

use super::{id_token, is_signed_in, scene};
use crate::flow::browser::Browser;
use crate::flow::party::{OFFLINE, Party, assert_refused, decode, is_accepted, text};
use crate::world::World;
use serde_json::json;

fn sign_out(browser: &mut Browser<'_>) {
    let page = browser.end_session(&[]);
    let done = browser.submit(&page, &[("decision", "sign_out")]);
    assert_eq!(done.status, 200);
}

/// A client that refreshes while the person is signed in.
fn refreshing(world: &World) -> Party {
    Party::registered(world, json!({ "grant_types": ["authorization_code", "refresh_token"] }))
}

#[test]
fn codes_and_tokens_of_the_login_die_and_those_of_another_device_live() {
    let (world, _) = scene();
    let party = refreshing(&world);
    let mut here = Browser::new(&world);
    let mut there = Browser::new(&world);
    let of = |browser: &mut Browser<'_>| {
        let code = browser.code(&party.query(), "diana");
        let tokens = party.tokens(&world, &code);
        let unredeemed = browser.code(&party.query(), "diana");
        (text(&tokens, "access_token"), text(&tokens, "refresh_token"), unredeemed)
    };
    let ended = of(&mut here);
    let lives = of(&mut there);
    sign_out(&mut here);
    assert!(!is_accepted(&world, &ended.0));
    assert_refused(&party.refresh(&world, &ended.1), 400, "invalid_grant");
    assert_refused(&party.redeem(&world, &ended.2), 400, "invalid_grant");
    assert!(!is_signed_in(&mut here, &party));
    assert!(is_accepted(&world, &lives.0));
    party.refreshed(&world, &lives.1);
    party.tokens(&world, &lives.2);
    assert!(is_signed_in(&mut there, &party));
}

#[test]
fn what_was_granted_for_longer_keeps_its_refresh_token_alone() {
    let (world, _) = scene();
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let query = party.query().with("scope", OFFLINE);
    let code = browser.code(&query, "diana");
    let tokens = party.tokens(&world, &code);
    let refreshed = party.refreshed(&world, &text(&tokens, "refresh_token"));
    let unredeemed = browser.code(&query, "diana");
    sign_out(&mut browser);
    assert_refused(&party.redeem(&world, &unredeemed), 400, "invalid_grant");
    for tokens in [&tokens, &refreshed] {
        assert!(!is_accepted(&world, &text(tokens, "access_token")));
    }
    let later = party.refreshed(&world, &text(&refreshed, "refresh_token"));
    assert!(
        is_accepted(&world, &text(&later, "access_token")),
        "in the very second of the sign-out too"
    );
}

#[test]
fn the_old_cookie_is_dead_and_the_next_login_has_another_sid() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let first = id_token(&mut browser, &world, &party, "diana");
    let cookie = browser.cookie("__Host-treeline-session").expect("a session").to_owned();
    sign_out(&mut browser);
    assert_eq!(browser.cookie("__Host-treeline-session"), None);
    let mut thief = Browser::new(&world);
    thief.set_cookie("__Host-treeline-session", &cookie);
    assert!(!is_signed_in(&mut thief, &party));
    let second = id_token(&mut browser, &world, &party, "diana");
    assert_ne!(decode(&first).1["sid"], decode(&second).1["sid"]);
    assert_eq!(decode(&first).1["sub"], decode(&second).1["sub"]);
}

#[test]
fn a_page_that_was_open_grants_nothing_afterwards() {
    let (world, _) = scene();
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let consent = browser.sign_in(&page, "diana");
    let mut elsewhere = Browser::new(&world);
    let cookie = browser.cookie("__Host-treeline-session").expect("a session").to_owned();
    elsewhere.set_cookie("__Host-treeline-session", &cookie);
    sign_out(&mut elsewhere);
    let answer = browser.allow(&consent);
    assert_eq!((answer.status, answer.header("location")), (400, None));
}

#[test]
fn a_sign_out_races_with_everything_and_leaves_no_token() {
    let (world, _) = scene();
    let party = refreshing(&world);
    for turns in 0..12 {
        let mut browser = Browser::new(&world);
        let code = browser.code(&party.query(), "diana");
        let tokens = party.tokens(&world, &code);
        let unredeemed = browser.code(&party.query(), "diana");
        let page = browser.end_session(&[]);
        let requests = [
            (6, browser.form(&page, &[("decision", "sign_out")])),
            (turns, browser.request(&party.query())),
            (
                turns,
                party.token_request(&[("grant_type", "refresh_token"), ("refresh_token", &text(&tokens, "refresh_token"))]),
            ),
            (turns, party.token_request(&party.token_fields(&unredeemed))),
        ];
        let responses = world.send_staggered(&requests);
        assert_eq!(responses[0].status, 200);
        assert_eq!(world.faults(), []);
        for response in &responses[2..] {
            if response.status == 200 {
                let tokens = crate::world::body(response);
                assert!(!is_accepted(&world, &text(&tokens, "access_token")));
                assert_refused(&party.refresh(&world, &text(&tokens, "refresh_token")), 400, "invalid_grant");
            }
        }
        if let Some(code) = responses[1]
            .header("location")
            .and_then(|_| crate::flow::browser::parameter(&responses[1], "code"))
        {
            assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
        }
    }
}
