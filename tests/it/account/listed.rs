//! What stands on the account page, and what does not: what has ended or was taken back is not there, be it swept or not.

use super::{applications, devices, press, shop, signed_in, values};
use crate::flow::browser::{Browser, Shown, shown};
use crate::flow::party::{OFFLINE, Party, enrol, enrol_with, scene};
use crate::tree::sweep;
use crate::world::{ADMIN_TOKEN, World, body, get, post};
use serde_json::json;
use treeline::object::Class;

const OPENID: &str = "Know who you areAn identifier for your account, and when you signed in.";
const EMAIL: &str = "See your email addressAnd whether it has been verified.";

#[test]
fn every_login_in_force_is_a_device() {
    let (world, party) = scene();
    let mut other = Browser::new(&world);
    other.code(&party.query(), "diana");
    world.advance(60);
    let (mut browser, page) = signed_in(&world, "diana");
    assert_eq!(
        devices(&page),
        [
            "Unknown browser This device Signed in 2027-01-15 08:01 UTC",
            "Unknown browser Signed in 2027-01-15 08:00 UTC",
        ]
    );
    world.advance(3540);
    assert_eq!(devices(&browser.visit("/account")).len(), 1, "the other has ended");
    sweep(&world, "diana");
    assert_eq!(devices(&browser.visit("/account")).len(), 1);
    // Nobody else's.
    enrol(&world, "rigo");
    assert_eq!(devices(&signed_in(&world, "rigo").1).len(), 1);
}

#[test]
fn the_person_is_called_by_name_and_user_name() {
    let world = World::new();
    for (claims, expected) in [
        (
            json!({ "name": "Diana Ridge" }),
            "You are signed in as <strong><bdi>Diana Ridge</bdi></strong>.",
        ),
        (json!({}), "You are signed in as <strong><bdi>diana</bdi></strong>."),
        (json!({ "name": 7 }), "You are signed in as <strong><bdi>diana</bdi></strong>."),
    ] {
        enrol_with(&world, "diana", claims.clone());
        let (_, page) = signed_in(&world, "diana");
        assert!(page.body.as_str().contains(expected), "{claims}");
        let is_named = claims["name"].is_string();
        assert_eq!(
            page.body.as_str().contains("User name: <strong><bdi>diana</bdi></strong>"),
            is_named,
            "{claims}"
        );
    }
}

#[test]
fn nothing_is_said_to_have_access_where_nothing_has() {
    let (world, _) = scene();
    let (_, page) = signed_in(&world, "diana");
    assert!(page.body.as_str().contains("No application has access to your account."));
    assert_eq!((applications(&page), values(&page, "withdraw")), (vec![], vec![]));
}

