//! The pages in every language: what they say, and who is shown which.

use super::{between, every_page, every_page_in};
use crate::flow::browser::{Browser, Shown, callback, hidden_field, shown};
use crate::flow::party::{Party, enrol};
use crate::world::{World, body, get, post};
use serde_json::json;
use std::collections::BTreeSet;
use treeline::http::Response;
use treeline::login::pages::texts::account::AccountTexts;
use treeline::login::pages::texts::{Around, Texts};
use treeline::oauth::locale::Locale;

/// Every text that is a sentence or a label, in a fixed order.
fn said(t: &Texts) -> Vec<&'static str> {
    [
        t.proceed,
        t.website,
        t.policy,
        t.terms,
        t.problem,
        t.expired,
        t.too_many,
        t.sign_in,
        t.username,
        t.password,
        t.rejected,
        t.create_account,
        t.have_account,
        t.eight_or_more,
        t.optional,
        t.full_name,
        t.email_address,
        t.taken,
        t.allow_access,
        t.able_to,
        t.remembered,
        t.asked_again,
        t.allow,
        t.deny,
        t.openid.0,
        t.openid.1,
        t.profile.0,
        t.profile.1,
        t.email,
        t.address,
        t.phone,
        t.and_verified,
        t.offline_access.0,
        t.offline_access.1,
        t.cannot_answer,
        t.go_back,
        t.if_it_comes_back,
        t.foreign_form,
        t.client_gone,
        t.nothing_to_open,
        t.only_forms,
        t.went_wrong,
        t.our_fault,
        t.error,
        t.description,
        t.request,
        t.completed,
        t.nothing_left,
        t.provider,
        t.for_people,
        t.discovery_document,
        t.issuer,
    ]
    .into_iter()
    .chain(said_of_account(AccountTexts::of(t.locale)))
    .collect()
}

/// The same of the account page.
fn said_of_account(a: &AccountTexts) -> Vec<&'static str> {
    vec![
        a.account,
        a.continue_to_account,
        a.device_signed_out,
        a.access_withdrawn,
        a.password_changed,
        a.devices,
        a.devices_note,
        a.this_device,
        a.unknown_device,
        a.sign_out,
        a.sign_out_everywhere,
        a.everywhere_note,
        a.applications,
        a.applications_note,
        a.no_applications,
        a.able_to,
        a.ends_with_sign_out,
        a.outlasts_sign_out,
        a.withdraw,
        a.change_password,
        a.current_password,
        a.new_password,
        a.sign_out_others,
        a.others_note,
        a.wrong_password,
    ]
}

fn around(t: &Texts) -> [Around; 13] {
    let a = AccountTexts::of(t.locale);
    [
        a.at_account,
        a.signed_in,
        a.access_since,
        a.last_used,
        t.return_to_site,
        t.return_to_app,
        t.about,
        t.too_many_minutes,
        t.unusable,
        t.continue_to,
        t.allow_whom,
        t.signed_in_as,
        t.for_developers,
    ]
}

fn lang(page: &Response) -> &str {
    between(page.body.as_str(), r#"<html lang=""#, "\"")
}

#[test]
fn every_language_says_everything_in_its_own_words() {
    let english = Texts::of(Locale::English);
    for locale in Locale::ALL {
        let texts = Texts::of(locale);
        assert_eq!(texts.locale, locale);
        for (text, in_english) in said(texts).into_iter().zip(said(english)) {
            assert!(!text.trim().is_empty(), "{locale:?}: {in_english}");
            assert!(!text.contains(['<', '>', '&', '"', '\'']), "{locale:?}: {text}");
            // Words that two languages share.
            let shared = ["Website", "Problem: ", "Name", "Applications"].contains(&text);
            assert!(locale == Locale::English || text != in_english || shared, "{locale:?}: {text}");
        }
        for (Around(before, after), Around(..)) in around(texts).into_iter().zip(around(english)) {
            assert!(!before.trim().is_empty() || !after.trim().is_empty(), "{locale:?}");
        }
        let distinct: BTreeSet<&str> = said(texts).into_iter().collect();
        assert_eq!(distinct.len(), said(texts).len(), "{locale:?}: two texts are the same");
    }
}

#[test]
fn no_english_is_left_on_the_pages_of_another_language() {
    let sentences = |html: &str| -> BTreeSet<String> {
        let main = between(html, "<main>", "</main>");
        let pieces = main
            .split('>')
            .filter_map(|piece| piece.split_once('<'))
            .map(|(text, _)| text.trim().to_owned());
        pieces.filter(|text| text.contains(' ')).collect()
    };
    for locale in Locale::ALL.into_iter().filter(|locale| *locale != Locale::English) {
        for ((name, page), (_, english)) in every_page_in(locale).iter().zip(every_page()) {
            let left: Vec<String> = sentences(page.body.as_str())
                .intersection(&sentences(english.body.as_str()))
                .filter(|text| {
                    ![
                        "Alpine Supply",
                        "redirect_uri is not registered",
                        "Firefox, Windows",
                        "· SE",
                        "Diana Ridge",
                    ]
                    .contains(&text.as_str())
                })
                // A time is written the same in every language.
                .filter(|text| !text.ends_with(" UTC"))
                .cloned()
                .collect();
            assert_eq!(left, [] as [String; 0], "{name} in {locale:?}");
        }
    }
}

#[test]
fn the_pages_keep_the_language_that_the_client_asks_for() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query().with("ui_locales", "xx !! sv-FI de"));
    assert_eq!((shown(&page), lang(&page)), (Shown::Login, "sv"));
    assert!(page.body.as_str().contains("<h1>Logga in</h1>"));
    let again = browser.submit(&page, &[("username", "diana"), ("password", "wrong")]);
    assert_eq!((again.status, lang(&again)), (400, "sv"));
    let consent = browser.sign_in(&page, "diana");
    assert_eq!((shown(&consent), lang(&consent)), (Shown::Consent, "sv"));
    assert!(consent.body.as_str().contains("Se din e-postadress"));
    party.tokens(&world, &callback(&browser.allow(&consent), "code"));
    let completed = browser.allow(&consent);
    assert_eq!((shown(&completed), lang(&completed)), (Shown::Completed, "sv"));
    let asked = browser.open(&party.query().with("ui_locales", "ja").with("prompt", "consent"));
    assert_eq!((shown(&asked), lang(&asked)), (Shown::Consent, "ja"));

    let expired = browser.open(&party.query().with("ui_locales", "fr").with("prompt", "login"));
    world.advance(3600);
    let expired = browser.sign_in(&expired, "diana");
    assert_eq!((expired.status, lang(&expired)), (400, "fr"));
}

