//! Every lifetime to the second. No alarm runs in here: an end is an end whether or not anything was swept.

use super::browser::{Browser, Shown, shown};
use super::party::{Party, assert_refused, decode, enrol, is_accepted, text};
use crate::world::World;
use serde_json::json;
use treeline::platform::Platform;

fn world_with(variables: &[(&str, &str)]) -> World {
    let world = World::with(variables);
    enrol(&world, "diana");
    world
}

#[test]
fn a_code_works_for_59_seconds_and_not_for_60() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    world.advance(59);
    assert_eq!(party.redeem(&world, &code).status, 200);
    let code = browser.code(&party.query(), "diana");
    world.advance(60);
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
}

#[test]
fn a_code_begins_to_age_when_it_is_minted_and_not_when_it_was_asked_for() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    world.advance(600);
    let page = browser.sign_in(&page, "diana");
    world.advance(600);
    let code = super::browser::callback(&browser.allow(&page), "code");
    world.advance(59);
    assert_eq!(party.redeem(&world, &code).status, 200);
}

#[test]
fn the_sign_in_form_works_for_1799_seconds_and_begins_anew_at_1800() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    world.advance(1799);
    assert_eq!(shown(&browser.sign_in(&page, "diana")), Shown::Consent);
    world.advance(1);
    world.take_touches();
    let anew = browser.sign_in(&page, "diana");
    assert_eq!(
        (anew.status, shown(&anew)),
        (400, Shown::Login),
        "the password was right and is not looked at"
    );
    assert_eq!(world.take_touches().all_asked(), 0);
    // The page that came back is good for as long again, and the old one is as old as before.
    world.advance(1799);
    assert_eq!(shown(&browser.sign_in(&page, "diana")), Shown::Login);
    let consent = browser.sign_in(&anew, "diana");
    assert_eq!(shown(&consent), Shown::Consent);
    assert_eq!(shown(&browser.allow(&consent)), Shown::Redirect);
}

#[test]
fn the_consent_form_ends_with_the_request_that_led_to_it() {
    for (age, expected) in [(799, Shown::Redirect), (800, Shown::Error("invalid_request".to_owned()))] {
        for decision in ["allow", "deny"] {
            let world = world_with(&[]);
            let party = Party::register(&world);
            let mut browser = Browser::new(&world);
            let page = browser.open(&party.query());
            world.advance(1000);
            let page = browser.sign_in(&page, "diana");
            world.advance(age);
            assert_eq!(
                shown(&browser.submit(&page, &[("decision", decision)])),
                expected,
                "{decision} at {age}"
            );
        }
    }
}

#[test]
fn a_person_stays_signed_in_for_3599_seconds_and_not_for_3600() {
    for (age, expected) in [(3599, Shown::Redirect), (3600, Shown::Login)] {
        let world = world_with(&[]);
        let party = Party::register(&world);
        let mut browser = Browser::new(&world);
        browser.code(&party.query(), "diana");
        world.advance(age);
        assert_eq!(shown(&browser.open(&party.query())), expected, "{age}");
    }
}

#[test]
fn nobody_consents_in_a_login_that_has_ended() {
    for (age, expected) in [(99, Shown::Redirect), (100, Shown::Error("invalid_request".to_owned()))] {
        let world = world_with(&[("LOGIN_LIFETIME", "100")]);
        let party = Party::register(&world);
        let mut browser = Browser::new(&world);
        let page = browser.open(&party.query());
        let page = browser.sign_in(&page, "diana");
        world.advance(age);
        assert_eq!(shown(&browser.allow(&page)), expected, "{age}");
    }
}

