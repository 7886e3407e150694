//! `id_token_hint` (OpenID Connect Core, section 3.1.2.1): the answer is of that user, or there is none.

use super::browser::{Browser, Shown, callback, parameter, shown};
use super::party::{Party, Query, decode, enrol, text};
use crate::world::{World, body, get};
use serde_json::{Value, json};
use treeline::jose::alg::Alg;
use treeline::jose::crypto::Crypto;
use treeline::jose::jws::{self, Signer};
use treeline::oauth::base64url;
use treeline::platform::Platform;

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    enrol(&world, "rigo");
    let party = Party::register(&world);
    (world, party)
}

/// An ID token that the client got before.
fn id_token(world: &World, party: &Party, user: &str) -> String {
    let code = Browser::new(world).code(&party.query(), user);
    text(&party.tokens(world, &code), "id_token")
}

fn hinted(party: &Party, hint: &str) -> Query {
    party.query().with("id_token_hint", hint)
}

/// A JWT with any header and claims, signed by what signs.
fn jwt(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!(
        "{}.{}",
        base64url::encode(header.to_string()),
        base64url::encode(claims.to_string())
    );
    let signature = sign(input.as_bytes());
    format!("{input}.{}", base64url::encode(signature))
}

fn by_provider(world: &World, alg: Alg, typ: Option<&str>, claims: &Value) -> String {
    let keys = pollster::block_on(world.keys()).unwrap();
    pollster::block_on(jws::sign(world, Signer::Key(keys.signing(alg, world.now()).unwrap()), typ, claims)).unwrap()
}

fn by_secret(world: &World, secret: &str, claims: &Value) -> String {
    jwt(&json!({ "alg": "HS256" }), claims, |input| {
        pollster::block_on(world.mac(secret.as_bytes(), input)).unwrap()
    })
}

#[test]
fn the_same_user_needs_no_page() {
    let (world, party) = scene();
    let hint = id_token(&world, &party, "diana");
    let mut browser = Browser::new(&world);
    assert_eq!(
        callback(&browser.open(&hinted(&party, &hint).with("prompt", "none")), "error"),
        "login_required",
        "a hint is no login"
    );
    browser.code(&party.query(), "diana");
    for query in [hinted(&party, &hint), hinted(&party, &hint).with("prompt", "none")] {
        let response = browser.open(&query);
        let tokens = party.tokens(&world, &callback(&response, "code"));
        assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], decode(&hint).1["sub"]);
    }
}

#[test]
fn another_user_s_session_is_not_enough() {
    let (world, party) = scene();
    let hint = id_token(&world, &party, "diana");
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "rigo");
    let cookie = browser.cookie("__Host-treeline-session").unwrap().to_owned();
    world.take_touches();
    let silent = browser.open(&hinted(&party, &hint).with("prompt", "none"));
    assert_eq!(callback(&silent, "error"), "login_required");
    assert_eq!(world.take_touches().all_asked(), 0, "the other's tree is not asked");
    let page = browser.open(&hinted(&party, &hint));
    assert_eq!(shown(&page), Shown::Login);

    // Signing in as the other one leads nowhere and changes no session.
    let refused = browser.sign_in(&page, "rigo");
    assert_eq!(callback(&refused, "error"), "login_required");
    assert_eq!(
        (callback(&refused, "state"), parameter(&refused, "code")),
        ("the state".to_owned(), None)
    );
    assert!(!refused.headers.iter().any(|(name, _)| *name == "set-cookie"));
    assert_eq!(browser.cookie("__Host-treeline-session"), Some(cookie.as_str()));

    // And as the one who was meant it goes on.
    let redirect = browser.sign_in(&page, "diana");
    let tokens = party.tokens(&world, &callback(&redirect, "code"));
    assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], decode(&hint).1["sub"]);
}

#[test]
fn the_hint_holds_on_a_page_that_was_open_for_too_long() {
    let (world, party) = scene();
    let hint = id_token(&world, &party, "diana");
    let mut browser = Browser::new(&world);
    let page = browser.open(&hinted(&party, &hint));
    world.advance(1800);
    let anew = browser.sign_in(&page, "rigo");
    assert_eq!(shown(&anew), Shown::Login);
    assert_eq!(callback(&browser.sign_in(&anew, "rigo"), "error"), "login_required");
}

#[test]
fn a_hint_may_be_old() {
    let (world, party) = scene();
    let hint = id_token(&world, &party, "diana");
    world.advance(20 * 86_400);
    world.run_alarms();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    assert!(parameter(&browser.open(&hinted(&party, &hint).with("prompt", "none")), "code").is_some());
}

#[test]
fn a_hint_of_every_algorithm() {
    let world = World::new();
    enrol(&world, "diana");
    enrol(&world, "rigo");
    let encrypted = json!({ "id_token_encrypted_response_alg": "dir", "id_token_encrypted_response_enc": "A128GCM" });
    for metadata in [
        json!({ "id_token_signed_response_alg": "RS256" }),
        json!({ "id_token_signed_response_alg": "PS256" }),
        json!({ "id_token_signed_response_alg": "ES256" }),
        json!({ "id_token_signed_response_alg": "EdDSA" }),
        json!({ "id_token_signed_response_alg": "HS256" }),
        encrypted,
    ] {
        let party = Party::registered(&world, metadata.clone());
        let hint = id_token(&world, &party, "diana");
        let silent = hinted(&party, &hint).with("prompt", "none");
        let mut browser = Browser::new(&world);
        browser.code(&party.query(), "diana");
        assert!(parameter(&browser.open(&silent), "code").is_some(), "{metadata}");
        let mut other = Browser::new(&world);
        other.code(&party.query(), "rigo");
        assert_eq!(callback(&other.open(&silent), "error"), "login_required", "{metadata}");
    }
}

