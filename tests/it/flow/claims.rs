//! Claims: the claims parameter (OpenID Connect Core, section 5.5), languages (section 5.2), and that a profile speaks of the person and of nothing else.

use super::answer::Answer;
use super::browser::{Browser, Shown, callback, parameter, shown};
use super::party::{Party, Query, decode, enrol, enrol_with, text, userinfo};
use crate::world::{ISSUER, World, body};
use serde_json::{Value, json};

const ACR: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword";

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::of_every_type(&world);
    (world, party)
}

fn ask(party: &Party, claims: &Value) -> Query {
    party.query().with("scope", "openid").with("claims", &claims.to_string())
}

/// What the ID token and userinfo say in answer to a request.
fn said(world: &World, party: &Party, browser: &mut Browser<'_>, query: &Query) -> (Value, Value) {
    let tokens = party.tokens(world, &browser.code(query, "diana"));
    let id_token = decode(&text(&tokens, "id_token")).1;
    (id_token, body(&userinfo(world, &text(&tokens, "access_token"))))
}

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_claim_comes_where_it_was_asked_for() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let claims = json!({
        "userinfo": { "email": null, "nickname": { "essential": true } },
        "id_token": { "name": null, "phone_number": { "essential": false }, "auth_time": { "essential": true } },
    });
    let (id_token, at_userinfo) = said(&world, &party, &mut browser, &ask(&party, &claims));
    assert_eq!(names(&at_userinfo), ["sub", "email", "nickname"]);
    assert_eq!(at_userinfo["email"], "diana@example.com");
    assert_eq!(id_token["name"], "diana the first");
    assert_eq!(id_token["phone_number"], "+46 90 7865000");
    for absent in ["email", "nickname"] {
        assert_eq!(id_token[absent], Value::Null, "{absent}");
    }
    // Beside a scope.
    let query = ask(&party, &claims).with("scope", "openid address");
    let (_, at_userinfo) = said(&world, &party, &mut browser, &query);
    assert_eq!(names(&at_userinfo), ["sub", "address", "email", "nickname"]);
}

#[test]
fn what_nobody_has_is_left_out_and_fails_nothing() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let claims = json!({
        "userinfo": { "website": { "essential": true }, "https://claims.example/x": null, "": null, "email#": null },
        "id_token": { "birthdate": { "essential": true } },
        "elsewhere": { "email": null },
    });
    let (id_token, at_userinfo) = said(&world, &party, &mut browser, &ask(&party, &claims));
    assert_eq!(names(&at_userinfo), ["sub"]);
    assert_eq!(id_token["birthdate"], Value::Null);
}

#[test]
fn a_value_that_is_asked_for_is_the_one_that_comes() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    for (wish, comes) in [
        (json!(null), true),
        (json!({}), true),
        (json!({ "value": "diana" }), true),
        (json!({ "value": "rigo" }), false),
        (json!({ "value": "rigo", "essential": true }), false),
        (json!({ "value": null }), false),
        (json!({ "values": ["rigo", "diana"] }), true),
        (json!({ "values": ["rigo"] }), false),
        (json!({ "values": [] }), false),
        (json!({ "unknown": "member" }), true),
    ] {
        let claims = json!({ "userinfo": { "nickname": wish }, "id_token": { "nickname": wish } });
        let (id_token, at_userinfo) = said(&world, &party, &mut browser, &ask(&party, &claims));
        for said in [&id_token, &at_userinfo] {
            assert_eq!(said.get("nickname").is_some(), comes, "{wish}");
        }
    }
}

#[test]
fn a_subject_that_is_asked_for_is_the_one_or_nobody() {
    let (world, party) = scene();
    enrol(&world, "rigo");
    let mut browser = Browser::new(&world);
    let sub = {
        let tokens = party.tokens(&world, &browser.code(&party.query(), "diana"));
        text(&decode(&text(&tokens, "id_token")).1, "sub")
    };
    for place in ["id_token", "userinfo"] {
        let of = |sub: &str| ask(&party, &json!({ place: { "sub": { "value": sub } } })).with("prompt", "none");
        assert!(parameter(&browser.open(&of(&sub)), "code").is_some(), "{place}");
        assert_eq!(callback(&browser.open(&of("another")), "error"), "login_required", "{place}");
        // Somebody else signs in instead: no answer, and no session.
        let mut other = Browser::new(&world);
        let page = other.open(&of(&sub).without("prompt"));
        let refused = other.sign_in(&page, "rigo");
        assert_eq!(callback(&refused, "error"), "login_required", "{place}");
        assert_eq!(other.cookie("__Host-treeline-session"), None, "{place}");
        assert_eq!(
            shown(&other.sign_in(&page, "diana")),
            Shown::Redirect,
            "{place}: the one who was meant"
        );
    }
}

