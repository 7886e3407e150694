//! JSON Web Signature: RFC 7515, RFC 7519, RFC 7520, RFC 8037; and the keys of RFC 7517.

use super::scripted::Scripted;
use super::{elements, key_pair, octets, read};
use crate::flow::party::text;
use pollster::block_on;
use serde_json::value::RawValue;
use serde_json::{Value, json as value};
use treeline::jose::alg::{Alg, KeyManagementAlg};
use treeline::jose::client_keys::ClientKeys;
use treeline::jose::crypto::Crypto;
use treeline::jose::jwk::PublicNumbers;
use treeline::jose::jws::{self, Received, Signer};
use treeline::oauth::time::Timestamp;
use treeline::oauth::{base64url, json, jwt_claims};

/// Checks one compact JWS in every way that the provider has; an algorithm that it does not have is only read.
fn check(example: &Value, payload: &str) {
    let crypto = Scripted::new([]);
    let compact = text(example, "jws");
    let received = jws::parse(&compact).expect("a JWS");
    assert_eq!(received.header.alg, text(example, "alg"));
    assert_eq!(std::str::from_utf8(&received.payload), Ok(payload));
    if Alg::parse(&received.header.alg).is_none() && example.get("key").is_none() {
        return;
    }
    assert_eq!(received.header.kid.as_deref(), example["key"]["kid"].as_str());
    let changed = |change: fn(&mut Received<'_>)| {
        let mut received = jws::parse(&compact).expect("a JWS");
        change(&mut received);
        received
    };
    let wrong = [
        changed(|received| received.signature.iter_mut().take(8).for_each(|octet| *octet ^= 1)),
        changed(|received| received.signature.truncate(8)),
        changed(|received| received.signature.clear()),
        changed(|received| received.signing_input = &received.signing_input[1..]),
        changed(|received| received.header.alg = "none".to_owned()),
    ];
    if received.header.alg == "HS256" {
        let key = octets(&example["key"], "k");
        assert_eq!(block_on(jws::verify_secret(&crypto, &received, &key)), Ok(true));
        for received in &wrong {
            assert_eq!(block_on(jws::verify_secret(&crypto, received, &key)), Ok(false));
        }
        assert_eq!(block_on(jws::verify_secret(&crypto, &received, &key[1..])), Ok(false));
        return;
    }
    let alg = Alg::parse(&received.header.alg).expect("one of ours");
    let keys = ClientKeys::parse(&value!({ "keys": [example["key"]] }));
    let verify = |received: &Received<'_>, alg: Alg| {
        let keys = keys.verification(alg, received.header.kid.as_deref());
        block_on(jws::verify(&crypto, received, keys))
    };
    assert_eq!(verify(&received, alg), Ok(true), "{example}");
    for received in &wrong {
        assert_eq!(verify(received, alg), Ok(false), "{example}");
    }
    for other in Alg::ALL.iter().copied().filter(|other| *other != alg) {
        assert_eq!(verify(&received, other), Ok(false), "{other:?} {example}");
    }
    // Of these algorithms two sign the same thing the same way each time.
    if matches!(alg, Alg::RS256 | Alg::EdDSA) {
        let signed = block_on(crypto.sign(&key_pair(&example["key"], alg), received.signing_input.as_bytes()));
        assert_eq!(signed, Ok(received.signature));
    }
}

#[test]
fn signatures() {
    let vector = read(include_str!("../../vectors/rfc7515.json"));
    for example in elements(&vector, "examples") {
        let payload = example["payload"].as_str().or(vector["payload"].as_str()).expect("a payload");
        check(example, payload);
    }
    let vector = read(include_str!("../../vectors/rfc7520.json"));
    for example in elements(&vector, "signatures") {
        check(example, &text(&vector, "payload"));
    }
}

/// RFC 7515, appendix A.5: byte by byte.
#[test]
fn no_signature() {
    let vector = read(include_str!("../../vectors/rfc7515.json"));
    let example = elements(&vector, "examples").last().expect("A.5");
    let claims = RawValue::from_string(text(&vector, "payload")).expect("JSON");
    let unsigned = block_on(jws::sign(&Scripted::new([]), Signer::Unsigned, None, &claims));
    assert_eq!(unsigned, Ok(text(example, "jws")));
}