#[test]
fn max_age_counts_from_the_sign_in() {
    // The age of the login, max_age of the request, default_max_age of the client, and whether the person signs in again.
    let cases = [
        (10, Some("10"), None, Shown::Redirect),
        (11, Some("10"), None, Shown::Login),
        (11, None, Some(10), Shown::Login),
        (10, None, Some(10), Shown::Redirect),
        // The request's own word counts (OpenID Connect Dynamic Client Registration, section 2).
        (11, Some("20"), Some(10), Shown::Redirect),
        (11, Some("5"), Some(20), Shown::Login),
        (3599, Some("15000"), None, Shown::Redirect),
        (3600, Some("15000"), None, Shown::Login),
        (0, Some("0"), None, Shown::Login),
        (1, Some("0"), None, Shown::Login),
        (0, None, Some(0), Shown::Login),
        (0, Some("1"), None, Shown::Redirect),
    ];
    for (age, max_age, default_max_age, expected) in cases {
        let world = world_with(&[]);
        let mut metadata = json!({ "redirect_uris": ["https://rp.example/cb"] });
        if let Some(default) = default_max_age {
            metadata["default_max_age"] = default.into();
        }
        let party = Party::with(&world, metadata);
        let mut browser = Browser::new(&world);
        browser.code(&party.query(), "diana");
        world.advance(age);
        let query = match max_age {
            Some(max_age) => party.query().with("max_age", max_age),
            None => party.query(),
        };
        let case = format!("{age} s, max_age {max_age:?}, default {default_max_age:?}");
        let page = browser.open(&query);
        assert_eq!(shown(&page), expected, "{case}");
        let silent = browser.open(&query.clone().with("prompt", "none"));
        match expected {
            Shown::Redirect => assert!(super::browser::parameter(&silent, "code").is_some(), "{case}"),
            _ => assert_eq!(super::browser::callback(&silent, "error"), "login_required", "{case}"),
        }
        if expected == Shown::Login {
            // Signing in once is enough, and the client is told when it was.
            let code = super::browser::callback(&browser.sign_in(&page, "diana"), "code");
            let (_, claims) = decode(&text(&party.tokens(&world, &code), "id_token"));
            assert_eq!(claims["auth_time"], world.now().0, "{case}");
        }
    }
}

#[test]
fn an_access_token_works_for_3599_seconds_and_not_for_3600() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    let token = party.access_token(&world, &code);
    world.advance(3599);
    assert!(is_accepted(&world, &token));
    world.advance(1);
    assert!(!is_accepted(&world, &token));
}

#[test]
fn tokens_say_their_own_end() {
    let world = world_with(&[("ID_TOKEN_LIFETIME", "77"), ("ACCESS_TOKEN_LIFETIME", "99")]);
    let party = Party::register(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    world.advance(30);
    let tokens = party.tokens(&world, &code);
    let now = world.now().0;
    let (_, id_token) = decode(&text(&tokens, "id_token"));
    assert_eq!((&id_token["iat"], &id_token["exp"]), (&json!(now), &json!(now + 77)));
    let (_, access_token) = decode(&text(&tokens, "access_token"));
    assert_eq!((&access_token["iat"], &access_token["exp"]), (&json!(now), &json!(now + 99)));
    assert_eq!(tokens["expires_in"], 99);
    world.advance(98);
    assert!(is_accepted(&world, &text(&tokens, "access_token")));
    world.advance(1);
    assert!(!is_accepted(&world, &text(&tokens, "access_token")));
}

#[test]
fn nothing_outlives_its_grant() {
    let world = world_with(&[("GRANT_LIFETIME", "100"), ("CODE_LIFETIME", "600")]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    let late = browser.code(&party.query(), "diana");
    world.advance(40);
    let tokens = party.tokens(&world, &code);
    assert_eq!(tokens["expires_in"], 60);
    world.advance(59);
    assert!(is_accepted(&world, &text(&tokens, "access_token")));
    world.advance(1);
    assert!(!is_accepted(&world, &text(&tokens, "access_token")));
    assert_refused(&party.redeem(&world, &late), 400, "invalid_grant");
}

#[test]
fn a_grant_outlives_the_login_it_was_given_in() {
    let world = world_with(&[("LOGIN_LIFETIME", "20")]);
    let party = Party::register(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    world.advance(30);
    let token = party.access_token(&world, &code);
    world.advance(3599);
    assert!(is_accepted(&world, &token));
}

#[test]
fn a_client_works_to_its_last_second() {
    let world = world_with(&[("CLIENT_LIFETIME", "1000")]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    world.advance(990);
    let token = party.access_token(&world, &browser.code(&party.query(), "diana"));
    let code = browser.code(&party.query(), "diana");
    world.advance(9);
    let last = browser.code(&party.query(), "diana");
    assert_eq!(party.redeem(&world, &code).status, 200);
    assert!(is_accepted(&world, &token));

    world.advance(1);
    assert_eq!(shown(&browser.open(&party.query())), Shown::Error("invalid_request".to_owned()));
    assert_eq!(shown(&browser.sign_in(&page, "diana")), Shown::Error("invalid_request".to_owned()));
    assert_refused(&party.redeem(&world, &last), 401, "invalid_client");
    assert!(
        !is_accepted(&world, &token),
        "no token outlives its client, whether or not anybody was told"
    );
    world.run_alarms();
    assert!(!is_accepted(&world, &token));
}

#[test]
fn a_client_without_an_end_has_none() {
    let world = world_with(&[("CLIENT_LIFETIME", "0")]);
    let party = Party::register(&world);
    world.advance(100 * 365 * 86_400);
    world.run_alarms();
    let code = Browser::new(&world).code(&party.query(), "diana");
    assert_eq!(party.redeem(&world, &code).status, 200);
}
