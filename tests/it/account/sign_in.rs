//! Signing in on the account page: for no client, and held to the same rules as for one.

use super::{FIREFOX, alert, devices, is_signed_in, listed_for_operator, sign_in, signed_in, status};
use crate::flow::browser::{Browser, Shown, callback, shown};
use crate::flow::party::{PASSWORD, enrol, scene, set_disabled};
use crate::tree::sweep;
use crate::world::{World, get, post};
use serde_json::json;
use treeline::http::Response;
use treeline::object::Class;
use treeline::platform::Platform;

#[test]
fn who_is_not_signed_in_signs_in_and_comes_to_the_account() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.visit("/account");
    assert_eq!((page.status, shown(&page)), (200, Shown::Login));
    assert!(page.body.as_str().contains("to continue to your account"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self';"));
    let redirect = browser.sign_in(&page, "Diana");
    assert_eq!((redirect.status, redirect.header("location")), (303, Some("/account")));
    let cookie = redirect.headers.iter().find(|(name, _)| *name == "set-cookie").unwrap();
    assert!(
        cookie.1.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=3600"),
        "{}",
        cookie.1
    );
    let page = browser.follow(&redirect);
    assert_eq!((page.status, shown(&page)), (200, Shown::Account));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    // It is a login like any other: clients are answered in it.
    let consent = browser.open(&party.query());
    assert_eq!(shown(&consent), Shown::Consent);
    assert_eq!(party.redeem(&world, &callback(&browser.allow(&consent), "code")).status, 200);
}

#[test]
fn a_login_for_a_client_is_enough() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    assert_eq!(shown(&browser.visit("/account")), Shown::Account);
    world.advance(3600);
    assert_eq!(shown(&browser.visit("/account")), Shown::Login, "it has ended");
}

#[test]
fn a_disabled_account_has_no_page() {
    let (world, _) = scene();
    let (mut browser, _) = signed_in(&world, "diana");
    set_disabled(&world, "diana", true);
    let page = browser.visit("/account");
    assert_eq!((page.status, shown(&page)), (200, Shown::Login));
    let again = browser.sign_in(&page, "diana");
    assert_eq!((again.status, shown(&again)), (400, Shown::Login));
    set_disabled(&world, "diana", false);
    assert_eq!(shown(&browser.visit("/account")), Shown::Login, "what was in force before is not");
}

