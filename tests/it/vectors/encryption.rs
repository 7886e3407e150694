//! JSON Web Encryption: RFC 7516, RFC 7518, RFC 7520.

use super::scripted::Scripted;
use super::{elements, key_pair, octets, read};
use crate::flow::party::text;
use pollster::block_on;
use serde_json::{Value, json};
use treeline::jose::alg::{Alg, ContentEncryption, KeyManagementAlg};
use treeline::jose::client_keys::ClientKeys;
use treeline::jose::crypto::{Cipher, Crypto};
use treeline::jose::hash::concat_kdf;
use treeline::jose::jwe::{self, DecryptionKey, Recipient, RecipientKey};
use treeline::jose::keyset::ring::Ring;
use treeline::jose::{content, jwk::PublicNumbers, keyset::KeySet, keyset::StoredKey};
use treeline::oauth::base64url;
use treeline::oauth::time::Timestamp;
use treeline::seal::Sealer;

/// Opens one compact JWE with the key that belongs to it, and makes it again from the numbers that were drawn for it.
fn check(example: &Value, plain: &str) {
    let compact = text(example, "jwe");
    let Some(alg) = KeyManagementAlg::parse(&text(example, "alg")) else {
        assert!(jwe::parse(&compact).is_none() && example.get("key").is_none(), "{example}");
        return;
    };
    let received = jwe::parse(&compact).expect("a JWE");
    let enc = ContentEncryption::parse(&text(example, "enc")).expect("one of ours");
    assert_eq!((received.alg, received.enc), (alg, enc));
    assert_eq!(received.kid.as_deref(), example["key"]["kid"].as_str());
    let content_key = match alg.key() {
        Some(key_alg) => check_public(example, key_alg, plain),
        None => check_secret(example, plain),
    };
    check_content(&compact, enc, &content_key, plain);
}

/// Gives the content's key.
fn check_public(example: &Value, alg: Alg, plain: &str) -> Vec<u8> {
    let compact = text(example, "jwe");
    let received = jwe::parse(&compact).expect("a JWE");
    let key = key_pair(&example["key"], alg);
    let sealer = Sealer::new(&[1; 32]);
    let ring = Ring {
        revision: 0,
        keys: vec![StoredKey::seal(&sealer, key.public.clone(), &key.private)],
    };
    let keys = KeySet::open(&sealer, &ring, Timestamp(0));
    let silent = Scripted::new([]);
    let opened = block_on(jwe::decrypt(&silent, &received, &keys.expect("keys"), None));
    assert_eq!(opened.expect("no fault").expect("a text").as_slice(), plain.as_bytes());

    let parts: Vec<Vec<u8>> = compact.split('.').map(|part| base64url::decode(part).expect("base64url")).collect();
    let (drawn, content_key) = match example.get("ephemeral") {
        Some(_) => (octets(example, "ephemeral"), octets(example, "cek")),
        None => {
            let content_key = block_on(silent.decrypt_with(&key, &parts[1])).expect("no fault").expect("a key");
            (content_key.to_vec(), content_key.to_vec())
        }
    };
    let crypto = Scripted::new([drawn, parts[2].clone()]);
    let recipient = Recipient {
        key: RecipientKey::Public(
            ClientKeys::parse(&json!({ "keys": [example["key"]] }))
                .encryption(received.alg)
                .expect("a key to encrypt to"),
        ),
        alg: received.alg,
        enc: received.enc,
    };
    let again = block_on(jwe::encrypt(&crypto, &recipient, None, plain.as_bytes()));
    let again = again.expect("no fault").expect("a usable key");
    crypto.assert_all_drawn();
    // RSA-OAEP draws a seed that no specification prints, so the encrypted key is another each time.
    let fixed = |jwe: &str| -> Vec<String> {
        let skipped = matches!(alg, Alg::RsaOaep | Alg::RsaOaep256).then_some(1);
        let parts = jwe.split('.').enumerate().filter(|(index, _)| Some(*index) != skipped);
        parts.map(|(_, part)| part.to_owned()).collect()
    };
    assert_eq!(fixed(&again), fixed(&compact));
    content_key
}

/// Gives the content's key.
fn check_secret(example: &Value, plain: &str) -> Vec<u8> {
    let compact = text(example, "jwe");
    let received = jwe::parse(&compact).expect("a JWE");
    let (key, crypto) = (octets(&example["key"], "k"), Scripted::new([]));
    let opened = block_on(jwe::decrypt_with(&crypto, &received, DecryptionKey::Symmetric(&key)));
    assert_eq!(opened.expect("no fault").expect("a text").as_slice(), plain.as_bytes());
    if received.alg == KeyManagementAlg::Dir {
        return key;
    }
    let wrapped = base64url::decode(compact.split('.').nth(1).expect("a part")).expect("base64url");
    let content_key = block_on(crypto.decrypt(Cipher::KeyWrap, &key, &wrapped));
    let content_key = content_key.expect("no fault").expect("a key").to_vec();
    assert_eq!(block_on(crypto.encrypt(Cipher::KeyWrap, &key, &content_key)), Ok(wrapped));
    content_key
}

