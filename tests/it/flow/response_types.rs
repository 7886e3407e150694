//! Response types (OAuth 2.0 Multiple Response Type Encoding Practices; OpenID Connect Core, sections 3.2 and 3.3): what comes with each, and that
//! what comes is worth what it says.

use super::answer::{Answer, Place};
use super::assert_signed;
use super::browser::{Browser, Shown, callback, shown};
use super::party::{Party, Query, assert_refused, decode, enrol, is_accepted, text, userinfo};
use crate::world::{ADMIN_TOKEN, ISSUER, World, body, get};
use serde_json::{Value, json};
use treeline::oauth::response_type::ResponseType;
use treeline::platform::Platform;

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::of_every_type(&world);
    (world, party)
}

fn ask(party: &Party, response_type: ResponseType) -> Query {
    party.query().with("response_type", response_type.name())
}

/// What the response holds beside `session_state`, `state` and `iss`.
fn brought(response_type: ResponseType) -> Vec<&'static str> {
    const TOKEN: [&str; 4] = ["access_token", "token_type", "expires_in", "scope"];
    match response_type {
        ResponseType::Code => vec!["code"],
        ResponseType::IdToken => vec!["id_token"],
        ResponseType::IdTokenToken => [&TOKEN[..], &["id_token"]].concat(),
        ResponseType::CodeIdToken => vec!["code", "id_token"],
        ResponseType::CodeToken => [&["code"], &TOKEN[..]].concat(),
        ResponseType::CodeIdTokenToken => [&["code"], &TOKEN[..], &["id_token"]].concat(),
        ResponseType::None => vec![],
    }
}

#[test]
fn each_type_brings_what_it_names() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for response_type in ResponseType::ALL.iter().copied() {
        let name = response_type.name();
        let answer = browser.answer(&ask(&party, response_type), "diana");
        let place = match response_type {
            ResponseType::Code | ResponseType::None => Place::Query,
            _ => Place::Fragment,
        };
        assert_eq!(answer.place, place, "{name}");
        assert_eq!(answer.redirect_uri, party.redirect_uri, "{name}");
        assert_eq!(
            answer.names(),
            [brought(response_type), vec!["session_state", "state", "iss"]].concat(),
            "{name}"
        );
        assert_eq!((answer.get("state"), answer.get("iss")), ("the state", ISSUER), "{name}");
        if answer.find("access_token").is_some() {
            assert_eq!((answer.get("token_type"), answer.get("expires_in")), ("Bearer", "3600"), "{name}");
            assert_eq!(answer.get("scope"), super::party::SCOPE, "{name}");
        }
    }
}

#[test]
fn the_words_of_a_type_stand_in_any_order() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for (written, response_type) in [
        ("token id_token", ResponseType::IdTokenToken),
        ("token id_token code", ResponseType::CodeIdTokenToken),
        ("id_token code", ResponseType::CodeIdToken),
    ] {
        let answer = browser.answer(&party.query().with("response_type", written), "diana");
        assert_eq!(
            answer.names(),
            [brought(response_type), vec!["session_state", "state", "iss"]].concat(),
            "{written}"
        );
    }
    let reversed = Party::registered(&world, json!({ "response_types": ["token id_token code"] }));
    assert_eq!(reversed.client.0["response_types"], json!(["code id_token token"]));
    assert_eq!(reversed.client.0["grant_types"], json!(["authorization_code", "implicit"]));
}

#[test]
fn an_id_token_from_the_front_says_what_one_from_the_back_says() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for response_type in ResponseType::ALL.iter().copied().filter(|one| one.has_id_token()) {
        let name = response_type.name();
        world.advance(7);
        let answer = browser.answer(&ask(&party, response_type), "diana");
        assert_signed(&world, answer.get("id_token"), "RS256");
        answer.assert_hashes();
        let front = answer.id_claims();
        let now = world.now().0;
        for (claim, value) in [
            ("iss", json!(ISSUER)),
            ("aud", json!(party.client.id())),
            ("nonce", json!("the nonce")),
            ("iat", json!(now)),
            ("exp", json!(now + 300)),
        ] {
            assert_eq!(front[claim], value, "{name}: {claim}");
        }
        if let Some(code) = answer.find("code") {
            world.advance(3);
            let tokens = party.tokens(&world, code);
            let back = decode(&text(&tokens, "id_token")).1;
            for claim in ["iss", "sub", "aud", "nonce", "auth_time", "acr"] {
                assert_eq!(back[claim], front[claim], "{name}: {claim}");
            }
            assert_eq!((&back["c_hash"], &back["at_hash"]), (&Value::Null, &Value::Null), "{name}");
            assert_eq!(
                body(&userinfo(&world, &text(&tokens, "access_token")))["sub"],
                front["sub"],
                "{name}"
            );
        }
    }
}

