//! Encryption from end to end: what one side makes the other opens, and nothing else.

use crate::world::World;
use pollster::block_on;
use serde_json::{Map, Value, json};
use std::rc::Rc;
use treeline::jose::alg::{ContentEncryption, KeyManagementAlg, SignatureAlg};
use treeline::jose::client_keys::{ClientKeys, EncryptionKey};
use treeline::jose::hash::{left_half, secret_key};
use treeline::jose::jwe::{self, Recipient, RecipientKey};
use treeline::jose::jwk::PublicNumbers;
use treeline::jose::keyset::KeySet;
use treeline::oauth::base64url;
use treeline::platform::Platform;

const SECRET: &str = "a secret of a client, ünïcödé";
const PLAIN: &[u8] = b"eyJhbGciOiJub25lIn0.e30.";

fn keys(world: &World) -> Rc<KeySet> {
    block_on(world.keys()).unwrap()
}

/// The provider as its own client.
fn recipient(keys: &KeySet, alg: KeyManagementAlg, enc: ContentEncryption) -> Recipient<'static> {
    let key = match alg.key() {
        None => RecipientKey::Secret(SECRET),
        Some(_) => {
            let jwks: Value = keys.jwks().text().parse().unwrap();
            RecipientKey::Public(ClientKeys::parse(&jwks).encryption(alg).unwrap())
        }
    };
    Recipient { key, alg, enc }
}

fn encrypted(world: &World, alg: KeyManagementAlg, enc: ContentEncryption) -> String {
    let recipient = recipient(&keys(world), alg, enc);
    block_on(jwe::encrypt(world, &recipient, Some("JWT"), PLAIN)).unwrap().unwrap()
}

fn opened(world: &World, text: &str, secret: Option<&str>) -> Option<Vec<u8>> {
    let plain = block_on(jwe::decrypt(world, &jwe::parse(text)?, &keys(world), secret));
    plain.expect("no fault").map(|plain| plain.to_vec())
}

fn every_way() -> impl Iterator<Item = (KeyManagementAlg, ContentEncryption)> {
    let algs = KeyManagementAlg::ALL.iter().copied();
    algs.flat_map(|alg| ContentEncryption::ALL.iter().copied().map(move |enc| (alg, enc)))
}

#[test]
fn what_is_encrypted_opens() {
    let world = World::new();
    for (alg, enc) in every_way() {
        let text = encrypted(&world, alg, enc);
        assert_ne!(text, encrypted(&world, alg, enc), "{alg:?} {enc:?}");
        let received = jwe::parse(&text).unwrap();
        assert_eq!((received.alg, received.enc, received.cty.as_deref()), (alg, enc, Some("JWT")));
        assert_eq!(received.kid.is_some(), alg.key().is_some());
        assert_eq!(opened(&world, &text, Some(SECRET)).as_deref(), Some(PLAIN), "{alg:?} {enc:?}");
        // A secret opens what was encrypted with a secret, and nothing that was encrypted to a key.
        assert_eq!(opened(&world, &text, None).is_some(), alg.key().is_some());
        assert_eq!(opened(&world, &text, Some("another")).is_some(), alg.key().is_some());
    }
}

const CHANGES: [fn(&mut Vec<u8>); 4] = [
    |bytes| bytes.iter_mut().take(1).for_each(|byte| *byte ^= 1),
    |bytes| bytes.truncate(bytes.len().saturating_sub(1)),
    |bytes| bytes.push(0),
    Vec::clear,
];

