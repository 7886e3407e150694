//! What a person is asked, what is remembered of the answer, and what pressing the buttons twice does.

use super::browser::{Browser, Shown, callback, parameter, shown};
use super::party::{Party, decode, enrol, is_accepted, scene, text};
use crate::world::{ADMIN_TOKEN, ISSUER, World, body, get, put};
use serde_json::{Value, json};

/// The grants in a user's tree.
fn grants(world: &World, user: &str) -> Vec<Value> {
    let dump = body(&get(&format!("/admin/sessions/{user}")).bearer(ADMIN_TOKEN).send(world));
    let nodes = dump["db"].as_object().unwrap().values();
    nodes
        .filter(|node| node[0] == "oidcop.session.grant.Grant")
        .map(|node| node[1].clone())
        .collect()
}

#[test]
fn a_consent_is_remembered_in_every_browser() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect);
    let mut other = Browser::new(&world);
    let page = other.open(&party.query());
    assert_eq!(shown(&other.sign_in(&page, "diana")), Shown::Redirect);
    // It outlives logins and grants, and what is swept after them.
    world.advance(90_000);
    world.run_alarms();
    let again = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    assert_ne!(again.id(), party.client.id());
    let page = browser.open(&party.query());
    assert_eq!(shown(&browser.sign_in(&page, "diana")), Shown::Redirect);
}

#[test]
fn consents_add_up() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let ask = |scope: &str| party.query().with("scope", scope);
    browser.code(&ask("openid email"), "diana");
    assert_eq!(shown(&browser.open(&ask("openid"))), Shown::Redirect, "less than before");
    assert_eq!(
        shown(&browser.open(&ask("email unknown openid"))),
        Shown::Redirect,
        "the same in another order, and nothing real beside"
    );
    let page = browser.open(&ask("openid phone"));
    assert_eq!(shown(&page), Shown::Consent, "something else");
    browser.allow(&page);
    assert_eq!(shown(&browser.open(&ask("openid email phone"))), Shown::Redirect, "both");
    assert_eq!(
        shown(&browser.open(&ask("openid email phone address"))),
        Shown::Consent,
        "more than both"
    );
}

#[test]
fn a_consent_is_for_one_client_and_of_one_person() {
    let (world, party) = scene();
    enrol(&world, "rigo");
    let other = Party::register(&world);
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    assert_eq!(shown(&browser.open(&other.query())), Shown::Consent);
    let page = browser.open(&party.query().with("prompt", "login"));
    assert_eq!(shown(&browser.sign_in(&page, "rigo")), Shown::Consent);
}

#[test]
fn a_client_gets_no_more_than_it_has_registered() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::with(
        &world,
        json!({ "redirect_uris": ["https://rp.example/cb"], "scope": "openid email" }),
    );
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    assert_eq!(party.tokens(&world, &code)["scope"], "openid email");
    assert_eq!(
        shown(&browser.open(&party.query())),
        Shown::Redirect,
        "what it cannot get is not asked for again"
    );
    let refused = browser.open(&party.query().with("scope", "phone"));
    assert_eq!(callback(&refused, "error"), "invalid_scope");
}

#[test]
fn a_client_that_anybody_could_be_is_asked_about_every_time() {
    let world = World::new();
    enrol(&world, "diana");
    let public = |redirect_uri: &str| {
        Party::with(
            &world,
            json!({ "redirect_uris": [redirect_uri], "application_type": "native", "token_endpoint_auth_method": "none" }),
        )
    };
    for (redirect_uri, expected) in [
        ("com.example.app:/cb", Shown::Consent),
        ("http://127.0.0.1/cb", Shown::Consent),
        ("http://localhost:7777/cb", Shown::Consent),
        ("https://app.example/cb", Shown::Redirect),
    ] {
        let party = public(redirect_uri);
        let mut browser = Browser::new(&world);
        browser.code(&party.query(), "diana");
        for _ in 0..2 {
            let response = browser.open(&party.query());
            assert_eq!(shown(&response), expected, "{redirect_uri}");
            let silent = browser.open(&party.query().with("prompt", "none"));
            match expected {
                Shown::Consent => {
                    assert_eq!(callback(&silent, "error"), "consent_required", "{redirect_uri}");
                    browser.allow(&response);
                }
                _ => assert!(parameter(&silent, "code").is_some(), "{redirect_uri}"),
            }
        }
    }
    // A client with a secret proves who it is wherever it is reached.
    let confidential = Party::with(
        &world,
        json!({ "redirect_uris": ["http://127.0.0.1/cb"], "application_type": "native" }),
    );
    let mut browser = Browser::new(&world);
    browser.code(&confidential.query(), "diana");
    assert_eq!(shown(&browser.open(&confidential.query())), Shown::Redirect);
}