#[test]
fn an_application_has_what_was_consented_to_and_granted_over_time() {
    let (world, party) = scene();
    let shop = shop(&world);
    let (mut browser, _) = signed_in(&world, "diana");
    browser.code(&shop.query().with("scope", "openid email"), "diana");
    world.advance(60);
    let claims = json!({ "userinfo": { "nickname": null } }).to_string();
    let asking = shop.query().with("scope", "openid").with("claims", &claims);
    browser.code(&asking, "diana");
    world.advance(60);
    browser.code(&party.query().with("scope", OFFLINE), "diana");
    let page = browser.visit("/account");
    let mut said = applications(&page);
    said.sort();
    let nameless = said.pop().unwrap();
    assert_eq!(
        said,
        [format!(
            "Alpine Supply It can {OPENID} {EMAIL} See your profilenickname Access since 2027-01-15 08:00 UTC. \
             Last used 2027-01-15 08:01 UTC. Ends when you sign out."
        )]
    );
    assert_eq!(
        nameless,
        format!(
            "{} It can {OPENID} {EMAIL} Access since 2027-01-15 08:02 UTC. Last used 2027-01-15 08:02 UTC. \
             Goes on after you have signed out.",
            party.client.id()
        )
    );
    assert!(
        page.body
            .as_str()
            .contains(r#"<a href="https://rp.example/about" rel="noopener noreferrer"><bdi>Alpine Supply</bdi></a>"#)
    );
    world.take_touches();
    browser.visit("/account");
    let touches = world.take_touches();
    assert_eq!(
        (touches.kv_gets, touches.kv_bulks, touches.all_asked()),
        (0, 1, 1),
        "one look at all clients' records, one question"
    );
}

#[test]
fn a_consent_outlives_what_was_granted_by_it() {
    let (world, _) = scene();
    let shop = shop(&world);
    let (mut browser, _) = signed_in(&world, "diana");
    browser.code(&shop.query().with("scope", "openid"), "diana");
    world.advance(43_200);
    let expected = [format!(
        "Alpine Supply It can {OPENID} Access since 2027-01-15 08:00 UTC. Ends when you sign out."
    )];
    assert_eq!(applications(&signed_in(&world, "diana").1), expected);
    sweep(&world, "diana");
    let (mut browser, page) = signed_in(&world, "diana");
    assert_eq!(applications(&page), expected, "swept or not");
    let page = press(&mut browser, &page, "withdraw", shop.client.id());
    assert_eq!(applications(&page), [] as [String; 0], "though there is no client session any more");
    assert_eq!(shown(&browser.open(&shop.query().with("scope", "openid"))), Shown::Consent);
}

#[test]
fn an_application_that_is_asked_about_every_time_is_there_while_its_grants_are() {
    let (world, _) = scene();
    let native = Party::native(&world);
    let (mut browser, _) = signed_in(&world, "diana");
    let asked = browser.open(&native.query());
    assert_eq!(shown(&asked), Shown::Consent);
    assert_eq!(applications(&browser.visit("/account")).len(), 0, "nothing has been allowed");
    browser.allow(&asked);
    assert_eq!(applications(&browser.visit("/account")).len(), 1);
    // A login that has been revoked takes along what was granted in it.
    let page = browser.visit("/account");
    let own = values(&page, "sign_out").remove(0);
    browser.submit(&page, &[("sign_out", &own)]);
    let (mut browser, page) = signed_in(&world, "diana");
    assert_eq!(applications(&page).len(), 0);
    // What was granted for longer stays, until its end.
    browser.code(&native.query().with("scope", OFFLINE), "diana");
    let page = browser.visit("/account");
    let own = values(&page, "sign_out").remove(0);
    browser.submit(&page, &[("sign_out", &own)]);
    assert_eq!(applications(&signed_in(&world, "diana").1).len(), 1);
    world.advance(86_400);
    assert_eq!(applications(&signed_in(&world, "diana").1).len(), 0);
}

#[test]
fn an_application_that_is_gone_has_no_access() {
    let (world, _) = scene();
    let shop = shop(&world);
    let (mut browser, _) = signed_in(&world, "diana");
    browser.code(&shop.query(), "diana");
    assert_eq!(applications(&browser.visit("/account")).len(), 1);
    world.run_alarms();
    shop.delete(&world);
    assert_eq!(applications(&browser.visit("/account")).len(), 0);
}

#[test]
fn what_strangers_are_called_stays_text() {
    let world = World::new();
    let name = "</bdi><script>alert(1)</script>\"'\u{202e}\u{2069}";
    enrol_with(&world, "diana", json!({ "name": name }));
    let evil = Party::registered(&world, json!({ "client_name": name }));
    let odd = r#"a"b<c>&'d"#;
    enrol_with(&world, odd, json!({ "name": name }));
    for user in ["diana", odd] {
        let (mut browser, _) = signed_in(&world, user);
        browser.code(&evil.query(), user);
        let html = browser.visit("/account").body.as_str().to_owned();
        assert!(html.contains("alert(1)"));
        assert!(
            !html.contains("<script") && !html.contains('\u{202e}') && !html.contains('\u{2069}'),
            "{html}"
        );
        assert_eq!(html.matches("<bdi>").count(), html.matches("</bdi>").count());
    }
    let (_, page) = signed_in(&world, odd);
    assert!(page.body.as_str().contains("a&#34;b&#60;c&#62;&#38;&#39;d"));
}

#[test]
fn it_speaks_the_language_of_the_browser() {
    let (world, party) = scene();
    let browser = Browser::new(&world).with_header("accept-language", "sv-FI, en;q=0.5");
    let (mut browser, page) = super::sign_in(browser, "diana");
    assert!(page.body.as_str().contains(r#"<html lang="sv">"#) && page.body.as_str().contains("<h1>Ditt konto</h1>"));
    browser.code(&party.query(), "diana");
    assert!(applications(&browser.visit("/account"))[0].contains("Se din e-postadress"));
    assert!(browser.visit("/").body.as_str().contains(r#"<a href="/account">Ditt konto</a>"#));
}

#[test]
fn an_imported_login_says_nothing_of_its_device() {
    let (world, party) = scene();
    Browser::new(&world).code(&party.query(), "diana");
    let dump = body(&get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(&world));
    let other = World::new();
    let imported = post("/admin/import").bearer(ADMIN_TOKEN).json(&dump).send(&other);
    assert_eq!(imported.status, 200, "{}", imported.body.as_str());
    enrol(&other, "diana");
    assert_eq!(other.stored(Class::UserSession), ["diana"]);
    let (mut browser, page) = signed_in(&other, "diana");
    assert_eq!(
        devices(&page),
        [
            "Unknown browser This device Signed in 2027-01-15 08:00 UTC",
            "Unknown browser Signed in 2027-01-15 08:00 UTC",
        ]
    );
    assert_eq!(applications(&page), [] as [String; 0], "its client is not registered here");
    browser.submit(&page, &[("everywhere", "yes")]);
    assert_eq!(shown(&browser.visit("/account")), Shown::Login);
}