#[test]
fn a_pairwise_hint_is_understood() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::registered(&world, json!({ "subject_type": "pairwise" }));
    let foreign = Party::with(
        &world,
        json!({ "redirect_uris": ["https://other.example/cb"], "subject_type": "pairwise" }),
    );
    let hint = id_token(&world, &party, "diana");
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    browser.code(&foreign.query(), "diana");
    assert!(parameter(&browser.open(&hinted(&party, &hint).with("prompt", "none")), "code").is_some());
    // Another sector's subject is nobody here.
    let there = browser.open(&hinted(&foreign, &hint).with("prompt", "none"));
    assert_eq!(callback(&there, "error"), "login_required");
}

#[test]
fn what_is_no_id_token_of_ours_is_refused() {
    let (world, party) = scene();
    let hs256 = Party::registered(&world, json!({ "id_token_signed_response_alg": "HS256" }));
    let mut browser = Browser::new(&world);
    let tokens = party.tokens(&world, &browser.code(&party.query(), "diana"));
    let genuine = text(&tokens, "id_token");
    let (header, claims) = decode(&genuine);
    let foreign = World::with(&[("ISSUER", "https://evil.example")]);
    let mut of_other_issuer = claims.clone();
    of_other_issuer["iss"] = foreign.config().issuer.as_str().into();
    let mut without_sub = claims.clone();
    without_sub.as_object_mut().unwrap().remove("sub");
    let published = body(&get("/jwks").send(&world));
    let modulus = text(
        published["keys"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["alg"] == "RS256")
            .unwrap(),
        "n",
    );

    let mut changed = claims.clone();
    changed["sub"] = "another".into();
    let signature = genuine.rsplit_once('.').unwrap().1;
    let spliced = format!(
        "{}.{}.{signature}",
        base64url::encode(header.to_string()),
        base64url::encode(changed.to_string())
    );
    let with_public_key = jwt(&json!({ "alg": "HS256", "kid": header["kid"] }), &claims, |input| {
        pollster::block_on(world.mac(modulus.as_bytes(), input)).unwrap()
    });
    let other_alg = genuine.replacen(
        genuine.split('.').next().unwrap(),
        &base64url::encode(json!({ "alg": "PS256", "kid": header["kid"] }).to_string()),
        1,
    );
    let cases = [
        ("not a JWT", "x".to_owned()),
        ("an unfinished one", genuine[..genuine.len() - 4].to_owned()),
        ("a changed one", spliced),
        ("alg none", jwt(&json!({ "alg": "none" }), &claims, |_| vec![])),
        (
            "alg none with a signature",
            jwt(&json!({ "alg": "none" }), &claims, |_| vec![1; 32]),
        ),
        ("alg None", jwt(&json!({ "alg": "None" }), &claims, |_| vec![])),
        ("the public key as a secret", with_public_key),
        ("another algorithm of the same key", other_alg),
        ("another client's secret", by_secret(&world, hs256.client.secret(), &claims)),
        ("an empty secret", by_secret(&world, "\0", &claims)),
        ("an access token", text(&tokens, "access_token")),
        ("another issuer", by_provider(&world, Alg::RS256, None, &of_other_issuer)),
        ("no subject", by_provider(&world, Alg::RS256, None, &without_sub)),
        ("a type of its own", by_provider(&world, Alg::RS256, Some("logout+jwt"), &claims)),
        ("a list", by_provider(&world, Alg::RS256, None, &json!([claims]))),
        (
            "a key of its own",
            jwt(&json!({ "alg": "RS256", "kid": "unknown" }), &claims, |_| vec![1; 256]),
        ),
        (
            "an encrypted one of nobody's",
            format!("{genuine}.{}.{}", base64url::encode("x"), base64url::encode("y")),
        ),
    ];
    for (case, hint) in cases {
        for query in [hinted(&party, &hint), hinted(&party, &hint).with("prompt", "none")] {
            let response = browser.open(&query);
            assert_eq!(callback(&response, "error"), "invalid_request", "{case}");
            assert_eq!(parameter(&response, "code"), None, "{case}");
        }
    }
    // The same claims, signed by us, are a hint; the type may be said.
    for sound in [
        by_provider(&world, Alg::RS256, None, &claims),
        by_provider(&world, Alg::ES256, Some("JWT"), &claims),
    ] {
        assert!(parameter(&browser.open(&hinted(&party, &sound)), "code").is_some());
    }
    let twice = hinted(&party, &genuine).target() + "&id_token_hint=x";
    assert_eq!(callback(&get(&twice).send(&world), "error"), "invalid_request");
}

#[test]
fn hint_and_claims_have_to_mean_the_same() {
    let (world, party) = scene();
    let hint = id_token(&world, &party, "diana");
    let other = id_token(&world, &party, "rigo");
    let sub = |token: &str| decode(token).1["sub"].clone();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let ask = |sub: Value| hinted(&party, &hint).with("claims", &json!({ "id_token": { "sub": { "value": sub } } }).to_string());
    assert!(parameter(&browser.open(&ask(sub(&hint))), "code").is_some());
    assert_eq!(callback(&browser.open(&ask(sub(&other))), "error"), "invalid_request");
}

#[test]
fn errors_of_a_hint_travel_as_the_answer_would_have() {
    let (world, _) = scene();
    let party = Party::of_every_type(&world);
    let mut browser = Browser::new(&world);
    let query = hinted(&party, "x").with("response_type", "id_token");
    let answer = super::answer::Answer::of(&browser.open(&query));
    assert_eq!(
        (answer.place, answer.get("error")),
        (super::answer::Place::Fragment, "invalid_request")
    );
}