#[test]
fn an_essential_acr_is_met_or_refused() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&ask(&party, &json!({})), "diana");
    for (wish, met) in [
        (json!(null), true),
        (json!({ "essential": true }), true),
        (json!({ "essential": true, "value": ACR }), true),
        (json!({ "essential": true, "values": ["urn:example:gold", ACR] }), true),
        (json!({ "value": "urn:example:gold" }), true),
        (json!({ "essential": false, "values": ["urn:example:gold"] }), true),
        (json!({ "essential": true, "value": "urn:example:gold" }), false),
        (
            json!({ "essential": true, "values": ["urn:example:gold", "urn:example:silver"] }),
            false,
        ),
        (json!({ "essential": true, "values": [] }), false),
    ] {
        let query = ask(&party, &json!({ "id_token": { "acr": wish } }));
        let response = browser.open(&query);
        match met {
            true => {
                let tokens = party.tokens(&world, &callback(&response, "code"));
                assert_eq!(decode(&text(&tokens, "id_token")).1["acr"], ACR, "{wish}");
            }
            false => {
                assert_eq!(callback(&response, "error"), "unmet_authentication_requirements", "{wish}");
                assert_eq!(callback(&response, "state"), "the state");
            }
        }
    }
    // acr_values asks for nothing that has to be.
    let query = party.query().with("scope", "openid").with("acr_values", "urn:example:gold 1");
    let tokens = party.tokens(&world, &browser.code(&query, "diana"));
    assert_eq!(decode(&text(&tokens, "id_token")).1["acr"], ACR);
}

#[test]
fn a_parameter_that_makes_no_sense_is_refused() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let many: serde_json::Map<String, Value> = (0..101).map(|number| (format!("claim{number}"), Value::Null)).collect();
    let deep = format!(r#"{{"userinfo":{{"name":{{"value":{}{}}}}}}}"#, "[".repeat(64), "]".repeat(64));
    for claims in [
        "x",
        "null",
        "[]",
        "\"email\"",
        "1",
        "{",
        "{}x",
        r#"{"userinfo":[]}"#,
        r#"{"userinfo":"email"}"#,
        r#"{"id_token":true}"#,
        r#"{"userinfo":{"email":true}}"#,
        r#"{"userinfo":{"email":"essential"}}"#,
        r#"{"userinfo":{"email":[]}}"#,
        r#"{"userinfo":{"email":{"essential":"true"}}}"#,
        r#"{"userinfo":{"email":{"values":"a"}}}"#,
        r#"{"userinfo":{"email":null,"email":null}}"#,
        r#"{"userinfo":{},"userinfo":{}}"#,
        r#"{"id_token":{"sub":{"value":1}}}"#,
        r#"{"id_token":{"sub":{"value":null}}}"#,
        r#"{"id_token":{"sub":{"value":"a"}},"userinfo":{"sub":{"value":"b"}}}"#,
        &json!({ "userinfo": many }).to_string(),
        &deep,
    ] {
        let query = party.query().with("claims", claims);
        let answer = Answer::of(&browser.open(&query));
        assert_eq!(answer.get("error"), "invalid_request", "{claims}");
        assert_eq!(answer.get("state"), "the state");
    }
    let twice = party.query().with("claims", "{}").target() + "&claims=%7B%7D";
    let answer = Answer::of(&crate::world::get(&twice).send(&world));
    assert_eq!(answer.get("error"), "invalid_request");
    for claims in ["", "{}", r#"{"userinfo":null}"#, r#"{"userinfo":{},"id_token":{},"x":1}"#] {
        let query = party.query().with("claims", claims);
        assert!(browser.answer(&query, "diana").find("code").is_some(), "{claims}");
    }
}

