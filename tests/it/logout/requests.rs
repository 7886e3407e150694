//! Requests to the end session endpoint (OpenID Connect RP-Initiated Logout, sections 2 and 3).

use super::{AFTERWARDS, assert_page, id_token, is_signed_in, scene};
use crate::flow::browser::Browser;
use crate::flow::party::{Party, decode};
use crate::world::{World, post};
use serde_json::json;
use treeline::oauth::base64url;
use treeline::object::Class;
use treeline::platform::Platform;

#[test]
fn a_client_ends_the_session_and_gets_the_person_back_with_state() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let state = r#"!"$%&'()*+,-./:;<=>?@[\]^_`{|}~ åß#"#;
    let done = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS), ("state", state)]);
    assert_eq!(done.status, 303);
    let location = done.header("location").unwrap();
    let (address, query) = location.split_once('?').unwrap();
    assert_eq!(address, AFTERWARDS);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(pairs, [("state".to_owned(), state.to_owned())]);
    assert!(!query.contains('+'), "{query}");
    assert!(!is_signed_in(&mut browser, &party));
}

#[test]
fn without_a_state_the_address_is_the_registered_one() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let done = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS)]);
    assert_eq!(done.header("location"), Some(AFTERWARDS));
}

#[test]
fn a_registered_query_stays() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let uri = "https://rp.example/bye?from=op";
    let done = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri), ("state", "s")]);
    assert_eq!(done.header("location"), Some("https://rp.example/bye?from=op&state=s"));
}

#[test]
fn a_form_does_the_same() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let fields = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", AFTERWARDS),
        ("state", "s"),
    ];
    let done = post("/session").form(&fields).send(&world);
    assert_eq!(done.header("location"), Some("https://rp.example/bye?state=s"));
    assert!(!is_signed_in(&mut browser, &party), "without a cookie the ID token finds the login");
}

#[test]
fn a_form_of_another_site_comes_again_with_its_cookies() {
    let (world, _) = scene();
    let repeated = post("/session")
        .header("sec-fetch-site", "cross-site")
        .form(&[("state", "a b"), ("client_id", "x")])
        .send(&world);
    assert_eq!(
        (repeated.status, repeated.header("location")),
        (303, Some("/session?state=a%20b&client_id=x"))
    );
}

#[test]
fn an_expired_id_token_is_as_good() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    world.advance(3000);
    assert!(is_signed_in(&mut browser, &party));
    let done = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS)]);
    assert_eq!(done.header("location"), Some(AFTERWARDS));
    assert!(!is_signed_in(&mut browser, &party));
}

#[test]
fn the_id_token_of_an_earlier_login_is_a_reason_to_ask_and_ends_both() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let earlier = id_token(&mut browser, &world, &party, "diana");
    world.advance(5);
    let page = browser.open(&party.query().with("prompt", "login"));
    browser.sign_in(&page, "diana");
    let page = browser.end_session(&[("id_token_hint", &earlier), ("post_logout_redirect_uri", AFTERWARDS)]);
    assert_page(&page, 200, "Sign out?");
    let done = browser.submit(&page, &[("decision", "sign_out")]);
    assert_eq!(done.header("location"), Some(AFTERWARDS));
    assert!(!is_signed_in(&mut browser, &party));
}

#[test]
fn a_client_without_logout_metadata_shows_by_the_subject_whose_token_it_is() {
    let (world, _) = scene();
    for subject_type in ["public", "pairwise"] {
        let party = Party::registered(&world, json!({ "subject_type": subject_type }));
        let mut browser = Browser::new(&world);
        let hint = id_token(&mut browser, &world, &party, "diana");
        assert_eq!(decode(&hint).1.get("sid"), None, "it takes no part in logout");
        assert_page(&browser.end_session(&[("id_token_hint", &hint)]), 200, "You are signed out");
        assert!(!is_signed_in(&mut browser, &party));
    }
    let party = Party::registered(&world, json!({ "subject_type": "ephemeral" }));
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    assert_page(&browser.end_session(&[("id_token_hint", &hint)]), 200, "Sign out?");
}

#[test]
fn it_takes_one_object_call_and_one_look_at_a_client() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    world.run_alarms();
    world.take_touches();
    world.forget_clients();
    browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS)]);
    let touches = world.take_touches();
    assert_eq!((touches.asked(Class::UserSession), touches.all_asked()), (1, 1));
    assert_eq!((touches.kv_gets, touches.kv_bulks), (1, 1));
    assert_eq!((touches.kv_puts, touches.kv_lists), (0, 0));
}

