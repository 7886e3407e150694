//! Which forms of the account page count: those of the browser in which this very login is in force, for a time, and for one thing.

use super::{alert, devices, signed_in, status, values};
use crate::flow::browser::{Browser, Shown, hidden_field, shown};
use crate::flow::party::{PASSWORD, Party, enrol, scene};
use crate::world::{ISSUER, World, post, put};
use serde_json::json;
use treeline::http::Response;

/// Sends the fields to the account page's address with the cookies of a browser.
fn send(world: &World, browser: &Browser<'_>, fields: &[(&str, &str)]) -> Response {
    let session = browser.cookie("__Host-treeline-session").unwrap_or_default();
    post("/account")
        .header("cookie", &format!("__Host-treeline-session={session}"))
        .form(fields)
        .send(world)
}

#[test]
fn a_form_counts_only_in_the_login_that_it_was_made_for() {
    let (world, party) = scene();
    enrol(&world, "rigo");
    let (mut diana, page) = signed_in(&world, "diana");
    let (mut again, other_login) = signed_in(&world, "diana");
    let (mut rigo, of_rigo) = signed_in(&world, "rigo");
    let consent = diana.open(&party.query());
    let before = world.dump();
    let foreign = Shown::Error("access_denied".to_owned());
    let assert_refused = |browser: &mut Browser<'_>, page| {
        let refused = browser.submit(page, &[("everywhere", "yes")]);
        assert_eq!((refused.status, shown(&refused)), (403, foreign.clone()));
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    };
    assert_refused(&mut diana, &other_login);
    assert_refused(&mut diana, &of_rigo);
    assert_refused(&mut again, &page);
    assert_refused(&mut rigo, &page);
    assert_refused(&mut Browser::new(&world), &page);
    for sealed in [
        String::new(),
        "invented".to_owned(),
        hidden_field(&consent),
        hidden_field(&Browser::new(&world).visit("/account")),
    ] {
        let refused = send(&world, &diana, &[("interaction", &sealed), ("everywhere", "yes")]);
        assert_eq!((refused.status, shown(&refused)), (403, foreign.clone()));
    }
    assert_eq!(send(&world, &diana, &[("everywhere", "yes")]).status, 403, "no step");
    let step = hidden_field(&page);
    let twice = [("interaction", step.as_str()), ("interaction", &step), ("everywhere", "yes")];
    assert_eq!(send(&world, &diana, &twice).status, 403);
    assert!(world.dump() == before, "nothing has changed");
    let step = [("interaction", step.as_str()), ("everywhere", "yes")];
    assert_eq!(send(&world, &diana, &step).status, 200);
    assert!(world.dump() != before);
}

#[test]
fn a_form_that_says_it_stood_elsewhere_is_refused() {
    let (world, _) = scene();
    let (browser, page) = signed_in(&world, "diana");
    let session = browser.cookie("__Host-treeline-session").unwrap();
    let step = hidden_field(&page);
    for (name, value, allowed) in [
        ("origin", "https://evil.example", false),
        ("origin", "http://login.example.com", false),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("origin", ISSUER, true),
        ("origin", "null", true),
        ("sec-fetch-site", "same-origin", true),
    ] {
        let response = post("/account")
            .header(name, value)
            .header("cookie", &format!("__Host-treeline-session={session}"))
            .form(&[("interaction", step.as_str()), ("withdraw", "nobody")])
            .send(&world);
        assert_eq!(response.status, if allowed { 303 } else { 403 }, "{name}: {value}");
    }
    assert_eq!(post("/account").too_large().send(&world).status, 413);
    assert_eq!(post("/account").json(&json!({})).send(&world).status, 400);
    assert_eq!(put("/account").json(&json!({})).send(&world).status, 405);
}

#[test]
fn a_form_works_for_1799_seconds_and_comes_again_at_1800() {
    let (world, _) = scene();
    for (age, expected) in [(1799, 200), (1800, 400)] {
        let (mut browser, page) = signed_in(&world, "diana");
        let count = devices(&page).len();
        world.advance(age);
        let own = values(&page, "sign_out").remove(0);
        let answer = browser.submit(&page, &[("sign_out", &own)]);
        assert_eq!(answer.status, expected);
        if expected == 400 {
            assert_eq!(shown(&answer), Shown::Account);
            assert!(alert(&answer).unwrap().contains("open for too long"));
            assert_eq!(devices(&answer).len(), count, "nothing was done");
            assert_eq!(browser.submit(&answer, &[("sign_out", &own)]).status, 200);
        }
    }
}

