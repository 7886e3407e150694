//! PKCE (RFC 7636; RFC 9700, section 2.1.1) as a table: what the request said, what the client presents, and what it gets.

use super::browser::{Browser, Shown, callback, shown};
use super::party::{OTHER_VERIFIER, Party, VERIFIER, assert_refused, challenge, enrol};
use crate::world::World;

#[test]
fn only_the_verifier_of_the_request_redeems_the_code() {
    let world = World::new();
    enrol(&world, "diana");
    let own_challenge = challenge(VERIFIER);
    let (long, too_long, illegal) = ("v".repeat(128), "v".repeat(129), format!("{}+", &VERIFIER[..42]));
    let cases: Vec<(&str, Option<&str>, Option<&str>, u16)> = vec![
        ("the right one", Some(VERIFIER), Some(VERIFIER), 200),
        ("the longest", Some(&long), Some(&long), 200),
        ("none though there was a challenge (CVE-2023-48228)", Some(VERIFIER), None, 400),
        ("an empty one", Some(VERIFIER), Some(""), 400),
        ("one though there was no challenge", None, Some(VERIFIER), 400),
        ("none where there was no challenge", None, None, 200),
        ("that of another code", Some(VERIFIER), Some(OTHER_VERIFIER), 400),
        ("the challenge itself", Some(VERIFIER), Some(&own_challenge), 400),
        ("42 characters", Some(VERIFIER), Some(&VERIFIER[..42]), 400),
        ("129 characters", Some(&long), Some(&too_long), 400),
        ("an illegal character", Some(VERIFIER), Some(&illegal), 400),
        (
            "with a space",
            Some(VERIFIER),
            Some(concat!("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", " ")),
            400,
        ),
    ];
    for party in [Party::register(&world), Party::native(&world)] {
        let is_public = party.client.0["token_endpoint_auth_method"] == "none";
        for (case, asked, presented, status) in &cases {
            let query = match asked {
                Some(verifier) => party.query().with("code_challenge", &challenge(verifier)),
                None if is_public => continue,
                None => party.query().without_pkce(),
            };
            let code = Browser::new(&world).code(&query, "diana");
            let mut fields = party.token_fields(&code);
            fields.retain(|(name, _)| *name != "code_verifier");
            fields.extend(presented.map(|verifier| ("code_verifier", verifier)));
            let response = party.present(&world, &fields);
            assert_eq!(response.status, *status, "{case}: {:?}", response.body);
            if *status == 400 {
                assert_refused(&response, 400, "invalid_grant");
                // One failure leaves the code to whoever has the verifier.
                fields.retain(|(name, _)| *name != "code_verifier");
                fields.extend(asked.map(|verifier| ("code_verifier", verifier)));
                assert_eq!(party.present(&world, &fields).status, 200, "{case}");
            }
        }
    }
}

#[test]
fn a_request_with_half_a_challenge_is_refused() {
    let world = World::new();
    enrol(&world, "diana");
    let confidential = Party::register(&world);
    let public = Party::native(&world);
    let sound = challenge(VERIFIER);
    let cases: Vec<(&str, Option<&str>, Option<&str>)> = vec![
        ("plain", Some(&sound), Some("plain")),
        ("no method", Some(&sound), None),
        ("an unknown method", Some(&sound), Some("S512")),
        ("another case", Some(&sound), Some("s256")),
        ("no challenge", None, Some("S256")),
        ("42 characters", Some(&sound[..42]), Some("S256")),
        ("44 characters", Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), Some("S256")),
        ("padding", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM="), Some("S256")),
        (
            "the other alphabet",
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
            Some("S256"),
        ),
        (
            "bits that no byte holds",
            Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cN"),
            Some("S256"),
        ),
        ("not base64url", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw ~M"), Some("S256")),
    ];
    for party in [&confidential, &public] {
        for (case, challenge, method) in &cases {
            let mut query = party.query().without_pkce();
            for (name, value) in [("code_challenge", challenge), ("code_challenge_method", method)] {
                if let Some(value) = value {
                    query = query.with(name, value);
                }
            }
            let response = Browser::new(&world).open(&query);
            assert_eq!(shown(&response), Shown::Redirect, "{case}");
            assert_eq!(callback(&response, "error"), "invalid_request", "{case}");
            assert_eq!(callback(&response, "state"), "the state", "{case}");
        }
    }
    let response = Browser::new(&world).open(&public.query().without_pkce());
    assert_eq!(callback(&response, "error"), "invalid_request", "a public client without PKCE");
}
