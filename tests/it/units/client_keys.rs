//! The keys of clients: which of a set's keys serve for what.

use crate::registration::refused::ec_key;
use serde_json::{Value, json};
use treeline::jose::alg::{Alg, KeyManagementAlg};
use treeline::jose::client_keys::ClientKeys;
use treeline::oauth::base64url;

fn rsa_key() -> Value {
    json!({ "kty": "RSA", "n": base64url::encode([0x81; 256]), "e": "AQAB" })
}

fn ed_key() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode([3; 32]) })
}

fn with(mut key: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        key[name] = value.clone();
    }
    key
}

/// The names of the algorithms that the one key of a set serves.
fn serves(key: Value) -> Vec<&'static str> {
    let keys = ClientKeys::parse(&json!({ "keys": [key] }));
    let signs = Alg::ALL.iter().filter(|alg| keys.verification(**alg, None).count() == 1);
    let encrypts = KeyManagementAlg::ALL.iter().filter(|alg| keys.encryption(**alg).is_some());
    signs.map(|alg| alg.name()).chain(encrypts.map(|alg| alg.name())).collect()
}

const RSA_SIGNS: [&str; 2] = ["RS256", "PS256"];
const RSA_ENCRYPTS: [&str; 2] = ["RSA-OAEP", "RSA-OAEP-256"];
const ECDH: [&str; 3] = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"];

#[test]
fn a_key_serves_what_it_is_for() {
    let all_rsa = [RSA_SIGNS, RSA_ENCRYPTS].concat();
    let all_ec = [["ES256"].as_slice(), &ECDH].concat();
    let sound: [(Value, &[&str]); 19] = [
        (rsa_key(), &all_rsa),
        (ec_key(), &all_ec),
        (ed_key(), &["EdDSA"]),
        (with(rsa_key(), json!({ "use": "sig" })), &RSA_SIGNS),
        (with(rsa_key(), json!({ "use": "enc" })), &RSA_ENCRYPTS),
        (with(ec_key(), json!({ "use": "enc" })), &ECDH),
        (with(ed_key(), json!({ "use": "enc" })), &[]),
        (with(ec_key(), json!({ "use": "signature" })), &[]),
        (with(rsa_key(), json!({ "alg": "PS256" })), &["PS256"]),
        (with(rsa_key(), json!({ "alg": "PS256", "use": "enc" })), &[]),
        (with(rsa_key(), json!({ "alg": "RSA1_5" })), &[]),
        (with(ec_key(), json!({ "alg": "RS256" })), &[]),
        (with(rsa_key(), json!({ "key_ops": ["verify"] })), &RSA_SIGNS),
        (with(rsa_key(), json!({ "key_ops": ["wrapKey", "encrypt"] })), &RSA_ENCRYPTS),
        (with(rsa_key(), json!({ "key_ops": ["verify"], "use": "enc" })), &[]),
        (with(rsa_key(), json!({ "key_ops": ["sign"] })), &[]),
        (with(ec_key(), json!({ "key_ops": ["deriveBits"] })), &ECDH),
        (with(ec_key(), json!({ "key_ops": [] })), &all_ec),
        // A client that publishes its private half has a key all the same; the half is not kept.
        (with(ec_key(), json!({ "d": "AQAB" })), &all_ec),
    ];
    for (key, algs) in sound {
        assert_eq!(serves(key.clone()), algs, "{key}");
    }
}

#[test]
fn unsound_and_unknown_keys_are_passed_over() {
    let others = [
        json!(null),
        json!("a key"),
        json!({}),
        json!({ "kty": 1 }),
        json!({ "kty": "oct", "k": "AQAB" }),
        json!({ "kty": "new" }),
        json!({ "kty": "OKP", "crv": "X25519", "x": base64url::encode([3; 32]) }),
        json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode([3; 31]) }),
        json!({ "kty": "EC", "crv": "P-521", "x": "AQAB", "y": "AQAB" }),
        json!({ "kty": "EC", "crv": "secp256k1", "x": ec_key()["x"], "y": ec_key()["y"] }),
        with(ec_key(), json!({ "y": ec_key()["x"] })),
        with(rsa_key(), json!({ "n": base64url::encode([0x81; 128]) })),
        with(rsa_key(), json!({ "e": "AQ" })),
        with(rsa_key(), json!({ "n": null })),
    ];
    for key in &others {
        assert_eq!(serves(key.clone()), Vec::<&str>::new(), "{key}");
    }
    let mut keys = others.to_vec();
    keys.push(ed_key());
    let keys = ClientKeys::parse(&json!({ "keys": keys }));
    assert_eq!(keys.verification(Alg::EdDSA, None).count(), 1);
    for set in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "keys": {} }),
        json!({ "keys": [] }),
        json!([ec_key()]),
    ] {
        assert_eq!(ClientKeys::parse(&set).verification(Alg::ES256, None).count(), 0, "{set}");
    }
}

#[test]
fn a_kid_chooses() {
    let named = |number: u8, kid: Value| with(rsa_key(), json!({ "n": base64url::encode([0x81 + number; 256]), "kid": kid }));
    let keys =
        ClientKeys::parse(&json!({ "keys": [named(0, json!("a")), named(1, json!("b")), named(2, json!("b")), named(3, json!(null))] }));
    let found = |kid: Option<&str>| -> Vec<u8> {
        let keys = keys.verification(Alg::RS256, kid);
        keys.map(|key| {
            key.numbers.to_jwk().parse::<Value>().unwrap()["n"]
                .as_str()
                .and_then(base64url::decode)
                .unwrap()[0]
                - 0x81
        })
        .collect()
    };
    assert_eq!(found(None), [0, 1, 2, 3]);
    assert_eq!(found(Some("a")), [0]);
    assert_eq!(found(Some("b")), [1, 2]);
    assert_eq!(found(Some("c")), [3]);
    assert_eq!(found(Some("")), [3]);
    // The kid that the key goes by inside is its thumbprint, so what a client calls its keys reaches no cache.
    for key in keys.verification(Alg::RS256, None) {
        assert_eq!(key.kid, key.numbers.thumbprint());
    }
    assert_eq!(keys.encryption(KeyManagementAlg::RsaOaep).unwrap().kid.as_deref(), Some("a"));
}

#[test]
fn a_set_is_bounded() {
    let many = |count: usize| json!({ "keys": vec![ed_key(); count] });
    assert_eq!(ClientKeys::parse(&many(1000)).verification(Alg::EdDSA, None).count(), 10);
    let mut late = vec![rsa_key(); 50];
    late.push(ed_key());
    assert_eq!(
        ClientKeys::parse(&json!({ "keys": late })).verification(Alg::EdDSA, None).count(),
        0
    );
}