#[test]
fn the_hashes_are_by_the_algorithm_of_the_token() {
    let world = World::new();
    enrol(&world, "diana");
    for alg in ["RS256", "PS256", "ES256", "EdDSA", "HS256"] {
        let party = Party::registered(
            &world,
            json!({ "response_types": ["code id_token token"], "id_token_signed_response_alg": alg }),
        );
        let answer = Browser::new(&world).answer(&ask(&party, ResponseType::CodeIdTokenToken), "diana");
        assert_eq!(decode(answer.get("id_token")).0["alg"], alg);
        answer.assert_hashes();
    }
}

#[test]
fn an_access_token_from_the_front_is_one_like_any_other() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for response_type in ResponseType::ALL.iter().copied().filter(|one| one.has_token()) {
        let name = response_type.name();
        let answer = browser.answer(&ask(&party, response_type), "diana");
        let front = answer.get("access_token");
        assert_signed(&world, front, "ES256");
        let said = body(&userinfo(&world, front));
        assert_eq!(said["email"], "diana@example.com", "{name}");
        if let Some(id_token) = answer.find("id_token") {
            let id_claims = decode(id_token).1;
            assert_eq!(said["sub"], id_claims["sub"], "{name}");
            assert_eq!(id_claims["email"], Value::Null, "{name}: userinfo has it");
        }
        if let Some(code) = answer.find("code") {
            let back = party.access_token(&world, code);
            assert_ne!(back, front, "{name}");
            assert!(is_accepted(&world, &back) && is_accepted(&world, front), "{name}");
        }
        world.advance(3600);
        assert!(!is_accepted(&world, front), "{name}");
    }
}

#[test]
fn a_replay_ends_what_came_from_the_front_as_well() {
    for response_type in [ResponseType::CodeToken, ResponseType::CodeIdTokenToken] {
        let (world, party) = scene();
        let answer = Browser::new(&world).answer(&ask(&party, response_type), "diana");
        let back = party.access_token(&world, answer.get("code"));
        assert!(is_accepted(&world, answer.get("access_token")));
        world.advance(2);
        assert_refused(&party.redeem(&world, answer.get("code")), 400, "invalid_grant");
        for token in [answer.get("access_token"), &back] {
            assert!(!is_accepted(&world, token), "{}", response_type.name());
        }
    }
}

/// What a response gives that can be told apart from another one's.
fn handed_out(answer: &Answer) -> Vec<(String, Value)> {
    let of_token = |name: &str, claim: &str| Some((name.to_owned(), decode(answer.find(name)?).1[claim].clone()));
    let code = answer.find("code").map(|code| ("code".to_owned(), json!(code)));
    let tokens = [
        of_token("access_token", "jti"),
        of_token("access_token", "exp"),
        of_token("id_token", "sub"),
    ];
    code.into_iter().chain(tokens.into_iter().flatten()).collect()
}