#[test]
fn a_form_that_is_too_old_of_a_login_that_has_ended_leads_to_the_sign_in_page() {
    let (world, _) = scene();
    let (mut browser, page) = signed_in(&world, "diana");
    world.advance(3600);
    let redirect = browser.submit(&page, &[("everywhere", "yes")]);
    assert_eq!(redirect.header("location"), Some("/account"));
    assert_eq!(shown(&browser.follow(&redirect)), Shown::Login);
}

#[test]
fn a_form_says_one_thing_to_do() {
    let (world, party) = scene();
    let (mut browser, page) = signed_in(&world, "diana");
    browser.code(&party.query(), "diana");
    let own = values(&page, "sign_out").remove(0);
    let before = world.dump();
    let long = "x".repeat(200);
    for fields in [
        vec![],
        vec![("sign_out", "")],
        vec![("sign_out", "XYZ")],
        vec![("sign_out", "0123")],
        vec![("everywhere", "no")],
        vec![("withdraw", "no such id")],
        vec![("withdraw", &long)],
        vec![("sign_out", &own), ("everywhere", "yes")],
        vec![("withdraw", party.client.id()), ("everywhere", "yes")],
        vec![
            ("sign_out", &own),
            ("current_password", PASSWORD),
            ("new_password", "another password"),
        ],
        vec![("sign_out_others", "yes")],
    ] {
        let refused = browser.submit(&page, &fields);
        assert_eq!(
            (refused.status, shown(&refused)),
            (400, Shown::Error("invalid_request".to_owned())),
            "{fields:?}"
        );
    }
    // What could be there, and is not.
    for field in [("sign_out", "0123456789abcdef0123456789abcdef"), ("withdraw", "nobody")] {
        let redirect = browser.submit(&page, &[field]);
        assert_eq!(redirect.header("location"), Some("/account"));
    }
    assert!(world.dump() == before, "nothing has changed");
}

#[test]
fn the_address_says_what_has_been_done_in_known_words_only() {
    let (world, party) = scene();
    let (mut browser, _) = signed_in(&world, "diana");
    for (query, expected) in [
        ("?done=device", Some("The device is signed out.")),
        ("?done=application", Some("The application has no access any more.")),
        ("?done=password", Some("Your password has been changed.")),
        ("?done=everything", None),
        ("?done=", None),
        ("?done=device&done=password", None),
        ("?done=%ff", None),
        ("?done=%3Cscript%3E", None),
        ("?DONE=device", None),
    ] {
        let page = browser.visit(&format!("/account{query}"));
        assert_eq!((page.status, shown(&page)), (200, Shown::Account), "{query}");
        assert_eq!(status(&page).as_deref(), expected, "{query}");
        assert!(!page.body.as_str().contains("<script"));
    }
    let mut nobody = Browser::new(&world);
    for query in ["?done=device", ""] {
        let page = nobody.visit(&format!("/account{query}"));
        assert_eq!((page.status, shown(&page), status(&page)), (200, Shown::Login, None), "{query}");
    }
    // A cookie that is nobody's shows nobody's page.
    for cookie in ["", "invented", hidden_field(&browser.visit("/account")).as_str()] {
        nobody.set_cookie("__Host-treeline-session", cookie);
        assert_eq!(shown(&nobody.visit("/account")), Shown::Login);
    }
    assert_eq!(shown(&browser.open(&Party::query(&party))), Shown::Consent);
}

#[test]
fn a_form_sent_twice_at_once_is_answered_twice() {
    let (world, party) = scene();
    let (mut browser, page) = signed_in(&world, "diana");
    browser.code(&party.query(), "diana");
    let own = values(&page, "sign_out").remove(0);
    for (fields, status) in [
        (vec![("withdraw", party.client.id())], 303),
        (vec![("current_password", PASSWORD), ("new_password", "another password")], 303),
        (vec![("sign_out", own.as_str())], 200),
        (vec![("everywhere", "yes")], 200),
    ] {
        let requests = [browser.form(&page, &fields), browser.form(&page, &fields)];
        let statuses = world.send_all(&requests).into_iter().map(|response| response.status);
        assert_eq!(statuses.collect::<Vec<_>>(), [status, status], "{fields:?}");
    }
    assert_eq!(world.faults(), []);
}
