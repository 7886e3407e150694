//! Vectors of the specifications, and of the systems whose sessions this provider takes over. The data are in tests/vectors.

mod encryption;
mod scripted;
mod signatures;

use crate::flow::browser::Browser;
use crate::flow::party::{Party, decode, enrol, text};
use crate::world::World;
use serde_json::Value;
use treeline::jose::alg::Alg;
use treeline::jose::jwk::{PublicJwk, PublicNumbers};
use treeline::jose::keyset::SigningKey;
use treeline::oauth::base64url;
use treeline::oauth::ids::UserId;
use treeline::oauth::pkce::{Challenge, Verifier};
use treeline::oauth::time::Timestamp;
use treeline::seal::subject;
use zeroize::Zeroizing;

fn read(json: &str) -> Value {
    serde_json::from_str(json).expect("a vector")
}

fn elements<'a>(vector: &'a Value, name: &str) -> &'a Vec<Value> {
    vector[name].as_array().expect("an array")
}

fn octets(value: &Value, name: &str) -> Vec<u8> {
    base64url::decode(&text(value, name)).expect("base64url")
}

/// A private JWK as a key of the provider's, for one algorithm.
fn key_pair(jwk: &Value, alg: Alg) -> SigningKey {
    let mut public = PublicJwk::new(PublicNumbers::from_jwk(&jwk.to_string()).expect("a key"), alg);
    if let Some(kid) = jwk["kid"].as_str() {
        public.kid = kid.to_owned();
    }
    SigningKey {
        public,
        private: Zeroizing::new(jwk.to_string()),
        active_from: Timestamp(0),
    }
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
