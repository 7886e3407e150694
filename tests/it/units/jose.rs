//! Keys, key sets and signatures.

use crate::world::{Sqlite, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use treeline::jose::alg::Alg;
use treeline::jose::crypto::Crypto;
use treeline::jose::jwk::{PublicJwk, PublicNumbers, UnfitKey, check_client_key};
use treeline::jose::jws::{self, Signer};
use treeline::jose::keyset::ring::{self, Keeping, ReadKeys, Ring};
use treeline::jose::keyset::schedule::Rules;
use treeline::jose::keyset::{KeySet, StoredKey};
use treeline::oauth::base64url;
use treeline::oauth::time::Timestamp;
use treeline::object::{Call, Refusal, read_answer, read_call, write_call};
use treeline::platform::Platform;
use treeline::seal::Sealer;

const SIGNING: [Alg; 4] = [Alg::RS256, Alg::PS256, Alg::ES256, Alg::EdDSA];

#[test]
fn algorithms_have_one_spelling() {
    for alg in Alg::ALL.iter().copied() {
        assert_eq!(Alg::parse(alg.name()), Some(alg));
        assert_eq!(serde_json::to_value(alg).unwrap(), alg.name());
    }
    for name in [
        "", "none", "None", "NONE", "rs256", "RS256 ", "HS256", "ES384", "RSA1_5", "dir", "A128KW",
    ] {
        assert_eq!(Alg::parse(name), None, "{name}");
    }
}

/// RFC 7638, section 3.1.
#[test]
fn the_thumbprint_of_the_specification() {
    let numbers = PublicNumbers::Rsa {
        n: concat!(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhM",
            "stn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5",
            "hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        )
        .to_owned(),
        e: "AQAB".to_owned(),
    };
    assert_eq!(
        PublicJwk::new(numbers, Alg::RS256).kid,
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn keys_of_clients() {
    let ec = crate::registration::refused::ec_key();
    let rsa = |n: &[u8], e: &str| json!({ "kty": "RSA", "n": base64url::encode(n), "e": e });
    let more = |member: &str| {
        let mut key = ec.clone();
        key[member] = json!("AQAB");
        key
    };
    let long = [0x80; 256];
    let short = [0x7f; 256];
    let padded = [&[0, 0], short.as_slice()].concat();
    for (key, verdict) in [
        (ec.clone(), Ok(())),
        (more("kid"), Ok(())),
        (more("alg"), Ok(())),
        (more("unknown"), Ok(())),
        (rsa(&long, "AQAB"), Ok(())),
        (rsa(&[1; 257], "Aw"), Ok(())),
        (json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode([1; 32]) }), Ok(())),
        (json!({ "kty": "OKP", "crv": "X25519", "x": "AQAB" }), Ok(())),
        (json!({ "kty": "EC", "crv": "P-521", "x": "AQAB", "y": "AQAB" }), Ok(())),
        (json!({ "kty": "new" }), Ok(())),
        (more("d"), Err(UnfitKey::NotPublic)),
        (more("k"), Err(UnfitKey::NotPublic)),
        (more("oth"), Err(UnfitKey::NotPublic)),
        (json!({ "kty": "oct" }), Err(UnfitKey::NotPublic)),
        (
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQAB", "d": "AQAB" }),
            Err(UnfitKey::NotPublic),
        ),
        (rsa(&short, "AQAB"), Err(UnfitKey::Unsound)),
        (rsa(&padded, "AQAB"), Err(UnfitKey::Unsound)),
        (rsa(&[0xff; 128], "AQAB"), Err(UnfitKey::Unsound)),
        (rsa(&long, ""), Err(UnfitKey::Unsound)),
        (rsa(&long, "AQ"), Err(UnfitKey::Unsound)),
        (rsa(&long, "Ag"), Err(UnfitKey::Unsound)),
        (rsa(&long, "!"), Err(UnfitKey::Unsound)),
        (json!({ "kty": "RSA", "n": "!", "e": "AQAB" }), Err(UnfitKey::Unsound)),
        (json!({ "kty": "RSA", "n": 1, "e": "AQAB" }), Err(UnfitKey::Unsound)),
        (
            json!({ "kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB" }),
            Err(UnfitKey::Unsound),
        ),
        (json!({ "kty": "EC", "crv": "P-256", "x": "", "y": "" }), Err(UnfitKey::Unsound)),
        (json!({ "kty": "OKP", "crv": "Ed25519", "x": "AQAB" }), Err(UnfitKey::Unsound)),
        (json!({ "kty": "OKP", "crv": "Ed25519" }), Err(UnfitKey::Unsound)),
        (json!({ "kty": 1 }), Err(UnfitKey::Unsound)),
        (json!({}), Err(UnfitKey::Unsound)),
        (json!(null), Err(UnfitKey::Unsound)),
        (json!([ec]), Err(UnfitKey::Unsound)),
    ] {
        assert_eq!(check_client_key(&key), verdict, "{key}");
    }
}

#[test]
fn the_published_set_is_public_and_complete() {
    let world = World::new();
    let keys = pollster::block_on(world.keys()).unwrap();
    let jwks: Value = serde_json::from_str(keys.jwks().text()).unwrap();
    let published = jwks["keys"].as_array().unwrap();
    assert_eq!(published.len(), 9);
    for key in published {
        let mut members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        let expected: &[&str] = match key["kty"].as_str().unwrap() {
            "RSA" => &["alg", "e", "kid", "kty", "n", "use"],
            "OKP" => &["alg", "crv", "kid", "kty", "use", "x"],
            _ => &["alg", "crv", "kid", "kty", "use", "x", "y"],
        };
        assert_eq!(members, expected);
        let alg = Alg::parse(key["alg"].as_str().unwrap()).unwrap();
        assert_eq!(key["use"], if SIGNING.contains(&alg) { "sig" } else { "enc" });
        assert_eq!(check_client_key(key), Ok(()));
        assert!(keys.public(key["kid"].as_str().unwrap()).is_some());
    }
    let kids: BTreeSet<&str> = published.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids.len(), published.len());
    for alg in Alg::ALL.iter().copied() {
        assert_eq!(keys.signing(alg, world.now()).unwrap().public.alg, alg);
    }
    assert!(keys.public("").is_none() && keys.public("unknown").is_none());
}

#[test]
fn signatures_belong_to_their_key_and_their_message() {
    let world = World::new();
    pollster::block_on(async {
        let keys = world.keys().await.unwrap();
        for alg in SIGNING {
            let key = keys.signing(alg, world.now()).unwrap();
            let signature = world.sign(key, b"message").await.unwrap();
            for (other, message, sound) in SIGNING
                .into_iter()
                .flat_map(|other| [(other, "message", other == alg), (other, "massage", false)])
            {
                let public = &keys.signing(other, world.now()).unwrap().public;
                assert_eq!(
                    world.verify(public, &signature, message.as_bytes()).await,
                    Ok(sound),
                    "{alg:?} {other:?} {message}"
                );
            }
            assert_eq!(world.verify(&key.public, &[], b"message").await, Ok(false));
        }
    });
}

#[test]
fn compact_form() {
    let world = World::new();
    let claims = json!({ "iss": "https://login.example.com" });
    pollster::block_on(async {
        let keys = world.keys().await.unwrap();
        for alg in SIGNING {
            let key = keys.signing(alg, world.now()).unwrap();
            for typ in [Some("at+jwt"), None] {
                let text = jws::sign(&world, Signer::Key(key), typ, &claims).await.unwrap();
                let received = jws::parse(&text).unwrap();
                assert_eq!(received.header.alg, alg.name());
                assert_eq!(received.header.kid.as_deref(), Some(key.public.kid.as_str()));
                assert_eq!(received.header.typ.as_deref(), typ);
                assert_eq!(text.rsplit_once('.').unwrap().0, received.signing_input);
                assert_eq!(serde_json::from_slice::<Value>(&received.payload).unwrap(), claims);
                for other in SIGNING {
                    let keys = [&keys.signing(other, world.now()).unwrap().public].into_iter().cloned();
                    assert_eq!(jws::verify(&world, &received, keys).await, Ok(other == alg));
                }
                let all = SIGNING.map(|alg| keys.signing(alg, world.now()).unwrap().public.clone());
                assert_eq!(jws::verify(&world, &received, all.into_iter()).await, Ok(true));
                assert_eq!(jws::verify(&world, &received, std::iter::empty()).await, Ok(false));
                assert_eq!(jws::verify_secret(&world, &received, "a secret").await, Ok(false));
            }
        }
    });
}

#[test]
fn signatures_with_a_secret_and_with_nothing() {
    let world = World::new();
    let claims = json!({ "sub": "diana" });
    pollster::block_on(async {
        let text = jws::sign(&world, Signer::Secret("a secret"), Some("JWT"), &claims).await.unwrap();
        let received = jws::parse(&text).unwrap();
        assert_eq!((received.header.alg.as_str(), &received.header.kid), ("HS256", &None));
        for (secret, sound) in [("a secret", true), ("another", false), ("", false)] {
            assert_eq!(jws::verify_secret(&world, &received, secret).await, Ok(sound), "{secret}");
        }
        let keys = world.keys().await.unwrap();
        let all = SIGNING.map(|alg| keys.signing(alg, world.now()).unwrap().public.clone());
        assert_eq!(jws::verify(&world, &received, all.into_iter()).await, Ok(false));

        let text = jws::sign(&world, Signer::Unsigned, None, &claims).await.unwrap();
        let received = jws::parse(&text).unwrap();
        assert_eq!((received.header.alg.as_str(), &received.header.kid), ("none", &None));
        assert!(text.ends_with('.') && received.signature.is_empty());
        assert_eq!(jws::verify_secret(&world, &received, "a secret").await, Ok(false));
        let all = SIGNING.map(|alg| keys.signing(alg, world.now()).unwrap().public.clone());
        assert_eq!(jws::verify(&world, &received, all.into_iter()).await, Ok(false));
    });
}

#[test]
fn what_is_not_a_jws() {
    let header = base64url::encode(r#"{"alg":"RS256"}"#);
    assert!(jws::parse(&format!("{header}.e30.AQ")).is_some());
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{header}.e30"),
        format!("{header}.e30.AQ.AQ"),
        format!("{header}.e30.AQ.AQ.AQ"),
        ".e30.AQ".to_owned(),
        format!("{header}.e30.A"),
        format!("{header}.e30=.AQ"),
        format!("{header}. e30.AQ"),
        format!("{}.e30.AQ", base64url::encode("{}")),
        format!("{}.e30.AQ", base64url::encode("[]")),
        format!("{}.e30.AQ", base64url::encode(r#"{"alg":1}"#)),
        format!("{}.e30.AQ", base64url::encode(r#"{"alg":"RS256","alg":"none"}"#)),
        format!("{header}.{}.AQ", "A".repeat(65_536)),
        format!("{}.e30.AQ", base64url::encode(r#"{"alg":"none"}"#)),
        format!("{}.e30.AQ", base64url::encode(r#"{"alg":"RS256","crit":null}"#)),
        format!("{}.e30.AQ", base64url::encode(r#"{"alg":"RS256","crit":[]}"#)),
        format!("{}.e30.AQ", base64url::encode(r#"{"alg":"RS256","crit":["b64"],"b64":false}"#)),
    ] {
        assert!(jws::parse(&text).is_none(), "{text:.60}");
    }
    // The algorithm `none` is read, and then no key of ours has it.
    let none = format!("{}.e30.", base64url::encode(r#"{"alg":"none"}"#));
    assert_eq!(jws::parse(&none).and_then(|received| Alg::parse(&received.header.alg)), None);
}

fn stored(sealer: &Sealer, x: &str, alg: Alg) -> StoredKey {
    let numbers = PublicNumbers::Ec {
        crv: "P-256".to_owned(),
        x: x.to_owned(),
        y: "y".to_owned(),
    };
    StoredKey::seal(sealer, PublicJwk::new(numbers, alg), "the private half")
}

fn ask<C: Call>(sql: &Sqlite, command: &C) -> Result<C::Reply, Refusal> {
    let call = write_call("keys", command);
    let answer = sql
        .transaction(|sql| ring::dispatch(sql, &read_call(&call).unwrap(), Timestamp(1)))
        .unwrap();
    read_answer::<C>(&answer).unwrap()
}

fn keep(sql: &Sqlite, keys: &[StoredKey]) -> Option<Ring> {
    let keeping = Keeping {
        rules: Rules { lifetime: 0, retention: 0 },
        sealer: Sealer::new(&[7; 32]),
    };
    sql.transaction(|sql| ring::keep(sql, keys.to_vec(), false, &keeping, Timestamp(1)))
        .unwrap()
}

/// Two hundred cold starts may each bring their own keys: one key of each algorithm is kept, and everybody gets that one.
#[test]
fn the_first_keys_win() {
    let (sealer, sql) = (Sealer::new(&[7; 32]), Sqlite::default());
    assert_eq!(ask(&sql, &ReadKeys { rotate: false }), Err(Refusal::NotFound));
    let first = [stored(&sealer, "a", Alg::RS256), stored(&sealer, "b", Alg::ES256)];
    let ring = keep(&sql, &first).unwrap();
    let first = ring.keys;
    assert_eq!(first.len(), 2);
    for number in 0..200 {
        let keys = [
            stored(&sealer, &format!("c{number}"), Alg::RS256),
            stored(&sealer, &format!("d{number}"), Alg::ES256),
        ];
        let kept = keep(&sql, &keys);
        assert!(kept.is_none_or(|kept| kept.keys == first));
    }
    assert_eq!(ask(&sql, &ReadKeys { rotate: false }).unwrap().keys, first);
    assert!(!sql.dump().contains("the private half"));
}

#[test]
fn private_halves_open_for_their_own_kid_only() {
    let sealer = Sealer::new(&[7; 32]);
    let (one, other) = (stored(&sealer, "a", Alg::RS256), stored(&sealer, "b", Alg::ES256));
    assert!(!one.sealed.contains("private"));
    let open = |sealer: &Sealer, key: StoredKey| {
        let ring = Ring {
            revision: 1,
            keys: vec![key],
        };
        KeySet::open(sealer, &ring, Timestamp(1))
    };
    let keys = open(&sealer, one.clone()).unwrap();
    assert_eq!(keys.signing(Alg::RS256, Timestamp(1)).unwrap().private.as_str(), "the private half");
    let swapped = StoredKey {
        sealed: other.sealed.clone(),
        ..one.clone()
    };
    assert!(open(&sealer, swapped).is_none());
    assert!(open(&Sealer::new(&[8; 32]), one).is_none());
}

#[test]
fn eddsa_by_the_name_of_its_curve() {
    let header = base64url::encode(r#"{"alg":"Ed25519"}"#);
    let text = format!("{header}.{}.{}", base64url::encode("{}"), base64url::encode([0; 64]));
    assert_eq!(jws::parse(&text).unwrap().header.alg, "EdDSA");
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "alg": "Ed25519" });
    let keys = treeline::jose::client_keys::ClientKeys::parse(&json!({ "keys": [key] }));
    assert_eq!(keys.verification(Alg::EdDSA, None).count(), 1);
}