#[test]
fn a_consent_at_a_claimed_address_does_not_count_at_an_unclaimed_one() {
    let world = World::new();
    enrol(&world, "diana");
    let claimed = Party::with(
        &world,
        json!({
            "redirect_uris": ["https://app.example/cb", "com.example.app:/cb"],
            "application_type": "native",
            "token_endpoint_auth_method": "none",
        }),
    );
    let unclaimed = Party {
        redirect_uri: "com.example.app:/cb".to_owned(),
        ..claimed.clone()
    };
    let mut browser = Browser::new(&world);
    browser.code(&unclaimed.query(), "diana");
    assert_eq!(
        shown(&browser.open(&claimed.query())),
        Shown::Consent,
        "what anybody could have asked for is not remembered"
    );
    browser.code(&claimed.query(), "diana");
    assert_eq!(shown(&browser.open(&claimed.query())), Shown::Redirect);
    assert_eq!(shown(&browser.open(&unclaimed.query())), Shown::Consent);
}

#[test]
fn no_is_no() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let page = browser.sign_in(&page, "diana");
    assert_eq!(grants(&world, "diana").len(), 1, "the grant is open");
    for _ in 0..2 {
        let denied = browser.deny(&page);
        assert_eq!(callback(&denied, "error"), "access_denied");
        assert_eq!(
            (callback(&denied, "state"), callback(&denied, "iss")),
            ("the state".to_owned(), ISSUER.to_owned())
        );
        assert_eq!(parameter(&denied, "code"), None);
        assert_eq!(grants(&world, "diana"), [] as [Value; 0], "the grant is gone");
    }
    assert_eq!(
        shown(&browser.open(&party.query())),
        Shown::Consent,
        "nothing is remembered; the login stays"
    );
    assert!(browser.allow(&page).status < 500, "whoever changes their mind meets no fault");
}

#[test]
fn yes_twice_is_one_code() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let page = browser.sign_in(&page, "diana");
    let code = callback(&browser.allow(&page), "code");
    assert_eq!(callback(&browser.allow(&page), "code"), code, "a double click");
    let denied = browser.deny(&page);
    assert_eq!(
        (denied.status, shown(&denied)),
        (409, Shown::Completed),
        "the answer has been given"
    );
    let token = party.access_token(&world, &code);
    for _ in 0..2 {
        assert_eq!(shown(&browser.allow(&page)), Shown::Completed, "back, and once more");
        assert_eq!(shown(&browser.deny(&page)), Shown::Completed);
    }
    assert!(is_accepted(&world, &token), "a person's clicks are no replay");
    assert_eq!(grants(&world, "diana").len(), 1);
}

#[test]
fn fifty_clicks_at_once_are_one_code() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let page = browser.sign_in(&page, "diana");
    let clicks: Vec<_> = (0..50).map(|_| browser.form(&page, &[("decision", "allow")])).collect();
    let mut codes: Vec<String> = world.send_all(&clicks).iter().map(|response| callback(response, "code")).collect();
    codes.dedup();
    assert_eq!(codes.len(), 1);
    assert_eq!(party.redeem(&world, &codes[0]).status, 200);
}

#[test]
fn a_sign_in_form_sent_twice_makes_one_grant() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let page = browser.open(&party.query().with("prompt", "login"));
    let code = callback(&browser.sign_in(&page, "diana"), "code");
    assert_eq!(callback(&browser.sign_in(&page, "diana"), "code"), code);
    assert_eq!(party.redeem(&world, &code).status, 200);
    let again = browser.sign_in(&page, "diana");
    assert_eq!((again.status, shown(&again)), (409, Shown::Completed));
    assert_eq!(grants(&world, "diana").len(), 2, "the first request's and the second's");
}