#[test]
fn nothing_in_it_can_be_changed() {
    let world = World::new();
    for (alg, enc) in every_way() {
        let text = encrypted(&world, alg, enc);
        let parts: Vec<&str> = text.split('.').collect();
        for changed in 1..5 {
            let mut bytes = base64url::decode(parts[changed]).unwrap();
            for change in CHANGES {
                let before = bytes.clone();
                change(&mut bytes);
                let part = base64url::encode(&bytes);
                let text: Vec<&str> = parts
                    .iter()
                    .enumerate()
                    .map(|(at, old)| if at == changed { part.as_str() } else { old })
                    .collect();
                if part != parts[changed] {
                    assert_eq!(opened(&world, &text.join("."), Some(SECRET)), None, "{alg:?} {enc:?} {changed}");
                }
                bytes = before;
            }
        }
        // The header is under the tag: white space that says nothing is a change all the same.
        let header = String::from_utf8(base64url::decode(parts[0]).unwrap()).unwrap();
        let rest = &text[parts[0].len()..];
        let spaced = base64url::encode(format!(" {header}"));
        assert_eq!(opened(&world, &format!("{spaced}{rest}"), Some(SECRET)), None);
    }
}

/// A JWE with its header written anew.
fn with_header(text: &str, change: impl FnOnce(&mut Map<String, Value>)) -> String {
    let (header, rest) = text.split_once('.').unwrap();
    let mut header: Map<String, Value> = serde_json::from_slice(&base64url::decode(header).unwrap()).unwrap();
    change(&mut header);
    format!("{}.{rest}", base64url::encode(Value::Object(header).to_string()))
}

#[test]
fn headers_that_are_not_taken() {
    let world = World::new();
    let text = encrypted(&world, KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm);
    assert!(jwe::parse(&with_header(&text, |_| ())).is_some());
    for (name, value) in [
        ("zip", json!("DEF")),
        ("zip", json!(null)),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("alg", json!("RSA1_5")),
        ("alg", json!("none")),
        ("alg", json!("PBES2-HS256+A128KW")),
        ("alg", json!(null)),
        ("enc", json!("A128CBC")),
        ("enc", json!(["A128GCM"])),
        ("kid", json!(1)),
        ("cty", json!({})),
        ("apu", json!("!")),
        ("apv", json!(1)),
        ("epk", json!("a key")),
        ("epk", json!({ "kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB" })),
        ("epk", json!({ "kty": "EC", "crv": "P-521", "x": "AQAB", "y": "AQAB" })),
    ] {
        let text = with_header(&text, |header| {
            header.insert(name.to_owned(), value.clone());
        });
        assert!(jwe::parse(&text).is_none(), "{name} {value}");
    }
    for name in ["alg", "enc"] {
        let text = with_header(&text, |header| {
            header.remove(name);
        });
        assert!(jwe::parse(&text).is_none(), "{name}");
    }
    // Without a key to agree with, or with one of another kind, nothing opens and nothing fails.
    let rsa = json!({ "kty": "RSA", "n": base64url::encode([0x81; 256]), "e": "AQAB" });
    let ed25519 = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode([3; 32]) });
    for epk in [None, Some(rsa), Some(ed25519)] {
        let text = with_header(&text, |header| {
            header.remove("epk");
            header.extend(epk.map(|epk| ("epk".to_owned(), epk)));
        });
        assert!(jwe::parse(&text).is_some());
        assert_eq!(opened(&world, &text, Some(SECRET)), None);
    }
}

#[test]
fn what_is_not_a_jwe() {
    let world = World::new();
    let text = encrypted(&world, KeyManagementAlg::Dir, ContentEncryption::A128Gcm);
    let header = text.split('.').next().unwrap();
    assert!(jwe::parse(&format!("{header}....")).is_some());
    for text in [
        String::new(),
        "....".to_owned(),
        format!("{header}..."),
        format!("{header}....."),
        format!("{header}.!..."),
        format!("{header}....="),
        format!("{header}=...."),
        format!("{}....", base64url::encode("[]")),
        format!("{}....", base64url::encode("not JSON")),
        format!("{header}...{}.", "A".repeat(65_536)),
    ] {
        assert!(jwe::parse(&text).is_none(), "{text:.60}");
    }
}

