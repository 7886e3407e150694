//! Vectors of the specifications, and of the systems whose sessions this provider takes over. The data are in tests/vectors.

use crate::flow::browser::Browser;
use crate::flow::party::{Party, decode, enrol, text};
use crate::world::World;
use serde_json::Value;
use treeline::jose::alg::Alg;
use treeline::jose::crypto::Crypto;
use treeline::jose::jwk::{PublicJwk, PublicNumbers};
use treeline::jose::jws;
use treeline::oauth::base64url;
use treeline::oauth::ids::UserId;
use treeline::oauth::pkce::{Challenge, Verifier};
use treeline::seal::subject;

fn read(json: &str) -> Value {
    serde_json::from_str(json).expect("a vector")
}

fn elements<'a>(vector: &'a Value, name: &str) -> &'a Vec<Value> {
    vector[name].as_array().expect("an array")
}

#[test]
fn proof_key_for_code_exchange() {
    let vector = read(include_str!("../vectors/rfc7636.json"));
    let octets: Vec<u8> = serde_json::from_value(vector["octets"].clone()).expect("octets");
    assert_eq!(base64url::encode(octets), text(&vector, "verifier"));
    let verifier = Verifier::parse(&text(&vector, "verifier")).expect("a verifier");
    let challenge = Challenge::parse(&text(&vector, "challenge")).expect("a challenge");
    assert!(challenge.matches(&verifier.challenge()));
}

#[test]
fn thumbprint_of_a_key() {
    let vector = read(include_str!("../vectors/rfc7638.json"));
    let numbers = PublicNumbers::from_jwk(&vector["key"].to_string()).expect("a key");
    assert_eq!(numbers.thumbprint(), text(&vector, "thumbprint"));
}

#[test]
fn signatures() {
    let world = World::new();
    let vector = read(include_str!("../vectors/rfc7515.json"));
    for example in elements(&vector, "examples") {
        let compact = text(example, "jws");
        let received = jws::parse(&compact).expect("a JWS");
        assert_eq!(received.header.alg, text(example, "alg"));
        assert_eq!(received.header.typ.as_deref(), example["typ"].as_str());
        assert_eq!(String::from_utf8(received.payload).expect("UTF-8"), text(&vector, "payload"));
        let Some(alg) = Alg::parse(&received.header.alg) else {
            assert!(matches!(example["appendix"].as_str(), Some("A.1" | "A.5")), "{example}");
            continue;
        };
        let numbers = PublicNumbers::from_jwk(&example["key"].to_string()).expect("a key");
        let key = PublicJwk::new(numbers, alg);
        let verify = |signature: &[u8], input: &str| pollster::block_on(world.verify(&key, signature, input.as_bytes()));
        assert_eq!(verify(&received.signature, received.signing_input), Ok(true), "{example}");
        let mut changed = received.signature.clone();
        changed[7] ^= 1;
        assert_eq!(verify(&changed, received.signing_input), Ok(false), "{example}");
        assert_eq!(verify(&received.signature, &received.signing_input[1..]), Ok(false), "{example}");
    }
}

#[test]
fn public_subjects_are_those_of_oidcop() {
    let vector = read(include_str!("../vectors/oidcop/subjects.json"));
    for case in elements(&vector, "subjects") {
        let user = UserId::from_username(&text(case, "user")).expect("a name");
        assert_eq!(subject::public(&user, &text(case, "salt")), text(case, "sub"));
    }
}

#[test]
fn a_client_that_moves_over_knows_its_users_again() {
    let vector = read(include_str!("../vectors/oidcop/subjects.json"));
    for case in elements(&vector, "subjects") {
        let (user, salt) = (text(case, "user"), text(case, "salt"));
        let world = World::with(&[("SUBJECT_SALT", &salt)]);
        enrol(&world, &user);
        let party = Party::register(&world);
        let code = Browser::new(&world).code(&party.query(), &user);
        let (_, claims) = decode(&text(&party.tokens(&world, &code), "id_token"));
        assert_eq!(claims["sub"], case["sub"]);
    }
}