#[test]
fn no_language_fails_a_request() {
    let world = World::new();
    let party = Party::register(&world);
    for value in [
        "tlh",
        "*",
        "-",
        "--- -a-",
        "sv_SE",
        "en-",
        "\u{0}",
        "åäö",
        " ",
        "i-klingon",
        &"a-".repeat(3000),
    ] {
        let page = Browser::new(&world).open(&party.query().with("ui_locales", value));
        assert_eq!((page.status, lang(&page)), (200, "en"), "{value}");
        let page = get(&party.query().target()).header("accept-language", value).send(&world);
        assert_eq!((page.status, lang(&page)), (200, "en"), "{value}");
    }
}

#[test]
fn the_browser_decides_where_the_client_does_not() {
    let world = World::new();
    let party = Party::register(&world);
    let gone = party.query().with("client_id", "nobody");
    let accept = "da, sv;q=0.3, de-AT;q=0.9";
    let twice = format!("{}&ui_locales=ja&ui_locales=ja", gone.target());
    for (target, status, expected) in [
        (party.query().target(), 200, "de"),
        (party.query().with("ui_locales", "xx").target(), 200, "de"),
        (party.query().with("ui_locales", "es").target(), 200, "es"),
        (gone.target(), 400, "de"),
        (gone.with("ui_locales", "ja").target(), 400, "ja"),
        (twice, 400, "de"),
        (
            party
                .query()
                .with("redirect_uri", "https://elsewhere.example")
                .with("ui_locales", "fr")
                .target(),
            400,
            "fr",
        ),
        ("/authorization".to_owned(), 400, "de"),
        ("/".to_owned(), 200, "de"),
        ("/login".to_owned(), 405, "de"),
    ] {
        let page = get(&target).header("accept-language", accept).send(&world);
        assert_eq!((page.status, lang(&page)), (status, expected), "{target}");
    }
    let foreign = post("/login")
        .header("accept-language", accept)
        .form(&[("interaction", "x")])
        .send(&world);
    assert_eq!((foreign.status, lang(&foreign)), (403, "de"));
    // The sealed request says more than the header does, where it can be read.
    let page = Browser::new(&world).open(&party.query().with("ui_locales", "ja"));
    let moved = post("/consent")
        .header("accept-language", accept)
        .form(&[("interaction", &hidden_field(&page))])
        .send(&world);
    assert_eq!((moved.status, lang(&moved)), (403, "de"), "a form of another page");
}

#[test]
fn a_fault_is_told_in_the_language_of_the_browser() {
    let world = World::new();
    let party = Party::register(&world);
    world.die_after(0);
    let page = get(&party.query().target()).header("accept-language", "fr-CA").send(&world);
    assert_eq!((page.status, lang(&page)), (503, "fr"));
    assert!(page.body.as_str().contains("Un problème est survenu"));
}

#[test]
fn a_client_is_named_in_the_language_of_the_page() {
    let world = World::new();
    let party = Party::with(
        &world,
        json!({
            "redirect_uris": ["https://rp.example/cb"],
            "client_name": "Alpine Supply", "client_name#ja-Jpan-JP": "アルパイン", "client_name#FR": "Fournitures alpines",
            "tos_uri": "https://rp.example/terms", "tos_uri#fr": "https://rp.example/conditions",
            "policy_uri#de": "https://rp.example/datenschutz", "logo_uri#de": "https://rp.example/logo.de.png",
        }),
    );
    let html = |locale: &str| {
        let page = Browser::new(&world).open(&party.query().with("ui_locales", locale));
        let csp = page.header("content-security-policy").unwrap().to_owned();
        (page.body.as_str().to_owned(), csp)
    };
    for (locale, name, link) in [
        ("en", "<bdi>Alpine Supply</bdi>", "https://rp.example/terms"),
        ("fr-CA", "<bdi>Fournitures alpines</bdi>", "https://rp.example/conditions"),
        ("ja", "<bdi>アルパイン</bdi>", "https://rp.example/terms"),
        ("de", "<bdi>Alpine Supply</bdi>", "https://rp.example/datenschutz"),
    ] {
        let (html, csp) = html(locale);
        assert!(html.contains(name) && html.contains(&format!(r#"href="{link}""#)), "{locale}");
        assert_eq!(html.contains("datenschutz"), locale == "de", "{locale}");
        assert_eq!(csp.contains("img-src 'self' https://rp.example"), locale == "de", "{locale}");
    }
}

#[test]
fn discovery_names_the_languages() {
    let metadata = body(&get("/.well-known/openid-configuration").send(&World::new()));
    assert_eq!(metadata["ui_locales_supported"], json!(["en", "sv", "de", "fr", "es", "ja"]));
}