#[test]
fn a_form_that_is_sent_twice_gives_the_same_twice() {
    for response_type in ResponseType::ALL.iter().copied() {
        let name = response_type.name();
        let (world, party) = scene();
        let mut browser = Browser::new(&world);
        let login = browser.open(&ask(&party, response_type));
        let consent = browser.sign_in(&login, "diana");
        let first = Answer::of(&browser.allow(&consent));
        world.advance(59);
        let second = Answer::of(&browser.allow(&consent));
        assert_eq!(first.names(), second.names(), "{name}");
        assert_eq!(handed_out(&first), handed_out(&second), "{name}");
        assert_eq!(grants(&world).len(), 1, "{name}");
        if let Some(left) = second.find("expires_in") {
            assert_eq!(left, "3541", "{name}: it is 59 s old");
            assert!(is_accepted(&world, second.get("access_token")), "{name}");
        }
        if second.find("id_token").is_some() {
            second.assert_hashes();
        }
        world.advance(1);
        assert_eq!(shown(&browser.allow(&consent)), Shown::Completed, "{name}");
        world.run_alarms();
        assert_eq!(shown(&browser.allow(&consent)), Shown::Completed, "{name}, swept");

        // And a sign-in form where the consent is known.
        let login = browser.open(&ask(&party, response_type).with("prompt", "login"));
        let first = Answer::of(&browser.sign_in(&login, "diana"));
        world.advance(59);
        let second = Answer::of(&browser.sign_in(&login, "diana"));
        assert_eq!(handed_out(&first), handed_out(&second), "{name}");
        assert_eq!(grants(&world).len(), 2, "{name}");
        world.advance(1);
        assert_eq!(shown(&browser.sign_in(&login, "diana")), Shown::Completed, "{name}");
    }
}

#[test]
fn a_form_gives_nothing_again_once_its_code_is_redeemed() {
    for response_type in ResponseType::ALL.iter().copied().filter(|one| one.has_code()) {
        let (world, party) = scene();
        let mut browser = Browser::new(&world);
        let login = browser.open(&ask(&party, response_type));
        let consent = browser.sign_in(&login, "diana");
        let answer = Answer::of(&browser.allow(&consent));
        let token = party.access_token(&world, answer.get("code"));
        assert_eq!(shown(&browser.allow(&consent)), Shown::Completed);
        assert!(is_accepted(&world, &token), "a person's click is no replay");
    }
}

fn grants(world: &World) -> Vec<Value> {
    let dump = body(&get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(world));
    let nodes = dump["db"].as_object().unwrap().values();
    nodes
        .filter(|node| node[0] == "oidcop.session.grant.Grant")
        .map(|node| node[1].clone())
        .collect()
}

#[test]
fn none_gives_leave_and_nothing_else() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let query = ask(&party, ResponseType::None);
    let silent = query.clone().with("prompt", "none");
    assert_eq!(callback(&browser.open(&silent), "error"), "login_required");
    let page = browser.open(&query);
    let page = browser.sign_in(&page, "diana");
    assert_eq!(shown(&page), Shown::Consent);
    assert_eq!(Answer::of(&browser.allow(&page)).names(), ["session_state", "state", "iss"]);
    assert_eq!(grants(&world)[0]["issued_token"], json!([]));
    assert_eq!(Answer::of(&browser.open(&silent)).names(), ["session_state", "state", "iss"]);
    // The consent counts for the code flow, which asks for the same.
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect);
}

#[test]
fn an_id_token_from_the_front_needs_a_nonce() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    for response_type in ResponseType::ALL.iter().copied() {
        let answer = Answer::of(&browser.open(&ask(&party, response_type).without("nonce")));
        match response_type.has_id_token() {
            true => {
                assert_eq!((answer.place, answer.get("error")), (Place::Fragment, "invalid_request"));
                assert_eq!(answer.names(), ["error", "error_description", "state", "iss"]);
            }
            false => assert_eq!(answer.find("error"), None, "{}", response_type.name()),
        }
    }
}

#[test]
fn an_id_token_from_the_front_needs_openid() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for response_type in ResponseType::ALL.iter().copied() {
        let query = ask(&party, response_type).with("scope", "email");
        match response_type.has_id_token() {
            true => assert_eq!(callback(&browser.open(&query), "error"), "invalid_scope"),
            false => {
                let answer = browser.answer(&query, "diana");
                assert_eq!(answer.find("id_token"), None);
                if let Some(token) = answer.find("access_token") {
                    assert_eq!(userinfo(&world, token).status, 403, "without openid there is no userinfo");
                }
            }
        }
    }
}