#[test]
fn a_kid_names_the_one_key() {
    let world = World::new();
    let [rsa, other] = [KeyManagementAlg::RsaOaep, KeyManagementAlg::RsaOaep256].map(|alg| {
        match recipient(&keys(&world), alg, ContentEncryption::A256Gcm).key {
            RecipientKey::Public(key) => key,
            RecipientKey::Secret(_) => unreachable!(),
        }
    });
    let to = |kid: Option<String>| {
        let recipient = Recipient {
            key: RecipientKey::Public(EncryptionKey { kid, ..rsa.clone() }),
            alg: KeyManagementAlg::RsaOaep,
            enc: ContentEncryption::A256Gcm,
        };
        let text = block_on(jwe::encrypt(&world, &recipient, None, PLAIN)).unwrap().unwrap();
        opened(&world, &text, None).is_some()
    };
    assert!(to(rsa.kid.clone()));
    assert!(to(None));
    assert!(!to(Some("unknown".to_owned())));
    assert!(!to(other.kid));
}

#[test]
fn keys_that_cannot_be_encrypted_to() {
    let world = World::new();
    let point = PublicNumbers::Ec {
        crv: "P-256".to_owned(),
        x: "AQAB".to_owned(),
        y: "AQAB".to_owned(),
    };
    let modulus = PublicNumbers::Rsa {
        n: "!".to_owned(),
        e: "AQAB".to_owned(),
    };
    let sound = |alg| match recipient(&keys(&world), alg, ContentEncryption::A128Gcm).key {
        RecipientKey::Public(key) => key.numbers,
        RecipientKey::Secret(_) => unreachable!(),
    };
    for (alg, numbers) in [
        (KeyManagementAlg::EcdhEs, point),
        (KeyManagementAlg::RsaOaep, modulus),
        (KeyManagementAlg::RsaOaep, sound(KeyManagementAlg::EcdhEs)),
        (KeyManagementAlg::EcdhEs, sound(KeyManagementAlg::RsaOaep)),
        (KeyManagementAlg::Dir, sound(KeyManagementAlg::RsaOaep)),
        (KeyManagementAlg::A128Kw, sound(KeyManagementAlg::EcdhEs)),
    ] {
        let recipient = Recipient {
            key: RecipientKey::Public(EncryptionKey { numbers, kid: None }),
            alg,
            enc: ContentEncryption::A128Gcm,
        };
        assert_eq!(block_on(jwe::encrypt(&world, &recipient, None, PLAIN)), Ok(None), "{alg:?}");
    }
    let recipient = Recipient {
        key: RecipientKey::Secret(SECRET),
        alg: KeyManagementAlg::RsaOaep,
        enc: ContentEncryption::A128Gcm,
    };
    assert_eq!(block_on(jwe::encrypt(&world, &recipient, None, PLAIN)), Ok(None));
}

/// OpenID Connect Core, section 10.2.
#[test]
fn keys_out_of_secrets() {
    let sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let sha512 =
        "ee26b0dd4af7e749aa1a8ee3c10ae9923f618980772e473f8819a5d4940e0db27ac185f8a0e1d5f84f88bc887fd67b143732c304cc5fa9ad8e6f57f50028a8ff";
    for (length, hash) in [(16, sha256), (32, sha256), (64, sha512)] {
        let key: String = secret_key("test", length).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(key, hash[..length * 2]);
    }
}

/// OpenID Connect Core, appendices A.3 and A.4, for SHA-256; with EdDSA the hash is SHA-512, which is twice as long.
#[test]
fn halves_of_hashes() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    for alg in [
        SignatureAlg::RS256,
        SignatureAlg::PS256,
        SignatureAlg::ES256,
        SignatureAlg::HS256,
        SignatureAlg::None,
    ] {
        assert_eq!(left_half(alg, token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
    assert_eq!(left_half(SignatureAlg::EdDSA, token), "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM");
    let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
    assert_eq!(left_half(SignatureAlg::RS256, code), "LDktKdoQak3Pk0cnXxCltA");
}