#[test]
fn a_person_is_asked_about_claims_as_about_scopes() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query().with("scope", "openid email"), "diana");
    let more = |claims: Value| party.query().with("scope", "openid").with("claims", &claims.to_string());
    for known in [
        json!({}),
        json!({ "userinfo": { "email": null } }),
        json!({ "id_token": { "email": { "essential": true } } }),
        json!({ "id_token": { "email#de": null } }),
    ] {
        assert_eq!(shown(&browser.open(&more(known.clone()))), Shown::Redirect, "{known}");
    }
    for place in ["userinfo", "id_token"] {
        let (world, party) = scene();
        let mut browser = Browser::new(&world);
        browser.code(&party.query().with("scope", "openid email"), "diana");
        let query = more(json!({ place: { "phone_number": null } })).with("client_id", party.client.id());
        let silent = query.clone().with("prompt", "none");
        assert_eq!(callback(&browser.open(&silent), "error"), "consent_required", "{place}");
        let page = browser.open(&query);
        assert_eq!(shown(&page), Shown::Consent, "{place}");
        browser.allow(&page);
        assert_eq!(shown(&browser.open(&silent)), Shown::Redirect, "{place}: remembered");
        // What was consented to by name is not the scope, which stands for more.
        let scope = party.query().with("scope", "openid phone").with("prompt", "none");
        assert_eq!(callback(&browser.open(&scope), "error"), "consent_required", "{place}");
    }
}

#[test]
fn claims_come_in_the_languages_that_are_asked_for() {
    let world = World::new();
    enrol_with(
        &world,
        "diana",
        json!({
            "name": "Diana", "name#de": "Diana von Deutschland", "name#ja-Kana-JP": "ダイアナ", "name#fr": "Diane",
            "nickname": "di", "nickname#fr-CA": "la di",
        }),
    );
    let party = Party::of_every_type(&world);
    let mut browser = Browser::new(&world);
    let profile = party.query().with("scope", "openid profile");
    let of = |browser: &mut Browser<'_>, query: &Query| said(&world, &party, browser, query).1;
    assert_eq!(names(&of(&mut browser, &profile)), ["sub", "name", "nickname"]);
    for (locales, expected) in [
        ("de", vec!["name#de"]),
        ("DE", vec!["name#de"]),
        ("de-AT", vec!["name#de"]),
        ("ja-Kana-JP", vec!["name#ja-Kana-JP"]),
        ("ja", vec![]),
        ("fr-CA de", vec!["name#fr", "nickname#fr-CA", "name#de"]),
        ("sv", vec![]),
        ("", vec![]),
        ("../x $ ü", vec![]),
        ("a b c d de", vec![]),
    ] {
        let said = of(&mut browser, &profile.clone().with("claims_locales", locales));
        let mut tagged: Vec<&str> = names(&said).into_iter().filter(|name| name.contains('#')).collect();
        let mut expected = expected;
        tagged.sort_unstable();
        expected.sort_unstable();
        assert_eq!(tagged, expected, "{locales}");
        assert_eq!((&said["name"], &said["nickname"]), (&json!("Diana"), &json!("di")), "{locales}");
    }
    // By name, with the tag in any case.
    let query = ask(&party, &json!({ "userinfo": { "name#FR": null }, "id_token": { "name#de": null } }));
    let (id_token, at_userinfo) = said(&world, &party, &mut browser, &query);
    assert_eq!(names(&at_userinfo), ["sub", "name#fr"]);
    assert_eq!(id_token["name#de"], "Diana von Deutschland");
}

#[test]
fn an_id_token_alone_carries_what_the_scope_asks_for() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let of = |browser: &mut Browser<'_>, response_type: &str| {
        let query = party.query().with("scope", "openid email").with("response_type", response_type);
        browser.answer(&query, "diana").id_claims()
    };
    let alone = of(&mut browser, "id_token");
    assert_eq!(
        (&alone["email"], &alone["email_verified"]),
        (&json!("diana@example.com"), &json!(true))
    );
    assert_eq!(alone["phone_number"], Value::Null);
    for response_type in ["id_token token", "code id_token", "code id_token token"] {
        assert_eq!(of(&mut browser, response_type)["email"], Value::Null, "{response_type}");
    }
}