#[test]
fn a_client_uses_what_it_has_registered() {
    let world = World::new();
    enrol(&world, "diana");
    let mut browser = Browser::new(&world);
    for registered in ResponseType::ALL.iter().copied() {
        let party = Party::registered(&world, json!({ "response_types": [registered.name()] }));
        for asked in ResponseType::ALL.iter().copied() {
            let response = browser.open(&ask(&party, asked));
            match asked == registered {
                true => assert_ne!(shown(&response), Shown::Redirect),
                false => {
                    let answer = Answer::of(&response);
                    assert_eq!(answer.get("error"), "unauthorized_client");
                    let place = if asked.is_front_channel() { Place::Fragment } else { Place::Query };
                    assert_eq!(answer.place, place, "{}", asked.name());
                }
            }
        }
        for (unknown, place) in [
            ("token", Place::Fragment),
            ("code code", Place::Query),
            ("id_token none", Place::Fragment),
            ("code none", Place::Query),
            ("Code", Place::Query),
            (" ", Place::Query),
            ("code ", Place::Query),
            ("code\u{a0}id_token", Place::Fragment),
            ("device", Place::Query),
        ] {
            let answer = Answer::of(&browser.open(&party.query().with("response_type", unknown)));
            assert_eq!(
                (answer.get("error"), answer.place),
                ("unsupported_response_type", place),
                "{unknown:?}"
            );
            assert_eq!(answer.names(), ["error", "error_description", "state", "iss"]);
        }
        let answer = Answer::of(&browser.open(&party.query().without("response_type")));
        assert_eq!((answer.get("error"), answer.place), ("invalid_request", Place::Query));
    }
}

#[test]
fn grant_types_follow_the_response_types() {
    let world = World::new();
    for (response_types, grant_types) in [
        (json!(["code"]), json!(["authorization_code"])),
        (json!(["id_token"]), json!(["implicit"])),
        (json!(["id_token token"]), json!(["implicit"])),
        (json!(["code id_token"]), json!(["authorization_code", "implicit"])),
        (json!(["code token"]), json!(["authorization_code", "implicit"])),
        (json!(["none"]), json!(["authorization_code"])),
        (json!(["code", "none"]), json!(["authorization_code"])),
    ] {
        let party = Party::registered(&world, json!({ "response_types": response_types }));
        assert_eq!(party.client.0["grant_types"], grant_types, "{response_types}");
    }
    let party = Party::registered(&world, json!({ "response_types": ["id_token"], "grant_types": ["refresh_token"] }));
    assert_eq!(party.client.0["grant_types"], json!(["refresh_token", "implicit"]));
}

#[test]
fn a_client_without_the_code_grant_redeems_nothing() {
    let (world, party) = scene();
    let implicit = Party::registered(&world, json!({ "response_types": ["id_token token"] }));
    let code = Browser::new(&world).code(&party.query(), "diana");
    assert_refused(&implicit.redeem(&world, &code), 400, "unauthorized_client");
    assert_eq!(party.redeem(&world, &code).status, 200);
}

#[test]
fn a_public_client_needs_pkce_where_a_code_comes() {
    let world = World::new();
    enrol(&world, "diana");
    let types: Vec<&str> = ResponseType::ALL.iter().map(|one| one.name()).collect();
    let party = Party::registered(&world, json!({ "response_types": types, "token_endpoint_auth_method": "none" }));
    let mut browser = Browser::new(&world);
    for response_type in ResponseType::ALL.iter().copied() {
        let query = ask(&party, response_type).without_pkce();
        match response_type.has_code() {
            true => assert_eq!(callback(&browser.open(&query), "error"), "invalid_request"),
            false => assert_eq!(browser.answer(&query, "diana").find("error"), None),
        }
        let answer = browser.answer(&ask(&party, response_type), "diana");
        if let Some(code) = answer.find("code") {
            assert_eq!(party.redeem(&world, code).status, 200, "{}", response_type.name());
        }
    }
}

#[test]
fn fifty_clicks_at_once_are_one_grant() {
    for response_type in ResponseType::ALL.iter().copied() {
        let (world, party) = scene();
        let mut browser = Browser::new(&world);
        let page = browser.open(&ask(&party, response_type));
        let page = browser.sign_in(&page, "diana");
        let clicks: Vec<_> = (0..50).map(|_| browser.form(&page, &[("decision", "allow")])).collect();
        let mut answers: Vec<_> = world
            .send_all(&clicks)
            .iter()
            .map(|response| handed_out(&Answer::of(response)))
            .collect();
        answers.dedup();
        assert_eq!((answers.len(), grants(&world).len()), (1, 1), "{}", response_type.name());
    }
}
