//! Request objects by value and by reference. With prompt=none in them every sound one ends in `login_required` at the place that it names.

use super::party::{ALGS, By, CALLBACK, ask, changed, jws, jwt, key, register};
use crate::world::{ISSUER, Registered, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use treeline::jose::alg::Alg;
use treeline::oauth::base64url;
use treeline::platform::Platform;

pub const OTHER: &str = "https://other.example/cb";
const PLACE: &str = "https://rp.example/request.jwt";

pub fn client(world: &World, changes: Value) -> Registered {
    let keys = ALGS.map(|alg| key(alg, 1));
    let own = json!({ "redirect_uris": [CALLBACK, OTHER], "jwks": super::party::jwks(&keys), "request_uris": [PLACE, format!("{PLACE}#fragment")] });
    register(world, changed(own, changes))
}

pub fn claims(client: &Registered, changes: Value) -> Value {
    let own = json!({
        "client_id": client.id(), "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", "prompt": "none", "state": "inside",
    });
    changed(own, changes)
}

/// Both ways to send one object, which have to end alike.
pub fn send(world: &World, client: &Registered, object: &str) -> BTreeMap<String, String> {
    send_beside(world, client, object, &[("response_type", "code"), ("redirect_uri", CALLBACK)]).1
}

pub fn send_beside(world: &World, client: &Registered, object: &str, beside: &[(&str, &str)]) -> (String, BTreeMap<String, String>) {
    let with = |parameter: (&'static str, &str)| {
        let all: Vec<_> = beside.iter().copied().chain([parameter]).collect();
        ask(world, client, &all)
    };
    let by_value = with(("request", object));
    world.web.serve(PLACE, object);
    let by_reference = with(("request_uri", PLACE));
    // What is empty was not sent by value, and was found by reference.
    if !object.is_empty() {
        assert_eq!(by_value, by_reference, "{object}");
    }
    by_reference
}

#[track_caller]
pub fn assert_accepted(answer: &BTreeMap<String, String>) {
    let said = (answer.get("error").map(String::as_str), answer.get("state").map(String::as_str));
    assert_eq!(said, (Some("login_required"), Some("inside")), "{answer:?}");
}

#[track_caller]
pub fn assert_error(answer: &BTreeMap<String, String>, error: &str) {
    assert_eq!(answer.get("error").map(String::as_str), Some(error), "{answer:?}");
    assert_eq!(answer.get("iss").map(String::as_str), Some(ISSUER));
}

#[test]
fn unsigned_with_nothing_about_itself() {
    let world = World::new();
    for registered in [json!(null), json!("none")] {
        let client = client(&world, json!({ "request_object_signing_alg": registered }));
        assert_accepted(&send(&world, &client, &jwt(By::Nobody, &claims(&client, json!({})))));
        let bare = json!({ "state": "inside", "prompt": "none" });
        let beside = [("response_type", "code"), ("redirect_uri", CALLBACK), ("scope", "openid")];
        assert_accepted(&send_beside(&world, &client, &jwt(By::Nobody, &bare), &beside).1);
    }
    assert!(world.faults().is_empty());
}

#[test]
fn signed_by_every_algorithm_that_is_registered_or_by_any_where_none_is() {
    let world = World::new();
    let free = client(&world, json!({}));
    for registered in ALGS.map(Alg::name).into_iter().chain(["HS256", "none"]) {
        let bound = client(&world, json!({ "request_object_signing_alg": registered }));
        for client in [&free, &bound] {
            let object = |by| jwt(by, &claims(client, json!({ "iss": client.id(), "aud": ISSUER })));
            let signers = ALGS
                .map(|alg| By::Key(key(alg, 1)))
                .into_iter()
                .chain([By::Secret(client.secret()), By::Nobody]);
            for by in signers {
                let object = object(by);
                let alg = treeline::jose::jws::parse(&object).unwrap().header.alg;
                let answer = send(&world, client, &object);
                match client.id() == free.id() || alg == registered {
                    true => assert_accepted(&answer),
                    false => assert_error(&answer, "invalid_request_object"),
                }
            }
        }
    }
}

#[test]
fn signed_by_nobody_known() {
    let world = World::new();
    let client = client(&world, json!({}));
    let ec = key(Alg::ES256, 1);
    let sound = jwt(By::Key(ec), &claims(&client, json!({})));
    let (input, signature) = sound.rsplit_once('.').unwrap();
    let (header, _) = input.split_once('.').unwrap();
    let turned = base64url::encode(claims(&client, json!({ "redirect_uri": OTHER })).to_string());
    for object in [
        jwt(By::Key(key(Alg::ES256, 2)), &claims(&client, json!({}))),
        jwt(By::Secret("x"), &claims(&client, json!({}))),
        jwt(By::Secret(&ec.public.numbers.to_jwk()), &claims(&client, json!({}))),
        jws(
            By::Key(key(Alg::ES256, 2)),
            json!({ "jwk": super::party::jwk(key(Alg::ES256, 2), None), "jku": PLACE }),
            claims(&client, json!({})).to_string().as_bytes(),
        ),
        jws(
            By::Key(ec),
            json!({ "alg": "ES512" }),
            claims(&client, json!({})).to_string().as_bytes(),
        ),
        jws(
            By::Key(ec),
            json!({ "alg": "none" }),
            claims(&client, json!({})).to_string().as_bytes(),
        ),
        jws(
            By::Key(ec),
            json!({ "crit": ["x"] }),
            claims(&client, json!({})).to_string().as_bytes(),
        ),
        format!("{header}.{turned}.{signature}"),
        format!("{input}."),
        format!("{sound}A"),
        sound[..sound.len() - 20].to_owned(),
        input.to_owned(),
    ] {
        assert_error(&send(&world, &client, &object), "invalid_request_object");
    }
    // A public client has no secret, and an empty one is none.
    let public = register(&world, json!({ "token_endpoint_auth_method": "none", "request_uris": [PLACE] }));
    assert_error(
        &send(&world, &public, &jwt(By::Secret(""), &claims(&public, json!({})))),
        "invalid_request_object",
    );
}

#[test]
fn what_it_says_about_itself() {
    let world = World::new();
    let now = world.now().0;
    let client = client(&world, json!({}));
    let other = register(&world, json!({}));
    for changes in [
        json!({ "iss": client.id(), "aud": [ISSUER, "https://other.example"], "exp": now + 1, "iat": now, "nbf": now + 60, "jti": "x", "sub": "x" }),
        json!({ "client_id": null }),
        json!({ "iat": "yesterday", "jti": 1, "unknown": { "a": [1] } }),
    ] {
        for by in [By::Nobody, By::Key(key(Alg::RS256, 1))] {
            assert_accepted(&send(&world, &client, &jwt(by, &claims(&client, changes.clone()))));
        }
    }
    for changes in [
        json!({ "iss": other.id() }),
        json!({ "iss": [client.id()] }),
        json!({ "client_id": other.id() }),
        json!({ "client_id": 1 }),
        json!({ "aud": "https://other.example" }),
        json!({ "aud": ["https://other.example"] }),
        json!({ "aud": format!("{ISSUER}/") }),
        json!({ "aud": [] }),
        json!({ "aud": {} }),
        json!({ "exp": now }),
        json!({ "exp": "soon" }),
        json!({ "nbf": now + 61 }),
        json!({ "nbf": "later" }),
        json!({ "request": "x.y.z" }),
        json!({ "request": "" }),
        json!({ "request_uri": PLACE }),
        json!({ "response_type": "id_token", "nonce": "n" }),
        json!({ "response_type": "unknown" }),
    ] {
        for by in [By::Nobody, By::Key(key(Alg::RS256, 1))] {
            assert_error(
                &send(&world, &client, &jwt(by, &claims(&client, changes.clone()))),
                "invalid_request_object",
            );
        }
    }
}

#[test]
fn what_is_no_object() {
    let world = World::new();
    let client = client(&world, json!({}));
    let sound = claims(&client, json!({})).to_string();
    let twice = sound.replacen('{', r#"{"state":"first","#, 1);
    for payload in [
        "",
        "x",
        "1",
        "null",
        "[]",
        "{",
        "\"x\"",
        &twice,
        &format!("{sound}{sound}"),
        &"[".repeat(5000),
        &r#"{"a":"#.repeat(5000),
    ] {
        for by in [By::Nobody, By::Key(key(Alg::ES256, 1))] {
            assert_error(
                &send(&world, &client, &jws(by, json!({}), payload.as_bytes())),
                "invalid_request_object",
            );
        }
    }
    for object in ["x", ".", "..", "...", "....", "a.b.c", "a.b.c.d.e", "\u{0}", "é.é.é", "", " "] {
        assert_error(&send(&world, &client, object), "invalid_request_object");
    }
}

#[test]
fn the_parameters_that_carry_it() {
    let world = World::new();
    let client = client(&world, json!({}));
    let object = jwt(By::Nobody, &claims(&client, json!({})));
    world.web.serve(PLACE, object.as_str());
    let beside = [("response_type", "code"), ("redirect_uri", CALLBACK)];
    let with = |more: &[(&str, &str)]| ask(&world, &client, &[&beside, more].concat()).1;
    for more in [
        [("request", object.as_str()), ("request_uri", PLACE)],
        [("request", &object), ("request", &object)],
        [("request_uri", PLACE), ("request_uri", PLACE)],
    ] {
        assert_error(&with(&more), "invalid_request");
    }
    assert_eq!(world.web.all_visits(), 0);
    // Beside it only client_id has to stand (RFC 9101, section 5); what stands nowhere is missing.
    assert_accepted(&ask(&world, &client, &[("request", &object)]).1);
    let silent = jwt(By::Nobody, &claims(&client, json!({ "response_type": null })));
    assert_error(&ask(&world, &client, &[("request", &silent)]).1, "invalid_request");
    let query = format!("/authorization?response_type=code&redirect_uri={CALLBACK}&request={object}");
    assert_eq!(crate::world::get(&query).send(&world).status, 400, "without client_id");
}

#[test]
fn a_reference_has_to_be_registered_byte_for_byte() {
    let world = World::new();
    let client = client(&world, json!({}));
    let object = jwt(By::Nobody, &claims(&client, json!({})));
    let at = |address: &str| {
        ask(
            &world,
            &client,
            &[("response_type", "code"), ("redirect_uri", CALLBACK), ("request_uri", address)],
        )
        .1
    };
    world.web.serve(PLACE, format!("\n{object}\n"));
    // A fragment is part of the name, and is neither sent nor compared with the content.
    for registered in [PLACE.to_owned(), format!("{PLACE}#fragment")] {
        assert_accepted(&at(&registered));
    }
    assert_eq!(world.web.visits(PLACE), 2);
    for other in [
        format!("{PLACE}#"),
        format!("{PLACE}#other"),
        format!("{PLACE}?"),
        format!("{PLACE}/"),
        PLACE.to_uppercase(),
        PLACE.replace("rp.example", "rp.example:443"),
        PLACE.replace("https", "http"),
        "urn:ietf:params:oauth:request_uri:x".to_owned(),
        "data:text/plain,x".to_owned(),
        "x".to_owned(),
    ] {
        assert_error(&at(&other), "invalid_request_uri");
    }
    assert_eq!(world.web.all_visits(), 0);
    for bad in [Some(vec![0xff, 0xfe]), Some(vec![b'a'; 64 * 1024 + 1]), None] {
        match bad {
            Some(bad) => world.web.serve(PLACE, bad),
            None => world.web.close(PLACE),
        }
        assert_error(&at(PLACE), "invalid_request_uri");
    }
    let without = register(&world, json!({}));
    let (_, answer) = ask(
        &world,
        &without,
        &[("response_type", "code"), ("redirect_uri", CALLBACK), ("request_uri", PLACE)],
    );
    assert_error(&answer, "invalid_request_uri");
    assert!(world.faults().is_empty());
}

#[test]
fn keys_that_the_client_has_begun_to_use_are_fetched() {
    const KEYS: &str = "https://rp.example/jwks.json";
    let world = World::new();
    world.web.serve(KEYS, super::party::jwks(&[key(Alg::ES256, 1)]).to_string());
    let client = register(&world, json!({ "jwks_uri": KEYS, "request_object_signing_alg": "ES256" }));
    let answer = |number| {
        let object = jwt(By::Key(key(Alg::ES256, number)), &claims(&client, json!({})));
        ask(
            &world,
            &client,
            &[("response_type", "code"), ("redirect_uri", CALLBACK), ("request", &object)],
        )
        .1
    };
    assert_accepted(&answer(1));
    world.web.serve(KEYS, super::party::jwks(&[key(Alg::ES256, 2)]).to_string());
    assert_accepted(&answer(2));
    assert_error(&answer(1), "invalid_request_object");
}
