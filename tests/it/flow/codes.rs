//! One use of a code, by the client it was made for, with what its request said.

use super::browser::Browser;
use super::party::{Party, VERIFIER, assert_refused, decode, enrol, is_accepted, scene, text};
use crate::world::{World, body, post};
use serde_json::json;
use treeline::object::Class;

#[test]
fn a_code_presented_twice_takes_its_tokens_along() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    let token = party.access_token(&world, &code);
    let untouched = party.access_token(&world, &browser.code(&party.query(), "diana"));
    assert!(is_accepted(&world, &token));
    world.advance(2);
    for _ in 0..3 {
        assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
        assert!(!is_accepted(&world, &token));
    }
    assert!(is_accepted(&world, &untouched), "another grant of the same login is not meant");
}

#[test]
fn a_form_that_is_sent_twice_costs_nothing() {
    for (age, survives) in [(0, true), (1, true), (2, false), (59, false), (61, false)] {
        let (world, party) = scene();
        let code = Browser::new(&world).code(&party.query().with("scope", "openid offline_access"), "diana");
        let first = party.tokens(&world, &code);
        world.advance(age);
        for _ in 0..3 {
            assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
            assert_eq!(is_accepted(&world, &text(&first, "access_token")), survives, "{age}");
        }
        let refreshed = party.refresh(&world, &text(&first, "refresh_token"));
        assert_eq!(refreshed.status, if survives { 200 } else { 400 }, "{age}");
    }
}

#[test]
fn what_comes_at_once_but_otherwise_is_a_replay() {
    // The verifier, the redirect URI, or one of them missing.
    for (at, value) in [
        (2, Some("https://rp.example/other")),
        (2, None),
        (3, Some(super::party::OTHER_VERIFIER)),
        (3, None),
    ] {
        let (world, party) = scene();
        let code = Browser::new(&world).code(&party.query(), "diana");
        let token = party.access_token(&world, &code);
        let mut fields = party.token_fields(&code);
        match value {
            Some(value) => fields[at].1 = value,
            None => drop(fields.remove(at)),
        }
        assert_refused(&party.present(&world, &fields), 400, "invalid_grant");
        assert!(!is_accepted(&world, &token), "{at} {value:?}");
    }
    // No verifier was asked for: nothing tells the client from a thief.
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query().without_pkce(), "diana");
    let fields = &party.token_fields(&code)[..3];
    let token = text(&body(&party.present(&world, fields)), "access_token");
    assert!(is_accepted(&world, &token));
    assert_refused(&party.present(&world, fields), 400, "invalid_grant");
    assert!(!is_accepted(&world, &token));
    // Nor is the use that wrong tries have used up a first one.
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    let mut wrong = party.token_fields(&code);
    wrong[3].1 = super::party::OTHER_VERIFIER;
    for _ in 0..5 {
        assert_refused(&party.present(&world, &wrong), 400, "invalid_grant");
    }
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
}

#[test]
fn a_replay_is_seen_as_long_as_there_is_a_token_to_take_back() {
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    let token = party.access_token(&world, &code);
    world.advance(3599);
    world.run_alarms();
    assert!(is_accepted(&world, &token));
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
    assert!(!is_accepted(&world, &token));
}

#[test]
fn a_replay_counts_whatever_else_is_wrong_with_it() {
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    let token = party.access_token(&world, &code);
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", "https://evil.example/cb"),
    ];
    assert_refused(&party.present(&world, &fields), 400, "invalid_grant");
    assert!(!is_accepted(&world, &token));
}

#[test]
fn whoever_is_not_the_client_takes_nothing_back() {
    let (world, party) = scene();
    let other = Party::register(&world);
    let public = Party::native(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    let token = party.access_token(&world, &code);
    for stranger in [&other, &public] {
        assert_refused(&stranger.present(&world, &party.token_fields(&code)), 400, "invalid_grant");
    }
    let unproved = post("/token")
        .basic_pair(party.client.id(), "wrong")
        .form(&party.token_fields(&code))
        .send(&world);
    assert_refused(&unproved, 401, "invalid_client");
    assert!(is_accepted(&world, &token));
}

#[test]
fn another_client_s_code_is_an_unknown_code() {
    let (world, party) = scene();
    let other = Party::register(&world);
    let code = Browser::new(&world).code(&party.query(), "diana");
    // However often it is tried, it harms nothing (CVE-2026-16089).
    for _ in 0..6 {
        assert_refused(&other.present(&world, &party.token_fields(&code)), 400, "invalid_grant");
    }
    assert_eq!(party.redeem(&world, &code).status, 200);
}

#[test]
fn a_client_that_does_not_authenticate_does_not_use_the_code_up() {
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    for _ in 0..6 {
        let response = post("/token")
            .basic_pair(party.client.id(), "wrong")
            .form(&party.token_fields(&code))
            .send(&world);
        assert_refused(&response, 401, "invalid_client");
        let response = post("/token").form(&party.token_fields(&code)).send(&world);
        assert_refused(&response, 401, "invalid_client");
    }
    assert_eq!(party.redeem(&world, &code).status, 200);
}

#[test]
fn the_fifth_failure_uses_the_code_up() {
    for (failures, status) in [(4, 200), (5, 400)] {
        let (world, party) = scene();
        let code = Browser::new(&world).code(&party.query(), "diana");
        for round in 0..failures {
            let mut fields = party.token_fields(&code);
            // A wrong verifier and a wrong redirect_uri count together.
            fields[2 + round % 2].1 = super::party::OTHER_VERIFIER;
            assert_refused(&party.present(&world, &fields), 400, "invalid_grant");
        }
        assert_eq!(party.redeem(&world, &code).status, status, "after {failures}");
    }
}

#[test]
fn the_redirect_uri_has_to_be_the_one_of_the_request() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::with(
        &world,
        json!({ "redirect_uris": ["https://rp.example/cb", "https://rp.example/other", "http://127.0.0.1/cb"] }),
    );
    let mut browser = Browser::new(&world);
    for wrong in [
        None,
        Some(""),
        Some("https://rp.example/other"),
        Some("https://rp.example/cb/"),
        Some("https://rp.example/cb?a=b"),
    ] {
        let code = browser.code(&party.query(), "diana");
        let fields: Vec<(&str, &str)> = party
            .token_fields(&code)
            .into_iter()
            .filter_map(|(name, value)| match name {
                "redirect_uri" => wrong.map(|wrong| (name, wrong)),
                _ => Some((name, value)),
            })
            .collect();
        assert_refused(&party.present(&world, &fields), 400, "invalid_grant");
        assert_eq!(party.redeem(&world, &code).status, 200, "{wrong:?}");
    }
    // On loopback the port is free in the request, and fixed from then on.
    let local = Party {
        redirect_uri: "http://127.0.0.1:4711/cb".to_owned(),
        ..party.clone()
    };
    let code = browser.code(&local.query(), "diana");
    let mut fields = local.token_fields(&code);
    fields[2].1 = "http://127.0.0.1/cb";
    assert_refused(&local.present(&world, &fields), 400, "invalid_grant");
    assert_eq!(local.redeem(&world, &code).status, 200);
}