/// Each request, what its page names, and whether an ID token goes along.
#[test]
fn what_is_wrong_is_told_on_a_page_and_changes_nothing() {
    let (world, party) = scene();
    let other = Party::registered(&world, json!({ "post_logout_redirect_uris": ["https://other.example/bye"] }));
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let (header, claims, signature) = {
        let mut parts = hint.split('.');
        (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap())
    };
    let unsigned = format!("{}.{claims}.", base64url::encode(r#"{"alg":"none"}"#));
    let mut forged = decode(&hint).1;
    forged["sub"] = "somebody else".into();
    let forged = format!("{header}.{}.{signature}", base64url::encode(forged.to_string()));
    let foreign = {
        let elsewhere = World::with(&[("ISSUER", "https://elsewhere.example")]);
        crate::flow::party::enrol(&elsewhere, "diana");
        let party = Party::registered(&elsewhere, json!({ "post_logout_redirect_uris": [AFTERWARDS] }));
        id_token(&mut Browser::new(&elsewhere), &elsewhere, &party, "diana")
    };
    let id = party.client.id();
    let near = [
        "https://rp.example/bye/",
        "https://rp.example/Bye",
        "https://rp.example/bye?",
        "https://rp.example/bye?x=1",
        "https://rp.example/bye#x",
        "https://rp.example:443/bye",
        "http://rp.example/bye",
        "https://rp.example.evil.test/bye",
        "https://rp.example@evil.test/bye",
        "https://rp.example/bye%2F..",
        "https://rp.example/bye\\",
        " https://rp.example/bye",
        "//rp.example/bye",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://other.example/bye",
    ];
    for uri in near {
        let page = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]);
        assert_page(&page, 400, "post_logout_redirect_uri");
    }
    let requests: [(&[(&str, &str)], &str); 10] = [
        (
            &[("id_token_hint", &unsigned), ("post_logout_redirect_uri", AFTERWARDS)],
            "id_token_hint",
        ),
        (
            &[("id_token_hint", &forged), ("post_logout_redirect_uri", AFTERWARDS)],
            "id_token_hint",
        ),
        (&[("id_token_hint", &foreign)], "id_token_hint"),
        (&[("id_token_hint", "rubbish")], "id_token_hint"),
        (&[("id_token_hint", &hint), ("client_id", other.client.id())], "client_id"),
        (&[("client_id", "nobody")], "client_id"),
        (
            &[("client_id", id), ("post_logout_redirect_uri", "https://evil.test/")],
            "post_logout_redirect_uri",
        ),
        (&[("id_token_hint", &hint), ("id_token_hint", &hint)], "id_token_hint"),
        (&[("state", "1"), ("state", "2")], "state"),
        (
            &[("post_logout_redirect_uri", AFTERWARDS), ("post_logout_redirect_uri", AFTERWARDS)],
            "post_logout_redirect_uri",
        ),
    ];
    for (request, named) in requests {
        let page = browser.end_session(request);
        assert_eq!(page.status, 400, "{request:?}");
        assert_page(&page, 400, named);
    }
    assert!(is_signed_in(&mut browser, &party));
}

#[test]
fn signed_userinfo_is_no_hint() {
    let (world, _) = scene();
    let party = Party::registered(
        &world,
        json!({ "userinfo_signed_response_alg": "RS256", "post_logout_redirect_uris": [AFTERWARDS] }),
    );
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    let userinfo = crate::flow::party::userinfo(&world, &party.access_token(&world, &code));
    let fields = [("id_token_hint", userinfo.body.as_str()), ("client_id", party.client.id())];
    assert_page(&browser.end_session(&fields), 400, "id_token_hint");
}

#[test]
fn an_access_token_is_no_hint() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    let access_token = party.access_token(&world, &code);
    assert_page(&browser.end_session(&[("id_token_hint", &access_token)]), 400, "id_token_hint");
}

#[test]
fn hints_of_every_algorithm_but_none_are_accepted() {
    let (world, _) = scene();
    for alg in ["RS256", "ES256", "PS256", "EdDSA", "HS256"] {
        let party = Party::registered(
            &world,
            json!({ "id_token_signed_response_alg": alg, "post_logout_redirect_uris": [AFTERWARDS] }),
        );
        let mut browser = Browser::new(&world);
        let hint = id_token(&mut browser, &world, &party, "diana");
        let done = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS)]);
        assert_eq!(done.header("location"), Some(AFTERWARDS), "{alg}");
    }
}

#[test]
fn a_hint_that_is_encrypted_to_the_client_says_by_client_id_whose_it_is() {
    let (world, _) = scene();
    let party = Party::registered(
        &world,
        json!({
            "id_token_encrypted_response_alg": "dir",
            "id_token_encrypted_response_enc": "A256GCM",
            "post_logout_redirect_uris": [AFTERWARDS],
        }),
    );
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    assert_eq!(hint.split('.').count(), 5);
    assert_page(&browser.end_session(&[("id_token_hint", &hint)]), 400, "id_token_hint");
    let fields = [
        ("id_token_hint", hint.as_str()),
        ("client_id", party.client.id()),
        ("post_logout_redirect_uri", AFTERWARDS),
    ];
    assert_eq!(browser.end_session(&fields).header("location"), Some(AFTERWARDS));
}

#[test]
fn the_id_token_of_a_client_that_is_gone_still_signs_out_and_leads_nowhere() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    party.delete(&world);
    let page = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS)]);
    assert_page(&page, 400, "post_logout_redirect_uri");
    assert_page(&browser.end_session(&[("id_token_hint", &hint)]), 200, "You are signed out");
    let other = Party::register(&world);
    assert!(!is_signed_in(&mut browser, &other));
}

#[test]
fn discovery_says_so() {
    let world = World::new();
    let metadata = crate::world::body(&crate::world::get("/.well-known/openid-configuration").send(&world));
    assert_eq!(metadata["end_session_endpoint"], world.config().issuer.at("/session"));
    for name in [
        "backchannel_logout_supported",
        "backchannel_logout_session_supported",
        "frontchannel_logout_supported",
        "frontchannel_logout_session_supported",
    ] {
        assert_eq!(metadata[name], true, "{name}");
    }
}
