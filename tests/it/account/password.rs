//! Another password: who may set it, what it has to be, and what it does to the other devices.

use super::{alert, devices, is_signed_in, listed_for_operator, press, signed_in, status, values};
use crate::flow::browser::{Browser, Shown, callback, shown};
use crate::flow::party::{OFFLINE, PASSWORD, is_accepted, scene, text};
use crate::world::World;
use std::collections::BTreeSet;
use treeline::http::Response;

const NEW: &str = "another horse battery staple";
const CHANGE: [(&str, &str); 2] = [("current_password", PASSWORD), ("new_password", NEW)];

/// Whether a password opens the account.
fn opens(world: &World, password: &str) -> bool {
    let mut browser = Browser::new(world);
    let page = browser.visit("/account");
    browser.submit(&page, &[("username", "diana"), ("password", password)]).status == 303
}

fn change(browser: &mut Browser<'_>, page: &Response, current: &str, new: &str) -> Response {
    browser.submit(page, &[("current_password", current), ("new_password", new)])
}

#[test]
fn the_new_password_takes_the_place_of_the_old_one() {
    let (world, party) = scene();
    let (mut other, _) = signed_in(&world, "diana");
    let (mut browser, page) = signed_in(&world, "diana");
    let redirect = change(&mut browser, &page, PASSWORD, NEW);
    assert_eq!(redirect.header("location"), Some("/account?done=password"));
    let after = browser.follow(&redirect);
    assert_eq!(status(&after).as_deref(), Some("Your password has been changed."));
    assert_eq!(devices(&after).len(), 2, "nobody has asked for more");
    assert!(is_signed_in(&mut other, &party) && is_signed_in(&mut browser, &party));
    assert!(opens(&world, NEW) && !opens(&world, PASSWORD));
    assert!(!world.dump().contains(NEW));
}

#[test]
fn the_other_devices_end_with_the_old_password() {
    let (world, party) = scene();
    let (mut other, _) = signed_in(&world, "diana");
    let gone = party.access_token(&world, &other.code(&party.query(), "diana"));
    let (mut browser, page) = signed_in(&world, "diana");
    let kept = party.access_token(&world, &browser.code(&party.query(), "diana"));
    let asked = browser.open(&party.query().with("scope", OFFLINE));
    let lasting = party.tokens(&world, &callback(&browser.allow(&asked), "code"));
    let redirect = browser.submit(&page, &[CHANGE[0], CHANGE[1], ("sign_out_others", "yes")]);
    let after = browser.follow(&redirect);
    assert_eq!(
        (status(&after).as_deref(), devices(&after).len()),
        (Some("Your password has been changed."), 1)
    );
    assert!(!is_signed_in(&mut other, &party) && is_signed_in(&mut browser, &party));
    assert!(is_accepted(&world, &kept) && !is_accepted(&world, &gone));
    assert_eq!(party.refresh(&world, &text(&lasting, "refresh_token")).status, 400);
    let revoked = listed_for_operator(&world, "logins");
    assert_eq!(revoked.iter().filter(|login| login["revoked"] == true).count(), 1);
    assert!(opens(&world, NEW));
}

#[test]
fn a_wrong_or_unusable_password_changes_nothing() {
    let (world, _) = scene();
    let (mut browser, page) = signed_in(&world, "diana");
    let (control, long) = ("a control\u{7}character", "x".repeat(1025));
    for (current, new, words) in [
        ("wrong", NEW, "The current password is wrong."),
        ("", NEW, "The current password is wrong."),
        (PASSWORD, "", "“New password” cannot be used"),
        (PASSWORD, "seven c", "“New password” cannot be used"),
        (PASSWORD, control, "“New password” cannot be used"),
        (PASSWORD, &long, "“New password” cannot be used"),
        (&long, NEW, "The current password is wrong."),
    ] {
        let again = browser.submit(
            &page,
            &[("current_password", current), ("new_password", new), ("sign_out_others", "yes")],
        );
        assert_eq!((again.status, shown(&again)), (400, Shown::Account), "{current} {new}");
        assert!(alert(&again).unwrap().contains(words), "{current} {new}");
        assert!(!again.body.as_str().contains(NEW) && !again.body.as_str().contains(PASSWORD));
        assert_eq!(devices(&again).len(), 1);
    }
    assert!(opens(&world, PASSWORD) && !opens(&world, NEW));
}