#[test]
fn a_changed_code_reaches_no_object() {
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    let token = party.access_token(&world, &code);
    world.run_alarms();
    let (_, claims) = decode(&token);
    let jti = text(&claims, "jti");
    let mut forged = vec![
        jti,
        token.clone(),
        "A".repeat(code.len()),
        format!("{code}A"),
        format!("{code}="),
        format!(" {code}"),
    ];
    forged.extend(["\u{0}", "ü", "..", "null", "' OR 1=1 --"].map(str::to_owned));
    for at in 0..code.len() {
        let mut changed = code.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        forged.push(String::from_utf8(changed).unwrap());
        forged.push(code[..at].to_owned() + &code[at + 1..]);
    }
    let before = world.stored(Class::UserSession);
    world.take_touches();
    for text in forged {
        let response = party.redeem(&world, &text);
        match text.as_str() {
            "" => assert_refused(&response, 400, "invalid_request"),
            _ => assert_refused(&response, 400, "invalid_grant"),
        }
        assert_eq!(world.take_touches().all_asked(), 0, "{text}");
    }
    assert_eq!(world.stored(Class::UserSession), before);
    assert!(is_accepted(&world, &token), "a forged code revokes nothing");
}

#[test]
fn of_fifty_at_once_one_succeeds_and_a_later_one_takes_it_back() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for _ in 0..5 {
        let code = browser.code(&party.query(), "diana");
        let requests: Vec<_> = (0..50).map(|_| party.token_request(&party.token_fields(&code))).collect();
        let responses = world.send_all(&requests);
        let won: Vec<_> = responses.iter().filter(|response| response.status == 200).collect();
        assert_eq!(won.len(), 1);
        for lost in responses.iter().filter(|response| response.status != 200) {
            assert_refused(lost, 400, "invalid_grant");
        }
        let token = text(&body(won[0]), "access_token");
        assert!(is_accepted(&world, &token), "the client has sent its form fifty times");
        world.advance(2);
        assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
        assert!(!is_accepted(&world, &token));
    }
}

#[test]
fn a_provider_that_dies_on_the_way_leaves_the_code_as_it_was() {
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    // At the look-up of the client, and at the question to the user's object.
    for steps in [0, 1] {
        world.forget_clients();
        world.die_after(steps);
        let response = party.redeem(&world, &code);
        assert_eq!(
            (response.status, &body(&response)["error"]),
            (503, &json!("temporarily_unavailable"))
        );
        world.revive();
    }
    assert_eq!(party.redeem(&world, &code).status, 200);
}

#[test]
fn a_token_request_names_each_thing_once() {
    let (world, party) = scene();
    let code = Browser::new(&world).code(&party.query(), "diana");
    for name in ["grant_type", "code", "redirect_uri", "code_verifier", "unknown"] {
        let mut fields = party.token_fields(&code);
        let value = fields.iter().find(|(key, _)| *key == name).map_or("x", |(_, value)| *value);
        fields.extend([(name, value), (name, value)]);
        assert_refused(&party.present(&world, &fields), 400, "invalid_request");
    }
    for (grant_type, error) in [
        ("password", "unsupported_grant_type"),
        ("", "invalid_request"),
        ("implicit", "unsupported_grant_type"),
        ("refresh_token", "invalid_request"),
    ] {
        let fields = [("grant_type", grant_type), ("code", &code), ("code_verifier", VERIFIER)];
        assert_refused(&party.present(&world, &fields), 400, error);
    }
    assert_eq!(party.redeem(&world, &code).status, 200);
}