fn check_content(compact: &str, enc: ContentEncryption, key: &[u8], plain: &str) {
    let parts: Vec<&str> = compact.split('.').collect();
    let [iv, encrypted, tag] = [2, 3, 4].map(|index: usize| base64url::decode(parts[index]).expect("base64url"));
    let made = block_on(content::encrypt(
        &Scripted::new([]),
        enc,
        key,
        &iv,
        parts[0].as_bytes(),
        plain.as_bytes(),
    ));
    assert_eq!(made, Ok((encrypted, tag)));
}

#[test]
fn encryptions() {
    let vector = read(include_str!("../../vectors/rfc7516.json"));
    for example in elements(&vector, "examples") {
        check(example, &text(example, "plain"));
    }
    let vector = read(include_str!("../../vectors/rfc7520.json"));
    for example in elements(&vector, "encryptions") {
        check(example, &text(&vector, "plain"));
    }
}

fn hexadecimal(value: &Value, name: &str) -> Vec<u8> {
    let digits = text(value, name);
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}

/// RFC 7518, appendix B.
#[test]
fn encryption_of_content() {
    let crypto = Scripted::new([]);
    let vector = read(include_str!("../../vectors/rfc7518.json"));
    for example in elements(&vector, "content") {
        let enc = ContentEncryption::parse(&text(example, "enc")).expect("one of ours");
        let [key, plain, iv, aad, encrypted, tag] = ["key", "plain", "iv", "aad", "text", "tag"].map(|name| hexadecimal(example, name));
        let made = block_on(content::encrypt(&crypto, enc, &key, &iv, &aad, &plain));
        assert_eq!(made, Ok((encrypted.clone(), tag.clone())));
        let open = |key: &[u8], iv: &[u8], aad: &[u8], encrypted: &[u8], tag: &[u8]| {
            let opened = block_on(content::decrypt(&crypto, enc, key, iv, aad, encrypted, tag));
            opened.expect("no fault").map(|plain| plain.to_vec())
        };
        assert_eq!(open(&key, &iv, &aad, &encrypted, &tag), Some(plain));
        let flip = |octets: &[u8]| -> Vec<u8> {
            octets
                .iter()
                .enumerate()
                .map(|(at, octet)| if at == 3 { octet ^ 1 } else { *octet })
                .collect()
        };
        for (key, iv, aad, encrypted, tag) in [
            (flip(&key), iv.clone(), aad.clone(), encrypted.clone(), tag.clone()),
            (key.clone(), flip(&iv), aad.clone(), encrypted.clone(), tag.clone()),
            (key.clone(), iv.clone(), flip(&aad), encrypted.clone(), tag.clone()),
            (key.clone(), iv.clone(), aad.clone(), flip(&encrypted), tag.clone()),
            (key.clone(), iv.clone(), aad.clone(), encrypted.clone(), flip(&tag)),
            (key.clone(), iv.clone(), aad.clone(), encrypted.clone(), tag[1..].to_vec()),
            (key.clone(), iv.clone(), aad.clone(), encrypted.clone(), vec![]),
            (key[1..].to_vec(), iv.clone(), aad.clone(), encrypted.clone(), tag.clone()),
            (key.clone(), vec![], aad.clone(), encrypted.clone(), tag.clone()),
        ] {
            assert_eq!(open(&key, &iv, &aad, &encrypted, &tag), None);
        }
    }
}

/// RFC 7518, appendix C: both sides come to the same key.
#[test]
fn key_agreement() {
    let vector = &read(include_str!("../../vectors/rfc7518.json"))["agreement"];
    let (apu, apv) = (octets(vector, "apu"), octets(vector, "apv"));
    let [alice, bob] = ["alice", "bob"].map(|name| key_pair(&vector[name], Alg::EcdhEs));
    let crypto = Scripted::new([octets(&vector["alice"], "d")]);
    let (epk, at_alice) = block_on(crypto.agree_anew(&bob.public)).expect("no fault").expect("a secret");
    assert_eq!(Some(epk.clone()), PublicNumbers::from_jwk(&vector["alice"].to_string()));
    assert_eq!(epk, alice.public.numbers);
    let at_bob = block_on(crypto.agree(&bob, &epk)).expect("no fault").expect("a secret");
    for secret in [at_alice, at_bob] {
        assert_eq!(secret.as_slice(), hexadecimal(vector, "secret"));
        let derived = concat_kdf(&secret, &text(vector, "enc"), &apu, &apv, 16);
        assert_eq!(base64url::encode(&*derived), text(vector, "derived"));
    }
}