#[test]
fn a_profile_speaks_of_the_person_and_of_nothing_else() {
    let world = World::new();
    let protocol = [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "auth_time",
        "acr",
        "amr",
        "azp",
        "nonce",
        "sid",
        "at_hash",
        "c_hash",
        "s_hash",
        "client_id",
        "scope",
        "cnf",
        "act",
        "events",
    ];
    let mut profile: serde_json::Map<String, Value> = protocol.iter().map(|claim| ((*claim).to_owned(), json!("faked"))).collect();
    profile.insert("nickname".to_owned(), json!("di"));
    enrol_with(&world, "diana", Value::Object(profile));
    let party = Party::of_every_type(&world);
    let everything: serde_json::Map<String, Value> = protocol
        .iter()
        .chain(&["nickname"])
        .map(|claim| ((*claim).to_owned(), Value::Null))
        .collect();
    party.set_policy(
        &world,
        json!({ "add_claims": { "always": { "access_token": everything, "userinfo": everything } } }),
    );
    let query = ask(&party, &json!({ "userinfo": everything, "id_token": everything }))
        .with("response_type", "code id_token token")
        .without("code_challenge_method")
        .without("code_challenge");
    let mut browser = Browser::new(&world);
    let answer = browser.answer(&query, "diana");
    let tokens = body(&party.present(
        &world,
        &[
            ("grant_type", "authorization_code"),
            ("code", answer.get("code")),
            ("redirect_uri", &party.redirect_uri),
        ],
    ));
    for token in [
        answer.get("id_token"),
        answer.get("access_token"),
        &text(&tokens, "id_token"),
        &text(&tokens, "access_token"),
    ] {
        let said = decode(token).1;
        assert!(!said.to_string().contains("faked"), "{said}");
        assert_eq!((&said["iss"], &said["nickname"]), (&json!(ISSUER), &json!("di")));
    }
    for token in [answer.get("access_token"), &text(&tokens, "access_token")] {
        assert_eq!(names(&body(&userinfo(&world, token))), ["sub", "nickname"]);
    }
    // A nonce that was not sent is not there.
    let query = ask(&party, &json!({ "id_token": everything })).without("nonce");
    let tokens = party.tokens(&world, &browser.code(&query, "diana"));
    let said = decode(&text(&tokens, "id_token")).1;
    assert_eq!((&said["nonce"], &said["sid"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_value_that_changes_is_read_anew() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let query = ask(&party, &json!({ "userinfo": { "nickname": { "value": "diana" } } }));
    let token = party.access_token(&world, &browser.code(&query, "diana"));
    enrol_with(&world, "diana", json!({ "nickname": "di" }));
    assert_eq!(
        names(&body(&userinfo(&world, &token))),
        ["sub"],
        "no longer the one that was asked for"
    );
    enrol_with(&world, "diana", json!({ "nickname": "diana" }));
    assert_eq!(names(&body(&userinfo(&world, &token))), ["sub", "nickname"]);
}

#[test]
fn names_that_no_claim_has_are_not_shown() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let hostile = ["You give nothing away.", "a\u{202e}b", "a\0b", "", &"z".repeat(101), "<b>"];
    let claims: Value = hostile
        .iter()
        .map(|name| ((*name).to_owned(), Value::Null))
        .collect::<serde_json::Map<_, _>>()
        .into();
    let login = browser.open(&ask(&party, &json!({ "userinfo": claims, "id_token": { "email": null } })));
    let page = browser.sign_in(&login, "diana");
    assert_eq!(shown(&page), Shown::Consent);
    let html = page.body.as_str();
    assert!(html.contains("email"));
    for name in ["nothing away", "\u{202e}", "\0", "zzzz"] {
        assert!(!html.contains(name), "{name:?}");
    }
}

#[test]
fn the_operators_bound_on_scopes_bounds_claims_by_name() {
    let (world, party) = scene();
    party.set_policy(&world, json!({ "allowed_scopes": ["openid", "email"] }));
    let mut browser = Browser::new(&world);
    let claims =
        json!({ "userinfo": { "email": null, "phone_number": null, "name#sv": null }, "id_token": { "address": null, "acr": null } });
    let (id_token, at_userinfo) = said(&world, &party, &mut browser, &ask(&party, &claims));
    assert_eq!(names(&at_userinfo), ["sub", "email"]);
    assert_eq!(id_token["address"], Value::Null);
    assert_eq!(id_token["acr"], ACR);
}

#[test]
fn languages_do_not_multiply_without_end() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let long = ["a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a-a"; 6].join(" ");
    browser.code(
        &ask(&party, &json!({ "userinfo": { "name": null } })).with("claims_locales", &long),
        "diana",
    );
    let dump = world.dump();
    assert!(dump.contains("name#a-a-a"));
    assert!(dump.matches("name#").count() < 20, "{}", dump.matches("name#").count());
}
