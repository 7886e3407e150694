//! The question whether somebody wants to sign out, and the answer to it.

use super::{AFTERWARDS, assert_page, id_token, is_signed_in, main_of, scene};
use crate::flow::browser::{Browser, Shown, hidden_field, shown};
use crate::flow::party::{Party, is_accepted};
use crate::pages::policy::directive;
use crate::world::post;

const YES: &[(&str, &str)] = &[("decision", "sign_out")];

#[test]
fn without_an_id_token_the_person_is_asked_and_stays_here() {
    let (world, party) = scene();
    for fields in [
        vec![],
        vec![("state", "s")],
        vec![("client_id", party.client.id())],
        vec![("logout_hint", "diana")],
        vec![("post_logout_redirect_uri", AFTERWARDS)],
        vec![
            ("post_logout_redirect_uri", AFTERWARDS),
            ("client_id", party.client.id()),
            ("state", "s"),
        ],
    ] {
        let mut browser = Browser::new(&world);
        browser.code(&party.query(), "diana");
        let page = browser.end_session(&fields);
        assert_page(&page, 200, "diana");
        for part in [r#"id="logout-yes""#, r#"id="logout-no""#] {
            assert!(main_of(&page).contains(part), "{part}");
        }
        let wanted_back = fields.iter().any(|(name, _)| *name == "post_logout_redirect_uri");
        assert_eq!(main_of(&page).contains("id_token_hint"), wanted_back, "{fields:?}");
        assert!(is_signed_in(&mut browser, &party), "a question ends nothing");
        assert_page(&browser.submit(&page, YES), 200, "signed out");
        assert!(!is_signed_in(&mut browser, &party));
    }
}

#[test]
fn who_is_not_signed_in_is_not_asked() {
    let (world, _) = scene();
    assert_page(&Browser::new(&world).end_session(&[]), 200, "You are signed out");
}

#[test]
fn the_id_token_of_somebody_else_is_a_reason_to_ask() {
    let (world, party) = scene();
    let mut dianas = Browser::new(&world);
    let hint = id_token(&mut dianas, &world, &party, "diana");
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "rigo");
    let fields = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", AFTERWARDS),
        ("state", "s"),
    ];
    let page = browser.end_session(&fields);
    assert_page(&page, 200, "rigo");
    assert_eq!(
        directive(&page, "form-action"),
        "'self' https:",
        "the redirect that follows is let through"
    );
    assert!(is_signed_in(&mut dianas, &party) && is_signed_in(&mut browser, &party));
    let done = browser.submit(&page, YES);
    assert_eq!(done.header("location"), Some("https://rp.example/bye?state=s"));
    assert!(!is_signed_in(&mut browser, &party), "whoever is here");
    assert!(!is_signed_in(&mut dianas, &party), "and the session that the client has shown");
}

#[test]
fn who_says_no_stays() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    let token = party.access_token(&world, &code);
    let page = browser.end_session(&[]);
    assert_page(&browser.submit(&page, &[("decision", "stay")]), 200, "You are still signed in");
    assert!(is_signed_in(&mut browser, &party));
    assert!(is_accepted(&world, &token));
}

#[test]
fn an_answer_counts_once_and_again_changes_nothing() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let page = browser.end_session(&[]);
    assert_page(&browser.submit(&page, YES), 200, "signed out");
    assert_page(&browser.submit(&page, YES), 200, "signed out");
    browser.code(&party.query(), "diana");
    assert_eq!(browser.submit(&page, YES).status, 403, "the next login was not asked about");
    assert!(is_signed_in(&mut browser, &party));
}

#[test]
fn a_form_without_its_token_or_with_another_is_refused() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let of_sign_in = hidden_field(&page);
    browser.sign_in(&page, "diana");
    let mut others = Browser::new(&world);
    others.code(&party.query(), "rigo");
    let of_rigo = hidden_field(&others.end_session(&[]));
    let mut changed = of_rigo.clone();
    changed.replace_range(40..41, if &changed[40..41] == "A" { "B" } else { "A" });
    for (token, status) in [("", 400), ("rubbish", 400), (&of_sign_in, 400), (&changed, 400), (&of_rigo, 403)] {
        let page = browser.end_session(&[]);
        let mut forged = page.clone();
        let text = page.body.as_str().replace(&hidden_field(&page), token);
        forged.body = treeline::http::Body::Text(text);
        let refused = browser.submit(&forged, YES);
        assert!(matches!(shown(&refused), Shown::Error(_)));
        assert_eq!(refused.status, status, "{token}");
        assert!(is_signed_in(&mut browser, &party));
    }
    let bare = post("/logout").form(YES).send(&world);
    assert_eq!(bare.status, 400);
    let decisionless = browser.end_session(&[]);
    assert_eq!(browser.submit(&decisionless, &[]).status, 400);
}

#[test]
fn a_form_on_another_site_is_refused() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let token = hidden_field(&browser.end_session(&[]));
    let sent = post("/logout")
        .header("sec-fetch-site", "cross-site")
        .form(&[("interaction", &token), ("decision", "sign_out")])
        .send(&world);
    assert_eq!(sent.status, 403);
    assert!(is_signed_in(&mut browser, &party));
}

#[test]
fn a_question_does_not_stand_for_ever() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let page = browser.end_session(&[]);
    world.advance(1801);
    assert_page(&browser.submit(&page, YES), 400, "open for too long");
    assert!(is_signed_in(&mut browser, &party));
}

#[test]
fn a_uri_that_is_registered_no_longer_leads_nowhere() {
    let (world, party) = scene();
    let hint = id_token(&mut Browser::new(&world), &world, &party, "diana");
    let mut browser = Browser::new(&world);
    browser.code(&Party::register(&world).query(), "rigo");
    let page = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS)]);
    party.delete(&world);
    assert_page(&browser.submit(&page, YES), 200, "signed out");
}
