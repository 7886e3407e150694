//! Encrypted request objects: to the provider's published keys, or by the client's secret.

use super::party::{By, jwt, key};
use super::request_objects::{assert_accepted, assert_error, claims, client, send};
use crate::world::{Registered, World};
use serde_json::{Value, json};
use treeline::jose::alg::{Alg, ContentEncryption, KeyManagementAlg};
use treeline::jose::client_keys::EncryptionKey;
use treeline::jose::jwe::{self, Recipient, RecipientKey};
use treeline::platform::Platform;

/// A client's JWE to the provider.
fn encrypt(world: &World, client: &Registered, (alg, enc): (KeyManagementAlg, ContentEncryption), text: &str) -> String {
    let keys = pollster::block_on(world.keys()).unwrap();
    let key = match alg.key() {
        None => RecipientKey::Secret(client.secret()),
        Some(alg) => {
            let published = &keys.decrypting(alg, None).next().unwrap().public;
            RecipientKey::Public(EncryptionKey {
                numbers: published.numbers.clone(),
                kid: Some(published.kid.clone()),
            })
        }
    };
    let recipient = Recipient { key, alg, enc };
    let encrypted = jwe::encrypt(world, &recipient, Some("JWT"), text.as_bytes());
    pollster::block_on(encrypted).unwrap().unwrap()
}

fn signed(client: &Registered, number: u64) -> String {
    jwt(By::Key(key(Alg::ES256, number)), &claims(client, json!({})))
}

fn ways() -> impl Iterator<Item = (KeyManagementAlg, ContentEncryption)> {
    let contents = ContentEncryption::ALL;
    KeyManagementAlg::ALL
        .iter()
        .flat_map(move |alg| contents.iter().map(|enc| (*alg, *enc)))
}

fn registered((alg, enc): (KeyManagementAlg, ContentEncryption)) -> Value {
    json!({
        "request_object_signing_alg": "ES256", "request_object_encryption_alg": alg.name(), "request_object_encryption_enc": enc.name(),
    })
}

#[test]
fn in_every_way_that_is_registered_or_in_any_where_none_is() {
    let world = World::new();
    let free = client(&world, json!({}));
    for way in ways() {
        let bound = client(&world, registered(way));
        for client in [&free, &bound] {
            assert_accepted(&send(&world, client, &encrypt(&world, client, way, &signed(client, 1))));
        }
    }
    assert!(world.faults().is_empty());
}

#[test]
fn not_otherwise_than_registered_but_not_at_all_is_allowed() {
    let world = World::new();
    let way = (KeyManagementAlg::EcdhEs, ContentEncryption::A128Gcm);
    let client = client(&world, registered(way));
    for other in ways().filter(|other| *other != way) {
        let encrypted = encrypt(&world, &client, other, &signed(&client, 1));
        assert_error(&send(&world, &client, &encrypted), "invalid_request_object");
    }
    assert_accepted(&send(&world, &client, &signed(&client, 1)));
}

#[test]
fn what_is_inside_is_checked_as_if_it_had_come_bare() {
    let world = World::new();
    let (client, other) = (client(&world, json!({})), client(&world, json!({})));
    for way in ways() {
        let encrypt = |text: &str| encrypt(&world, &client, way, text);
        let sound = encrypt(&signed(&client, 1));
        let end = if sound.ends_with("AAAA") { "BBBA" } else { "AAAA" };
        for bad in [
            format!("{}{end}", &sound[..sound.len() - 4]),
            sound.replacen('.', ".AAAA", 1),
            encrypt(&signed(&client, 2)),
            encrypt(&signed(&other, 1)),
            encrypt(&claims(&client, json!({})).to_string()),
            encrypt(&sound),
            encrypt(""),
        ] {
            assert_error(&send(&world, &client, &bad), "invalid_request_object");
        }
        assert_accepted(&send(&world, &client, &encrypt(&jwt(By::Nobody, &claims(&client, json!({}))))));
    }
    assert!(world.faults().is_empty());
}

/// A JWE by the secret of another client opens nothing here.
#[test]
fn a_secret_is_one_clients() {
    let world = World::new();
    let (client, other) = (client(&world, json!({})), client(&world, json!({})));
    for way in ways().filter(|(alg, _)| alg.is_symmetric()) {
        let encrypted = encrypt(&world, &other, way, &signed(&client, 1));
        assert_error(&send(&world, &client, &encrypted), "invalid_request_object");
    }
}

#[test]
fn an_encrypted_object_says_whose_it_is() {
    let world = World::new();
    let client = client(&world, json!({}));
    let way = (KeyManagementAlg::RsaOaep256, ContentEncryption::A256Gcm);
    // Another client could have sent it, and would learn the state from the answer.
    let anonymous = jwt(By::Nobody, &json!({ "state": "secret", "prompt": "none" }));
    assert_error(
        &send(&world, &client, &encrypt(&world, &client, way, &anonymous)),
        "invalid_request_object",
    );
    for owner in ["iss", "client_id"] {
        let mut claims = json!({ "state": "inside", "prompt": "none", "scope": "openid" });
        claims[owner] = client.id().into();
        assert_accepted(&send(&world, &client, &encrypt(&world, &client, way, &jwt(By::Nobody, &claims))));
    }
    // What says of itself that it is a client's assertion is no request.
    let assertion = json!({ "iss": client.id(), "sub": client.id(), "prompt": "none", "state": "inside", "scope": "openid" });
    assert_error(&send(&world, &client, &jwt(By::Nobody, &assertion)), "invalid_request_object");
}