#[test]
fn tries_are_counted_as_at_the_sign_in_page() {
    let (world, _) = scene();
    let (mut browser, page) = signed_in(&world, "diana");
    for _ in 0..10 {
        // What cannot be used costs no try.
        assert_eq!(change(&mut browser, &page, PASSWORD, "short").status, 400);
        assert_eq!(change(&mut browser, &page, "wrong", NEW).status, 400);
    }
    let refused = change(&mut browser, &page, PASSWORD, NEW);
    assert_eq!((refused.status, shown(&refused)), (429, Shown::Account));
    assert!(alert(&refused).unwrap().contains("Wait 15 minutes"));
    assert_eq!(refused.header("retry-after"), Some("900"));
    assert!(!opens(&world, PASSWORD), "nobody signs in either");
    world.advance(900);
    assert_eq!(change(&mut browser, &page, PASSWORD, NEW).status, 303);
    // Whoever knows the password begins to count anew.
    for _ in 0..9 {
        assert_eq!(change(&mut browser, &page, "wrong", PASSWORD).status, 400);
    }
    assert_eq!(change(&mut browser, &page, NEW, PASSWORD).status, 303);
    assert_eq!(change(&mut browser, &page, "wrong", NEW).status, 400);
}

#[test]
fn a_login_that_has_ended_changes_no_password() {
    let (world, _) = scene();
    let (mut thief, open) = signed_in(&world, "diana");
    let (mut browser, page) = signed_in(&world, "diana");
    let ids = values(&page, "sign_out");
    let own = values(&open, "sign_out").remove(0);
    assert!(ids.contains(&own));
    press(&mut browser, &page, "sign_out", &own);
    let redirect = thief.submit(&open, &[CHANGE[0], CHANGE[1], ("sign_out_others", "yes")]);
    assert_eq!(redirect.header("location"), Some("/account"));
    assert_eq!(shown(&thief.follow(&redirect)), Shown::Login);
    assert!(opens(&world, PASSWORD) && !opens(&world, NEW));
    assert_eq!(shown(&browser.visit("/account")), Shown::Account);
}

#[test]
fn a_login_that_ends_meanwhile_changes_nothing() {
    let mut outcomes = BTreeSet::new();
    for turns in 0..8 {
        let (world, _) = scene();
        let (thief, open) = signed_in(&world, "diana");
        let own = values(&open, "sign_out").remove(0);
        let (browser, page) = signed_in(&world, "diana");
        let responses = world.send_staggered(&[(0, thief.form(&open, &CHANGE)), (turns, browser.form(&page, &[("sign_out", &own)]))]);
        let changed = responses[0].header("location") == Some("/account?done=password");
        assert_eq!(opens(&world, NEW), changed, "{turns}");
        assert_eq!(opens(&world, PASSWORD), !changed, "{turns}");
        outcomes.insert(changed);
    }
    assert_eq!(outcomes, BTreeSet::from([false, true]), "each has come first once");
}

#[test]
fn the_same_form_again_is_told_that_the_password_is_another_one() {
    let (world, _) = scene();
    let (mut browser, page) = signed_in(&world, "diana");
    assert_eq!(change(&mut browser, &page, PASSWORD, NEW).status, 303);
    let again = change(&mut browser, &page, PASSWORD, NEW);
    assert_eq!(
        (again.status, alert(&again).as_deref()),
        (400, Some("The current password is wrong."))
    );
    assert!(opens(&world, NEW));
}