/// RFC 7519, sections 3.1 and 6.1: what a JWT says, and when it ends.
#[test]
fn claims_of_a_jwt() {
    let vector = read(include_str!("../../vectors/rfc7519.json"));
    for example in elements(&vector, "examples") {
        check(example, &text(&vector, "payload"));
        let compact = text(example, "jws");
        let received = jws::parse(&compact).expect("a JWT");
        assert_eq!(received.header.typ.as_deref(), example["typ"].as_str());
        let claims: serde_json::Map<String, Value> = json::read(&received.payload).expect("claims");
        assert_eq!(Value::Object(claims.clone()), vector["claims"]);
        let end = jwt_claims::time(&claims, "exp").expect("a time").expect("an end");
        assert_eq!(end, Timestamp(1_300_819_380));
        assert!(jwt_claims::is_current(&claims, end.plus(-1)) && !jwt_claims::is_current(&claims, end));
    }
}

/// RFC 8037, appendix A.
#[test]
fn ed25519() {
    let vector = read(include_str!("../../vectors/rfc8037.json"));
    let numbers = PublicNumbers::from_jwk(&vector["key"].to_string()).expect("a key");
    assert_eq!(numbers.thumbprint(), text(&vector, "thumbprint"));
    check(
        &value!({ "alg": "EdDSA", "key": vector["key"], "jws": vector["jws"] }),
        &text(&vector, "payload"),
    );
}

/// RFC 7517, appendix A: a set's keys serve what they say of themselves. The private members of A.2 are read past, and what A.3 holds is no public key.
#[test]
fn sets_of_keys() {
    let vector = read(include_str!("../../vectors/rfc7517.json"));
    for set in ["public", "private"] {
        let keys = ClientKeys::parse(&vector[set]);
        assert!(!format!("{keys:?}").contains(&text(&vector["private"]["keys"][0], "d")));
        let [ec, rsa] = [0, 1].map(|index| PublicNumbers::from_jwk(&vector["public"]["keys"][index].to_string()).expect("a key"));
        for alg in Alg::ALL.iter().copied() {
            let found: Vec<PublicNumbers> = keys.verification(alg, None).map(|key| key.numbers).collect();
            let expected: &[PublicNumbers] = match alg {
                Alg::RS256 => std::slice::from_ref(&rsa),
                _ => &[],
            };
            assert_eq!(found, expected, "{alg:?}");
        }
        for (kid, count) in [("2011-04-29", 1), ("1", 0), ("", 0)] {
            assert_eq!(keys.verification(Alg::RS256, Some(kid)).count(), count);
        }
        for alg in KeyManagementAlg::ALL.iter().copied() {
            let found = keys.encryption(alg);
            match alg.key().is_some_and(|alg| ec.suits(alg)) {
                true => assert_eq!(found.map(|key| (key.numbers, key.kid)), Some((ec.clone(), Some("1".to_owned())))),
                false => assert_eq!(found, None),
            }
        }
    }
    let keys = ClientKeys::parse(&vector["symmetric"]);
    assert_eq!(Alg::ALL.iter().map(|alg| keys.verification(*alg, None).count()).sum::<usize>(), 0);
}

/// The thumbprint of RFC 7638 names a key of a client, whatever the client calls it.
#[test]
fn thumbprint_of_a_key() {
    let vector = read(include_str!("../../vectors/rfc7638.json"));
    let numbers = PublicNumbers::from_jwk(&vector["key"].to_string()).expect("a key");
    assert_eq!(numbers.thumbprint(), text(&vector, "thumbprint"));
    let mut key = vector["key"].clone();
    key["kid"] = base64url::encode("another").into();
    let mut found = ClientKeys::parse(&value!({ "keys": [key] }))
        .verification(Alg::RS256, None)
        .collect::<Vec<_>>();
    assert_eq!(found.pop().map(|key| key.kid), Some(text(&vector, "thumbprint")));
}