#[test]
fn a_form_without_a_decision_decides_nothing() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let page = browser.sign_in(&page, "diana");
    for typed in [
        vec![],
        vec![("decision", "")],
        vec![("decision", "Allow")],
        vec![("decision", "allow"), ("decision", "allow")],
    ] {
        let response = browser.submit(&page, &typed);
        assert_eq!(
            (response.status, shown(&response)),
            (400, Shown::Error("invalid_request".to_owned())),
            "{typed:?}"
        );
    }
    assert_eq!(shown(&browser.allow(&page)), Shown::Redirect);
}

#[test]
fn what_is_typed_beside_the_sealed_request_changes_nothing() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let smuggled = [
        ("scope", "openid"),
        ("redirect_uri", "https://evil.example/cb"),
        ("client_id", "somebody-else"),
        ("state", "another"),
        ("return", "https://evil.example"),
    ];
    let page = browser.open(&party.query());
    let page = browser.submit(
        &page,
        &[&[("username", "diana"), ("password", super::party::PASSWORD)], smuggled.as_slice()].concat(),
    );
    let redirect = browser.submit(&page, &[&[("decision", "allow")], smuggled.as_slice()].concat());
    assert!(redirect.header("location").unwrap().starts_with("https://rp.example/cb?code="));
    assert_eq!(callback(&redirect, "state"), "the state");
    let tokens = party.tokens(&world, &callback(&redirect, "code"));
    assert_eq!(text(&tokens, "scope"), super::party::SCOPE);
}

#[test]
fn a_grant_that_ends_before_its_form_does_is_not_given_again() {
    // The grant ends and is swept while the consent form is still good: its code must not come to life a second time.
    let world = World::with(&[("GRANT_LIFETIME", "60")]);
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let page = browser.sign_in(&page, "diana");
    let code = callback(&browser.allow(&page), "code");
    party.access_token(&world, &code);
    world.advance(900);
    crate::tree::sweep(&world, "diana");
    assert_eq!(shown(&browser.allow(&page)), Shown::Completed);
    assert_eq!(party.redeem(&world, &code).status, 400);
}

#[test]
fn what_is_granted_is_what_the_page_said() {
    let (world, _) = scene();
    let narrow = json!({ "redirect_uris": ["https://rp.example/cb"], "scope": "openid" });
    let party = Party::with(&world, narrow);
    let wide = party.query().with("scope", "openid email phone offline_access");
    let mut browser = Browser::new(&world);
    let login = browser.open(&wide);
    let page = browser.sign_in(&login, "diana");
    assert_eq!(shown(&page), Shown::Consent);
    assert!(!page.body.as_str().contains("email address"));
    // While the page is open the client registers more.
    let mut metadata = party.client.0.clone();
    metadata["scope"] = "openid email phone offline_access".into();
    let response = put(&party.client.configuration())
        .bearer(party.client.token())
        .json(&metadata)
        .send(&world);
    assert_eq!(response.status, 200);
    // The click is not taken for more than was read: the page comes again, and says it.
    let again = browser.allow(&page);
    assert_eq!(shown(&again), Shown::Consent);
    assert!(again.body.as_str().contains("email address"));
    assert_eq!(shown(&browser.deny(&again)), Shown::Redirect);
    let silent = browser.open(&wide.with("prompt", "none"));
    assert_eq!(parameter(&silent, "error").as_deref(), Some("consent_required"));
}

#[test]
fn a_subject_that_changes_under_the_page_is_one_in_all_tokens() {
    let (world, _) = scene();
    let metadata = json!({ "redirect_uris": ["https://rp.example/cb"], "response_types": ["code id_token"], "subject_type": "pairwise" });
    let party = Party::with(&world, metadata);
    let mut browser = Browser::new(&world);
    let login = browser.open(&party.query().with("response_type", "code id_token"));
    let page = browser.sign_in(&login, "diana");
    let mut changed = party.client.0.clone();
    changed["subject_type"] = "public".into();
    let response = put(&party.client.configuration())
        .bearer(party.client.token())
        .json(&changed)
        .send(&world);
    assert_eq!(response.status, 200);
    let again = browser.allow(&page);
    assert_eq!(shown(&again), Shown::Consent);
    let answer = browser.allow(&again);
    let front = decode(&parameter(&answer, "id_token").unwrap()).1;
    let back = party.tokens(&world, &parameter(&answer, "code").unwrap());
    assert_eq!(front["sub"], decode(&text(&back, "id_token")).1["sub"]);
}
