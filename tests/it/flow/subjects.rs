//! Subject identifiers (OpenID Connect Core, section 8): who the user is, to whom.

use super::browser::Browser;
use super::party::{Party, Query, decode, enrol, text, userinfo};
use crate::world::{World, body, put};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn scene() -> World {
    let world = World::new();
    enrol(&world, "diana");
    enrol(&world, "rigo");
    world
}

fn party(world: &World, subject_type: &str, redirect_uri: &str) -> Party {
    Party::with(
        world,
        json!({
            "redirect_uris": [redirect_uri],
            "subject_type": subject_type,
            "response_types": ["code", "code id_token token"],
            "grant_types": ["authorization_code", "refresh_token", "implicit"],
        }),
    )
}

/// Every place of one grant in which the subject stands; they have to agree.
fn subject(world: &World, party: &Party, user: &str) -> String {
    let query = party.query().with("response_type", "code id_token token");
    let answer = Browser::new(world).answer(&query, user);
    let mut seen = vec![text(&answer.id_claims(), "sub"), of_token(world, answer.get("access_token"))];
    let tokens = party.tokens(world, answer.get("code"));
    let refreshed = party.refreshed(world, &text(&tokens, "refresh_token"));
    for tokens in [&tokens, &refreshed] {
        seen.push(text(&decode(&text(tokens, "id_token")).1, "sub"));
        seen.push(of_token(world, &text(tokens, "access_token")));
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), 1, "{seen:?}");
    seen.swap_remove(0)
}

fn of_token(world: &World, token: &str) -> String {
    let sub = text(&decode(token).1, "sub");
    assert_eq!(text(&body(&userinfo(world, token)), "sub"), sub);
    sub
}

#[test]
fn public_is_the_same_for_every_client() {
    let world = scene();
    let one = party(&world, "public", "https://rp.example/cb");
    let other = party(&world, "public", "https://other.example/cb");
    let sub = subject(&world, &one, "diana");
    assert_eq!(subject(&world, &one, "diana"), sub);
    assert_eq!(subject(&world, &other, "diana"), sub);
    assert_ne!(subject(&world, &one, "rigo"), sub);
}

#[test]
fn pairwise_is_the_same_within_a_sector() {
    let world = scene();
    let one = party(&world, "pairwise", "https://rp.example/cb");
    let same = party(&world, "pairwise", "https://rp.example:8443/elsewhere");
    let foreign = party(&world, "pairwise", "https://other.example/cb");
    let public = party(&world, "public", "https://rp.example/cb");
    let sub = subject(&world, &one, "diana");
    assert_eq!(subject(&world, &one, "diana"), sub);
    assert_eq!(subject(&world, &same, "diana"), sub);
    assert_ne!(subject(&world, &foreign, "diana"), sub);
    assert_ne!(subject(&world, &public, "diana"), sub);
    assert_ne!(subject(&world, &one, "rigo"), sub);
}

#[test]
fn the_sector_is_of_the_registration_and_never_of_the_request() {
    let world = World::with(&[("ISSUER", crate::world::LOCAL_ISSUER)]);
    enrol(&world, "diana");
    // On loopback the port, and nothing but the port, is the request's to choose.
    let party = |redirect_uri: &str| {
        Party::with(
            &world,
            json!({ "redirect_uris": [redirect_uri], "subject_type": "pairwise", "application_type": "native" }),
        )
    };
    let sub = |query: &Query, party: &Party| {
        let tokens = party.tokens(&world, &Browser::new(&world).code(query, "diana"));
        text(&decode(&text(&tokens, "id_token")).1, "sub")
    };
    let one = party("http://127.0.0.1:7/cb");
    let plain = sub(&one.query(), &one);
    for port in ["1", "80", "65535"] {
        let other = Party {
            redirect_uri: format!("http://127.0.0.1:{port}/cb"),
            ..one.clone()
        };
        let query = other
            .query()
            .with("sector_identifier_uri", "https://victim.example/")
            .with("subject_type", "public");
        assert_eq!(sub(&query, &other), plain, "{port}");
    }
}

#[test]
fn ephemeral_is_another_one_for_every_grant() {
    let world = scene();
    let party = party(&world, "ephemeral", "https://rp.example/cb");
    let subs: BTreeSet<String> = (0..5).map(|_| subject(&world, &party, "diana")).collect();
    assert_eq!(subs.len(), 5);
    // A step that is taken twice is one grant.
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query().with("response_type", "code id_token token"));
    let mut answer = || super::answer::Answer::of(&browser.sign_in(&page, "diana")).id_claims()["sub"].clone();
    assert_eq!(answer(), answer());
}

#[test]
fn a_subject_says_nothing_about_the_user() {
    let world = scene();
    for subject_type in ["public", "pairwise", "ephemeral"] {
        let sub = subject(&world, &party(&world, subject_type, "https://rp.example/cb"), "diana");
        assert_eq!(sub.len(), 64, "{subject_type}");
        assert!(sub.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{sub}");
    }
    let salted = World::with(&[("SUBJECT_SALT", "another salt")]);
    enrol(&salted, "diana");
    for subject_type in ["public", "pairwise"] {
        let there = subject(&salted, &party(&salted, subject_type, "https://rp.example/cb"), "diana");
        let here = subject(&world, &party(&world, subject_type, "https://rp.example/cb"), "diana");
        assert_ne!(there, here, "{subject_type}");
    }
}

#[test]
fn a_grant_keeps_its_subject_when_the_client_changes() {
    let world = scene();
    let party = party(&world, "public", "https://rp.example/cb");
    let query = party.query().with("response_type", "code id_token token");
    let answer = Browser::new(&world).answer(&query, "diana");
    let mut metadata = party.client.0.clone();
    metadata["subject_type"] = "pairwise".into();
    let changed = put(&party.client.configuration())
        .bearer(party.client.token())
        .json(&metadata)
        .send(&world);
    assert_eq!((changed.status, &body(&changed)["subject_type"]), (200, &json!("pairwise")));
    let tokens = party.tokens(&world, answer.get("code"));
    assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], answer.id_claims()["sub"]);
    assert_ne!(subject(&world, &party, "diana"), text(&answer.id_claims(), "sub"));
}

#[test]
fn pairwise_subjects_need_one_sector() {
    let world = scene();
    let metadata = |more: Value| {
        let mut metadata = json!({ "redirect_uris": ["https://a.example/cb", "https://b.example/cb"], "subject_type": "pairwise" });
        for (name, value) in more.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        crate::world::post("/registration").json(&metadata).send(&world)
    };
    assert_eq!(body(&metadata(json!({})))["error"], "invalid_client_metadata");
    assert_eq!(metadata(json!({ "subject_type": "public" })).status, 201);
    assert_eq!(
        metadata(json!({ "redirect_uris": ["https://a.example/cb", "https://a.example/x"] })).status,
        201
    );
}