#[test]
fn tries_are_counted_with_those_of_the_other_page() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.visit("/account");
    let other = browser.open(&party.query());
    for _ in 0..5 {
        for form in [&page, &other] {
            let again = browser.submit(form, &[("username", "diana"), ("password", "wrong")]);
            assert_eq!((again.status, shown(&again)), (400, Shown::Login));
            assert_eq!(alert(&again).as_deref(), Some("The user name or the password is wrong."));
        }
    }
    let refused = browser.sign_in(&page, "diana");
    assert_eq!((refused.status, shown(&refused)), (429, Shown::Login));
    assert!(refused.body.as_str().contains(r#"action="/account/sign_in""#) && refused.body.as_str().contains(r#"value="diana""#));
    assert_eq!(refused.header("retry-after"), Some("900"));
    world.advance(900);
    assert_eq!(browser.sign_in(&page, "diana").status, 303);
    let wrong = Browser::new(&world).visit("/account");
    assert_eq!(status(&wrong), None);
}

#[test]
fn nobody_is_not_told_from_a_wrong_password() {
    let (world, _) = scene();
    let answer = |user| {
        let mut browser = Browser::new(&world);
        let page = browser.visit("/account");
        let again = browser.submit(&page, &[("username", user), ("password", "wrong")]);
        (again.status, alert(&again))
    };
    assert_eq!(answer("diana"), answer("nobody"));
    assert_eq!(answer("diana"), answer("no name"));
    assert_eq!(answer("diana").0, 400);
}

#[test]
fn its_form_works_for_1799_seconds_and_begins_anew_at_1800() {
    let (world, _) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.visit("/account");
    world.advance(1799);
    assert_eq!(browser.sign_in(&page, "diana").status, 303);
    world.advance(1);
    world.take_touches();
    let again = browser.sign_in(&page, "diana");
    assert_eq!((again.status, shown(&again)), (400, Shown::Login));
    assert!(alert(&again).unwrap().contains("open for too long"));
    assert_eq!(world.take_touches().all_asked(), 0, "the password is not looked at");
    assert_eq!(browser.sign_in(&again, "diana").status, 303);
}

#[test]
fn its_form_counts_only_where_it_was_shown() {
    let (world, party) = scene();
    let (mut victim, mut attacker) = (Browser::new(&world), Browser::new(&world));
    let foreign = attacker.visit("/account");
    let own = victim.visit("/account");
    let refused = victim.sign_in(&foreign, "diana");
    assert_eq!((refused.status, shown(&refused)), (403, Shown::Error("access_denied".to_owned())));
    // Nor does a form of another page.
    let of_client = victim.open(&party.query());
    let moved = |page: &Response, from: &str, to: &str| Response {
        body: treeline::http::Body::Text(page.body.as_str().replacen(from, to, 1)),
        ..page.clone()
    };
    let (login, account) = (r#"action="/login""#, r#"action="/account/sign_in""#);
    assert_eq!(victim.sign_in(&moved(&of_client, login, account), "diana").status, 403);
    assert_eq!(victim.sign_in(&moved(&own, account, login), "diana").status, 403);
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let response = post("/account/sign_in")
            .header(name, value)
            .form(&[("username", "diana")])
            .send(&world);
        assert_eq!(response.status, 403, "{name}: {value}");
    }
    let form = post("/account/sign_in").form(&[("username", "diana"), ("password", PASSWORD)]);
    assert_eq!(form.send(&world).status, 403, "no step");
    assert_eq!(post("/account/sign_in").too_large().send(&world).status, 413);
    assert_eq!(post("/account/sign_in").json(&json!({})).send(&world).status, 400);
    assert_eq!(get("/account/sign_in").send(&world).status, 405);
    assert!(!is_signed_in(&mut victim, &party));
}

#[test]
fn only_two_words_and_a_country_are_kept_of_a_sign_in() {
    let (world, party) = scene();
    let firefox = Browser::new(&world)
        .with_header("user-agent", FIREFOX)
        .with_header("cf-ipcountry", "SE")
        .with_header("cf-connecting-ip", "192.0.2.7");
    let (_, page) = sign_in(firefox, "diana");
    assert_eq!(devices(&page), ["Firefox, Windows This device Signed in 2027-01-15 08:00 UTC · SE"]);
    let dump = world.dump();
    assert!(!dump.contains("192.0.2.7") && !dump.contains("Gecko") && !dump.contains("145.0"));
    // At a client's request too.
    let mut phone = Browser::new(&world)
        .with_header(
            "user-agent",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1",
        )
        .with_header("cf-ipcountry", "T1");
    world.advance(60);
    phone.code(&party.query(), "diana");
    let logins: Vec<(String, String)> = listed_for_operator(&world, "logins")
        .iter()
        .map(|login| (login["device"].to_string(), login["place"].to_string()))
        .collect();
    let quoted = |text: &str| format!("\"{text}\"");
    assert_eq!(
        logins,
        [(quoted("Safari, iPhone"), quoted("")), (quoted("Firefox, Windows"), quoted("SE"))]
    );
}

#[test]
fn a_login_that_nothing_came_of_is_swept_at_its_end() {
    let (world, _) = scene();
    let begun = world.now();
    signed_in(&world, "diana");
    let next = world.next_alarm(Class::UserSession, "diana").expect("an alarm");
    assert_eq!(next, begun.plus(3600 + 600));
    world.advance(3599);
    sweep(&world, "diana");
    assert_eq!(listed_for_operator(&world, "logins").len(), 1);
    world.advance(1);
    sweep(&world, "diana");
    assert_eq!(listed_for_operator(&world, "logins").len(), 0);
    let trail = begun.plus(91 * 86_400 + 600);
    assert_eq!(
        world.next_alarm(Class::UserSession, "diana"),
        Some(trail),
        "the audit trail's, and nothing sooner"
    );
}

#[test]
fn touches_are_those_of_the_table() {
    let world = World::new();
    enrol(&world, "diana");
    let mut browser = Browser::new(&world);
    world.take_touches();
    let seen = |world: &World| {
        let touches = world.take_touches();
        let users = touches.asked(Class::UserSession);
        assert_eq!((touches.kv_puts, touches.kv_lists, touches.all_asked()), (0, 0, users));
        (touches.kv_gets, users)
    };
    let page = browser.visit("/account");
    assert_eq!(seen(&world), (0, 0), "without a cookie");
    browser.sign_in(&page, "diana");
    assert_eq!(seen(&world), (0, 2), "sign-in");
    let page = browser.visit("/account");
    assert_eq!(seen(&world), (0, 1), "the page");
    let own = super::values(&page, "sign_out").remove(0);
    browser.submit(&page, &[("current_password", PASSWORD), ("new_password", "another password")]);
    assert_eq!(seen(&world), (0, 2), "another password");
    browser.submit(&page, &[("sign_out", &own)]);
    assert_eq!(seen(&world), (0, 1), "signing out");
    browser.visit("/account");
    assert_eq!(seen(&world), (0, 0), "the cookie is gone");
}
