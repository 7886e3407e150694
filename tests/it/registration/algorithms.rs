//! The algorithms that a client may register (OpenID Connect Dynamic Client Registration, section 2), what they need, and that they are then used.

use super::refused::{assert_refused, ec_key, rsa_key};
use super::with;
use crate::flow::browser::Browser;
use crate::flow::party::{Party, decode, enrol, text, userinfo};
use crate::world::{World, body, get, put};
use serde_json::{Value, json};
use treeline::jose::{jwe, jws};
use treeline::platform::Platform;

const SIGNATURES: [&str; 5] = ["RS256", "PS256", "ES256", "EdDSA", "HS256"];
const ENCRYPTIONS: [&str; 8] = [
    "RSA-OAEP",
    "RSA-OAEP-256",
    "ECDH-ES",
    "ECDH-ES+A128KW",
    "ECDH-ES+A256KW",
    "A128KW",
    "A256KW",
    "dir",
];
const CONTENTS: [&str; 4] = ["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"];

/// The kinds of JWT, with the members that name how they are signed, and how their keys and contents are encrypted.
const KINDS: [[&str; 3]; 4] = [
    [
        "id_token_signed_response_alg",
        "id_token_encrypted_response_alg",
        "id_token_encrypted_response_enc",
    ],
    [
        "userinfo_signed_response_alg",
        "userinfo_encrypted_response_alg",
        "userinfo_encrypted_response_enc",
    ],
    [
        "introspection_signed_response_alg",
        "introspection_encrypted_response_alg",
        "introspection_encrypted_response_enc",
    ],
    [
        "request_object_signing_alg",
        "request_object_encryption_alg",
        "request_object_encryption_enc",
    ],
];

fn is_symmetric(alg: &str) -> bool {
    ["A128KW", "A256KW", "dir", "HS256"].contains(&alg)
}

/// Metadata with keys for whatever is encrypted or signed.
fn keyed(more: Value) -> Value {
    let mut metadata = with(more);
    metadata["jwks"] = json!({ "keys": [ec_key(), rsa_key()] });
    metadata
}

/// What GET says is what registering said, and a PUT of it changes nothing.
fn assert_kept(world: &World, client: &crate::world::Registered) {
    let read = get(&client.configuration()).bearer(client.token()).send(world);
    assert_eq!(body(&read), client.0);
    let repeated = put(&client.configuration()).bearer(client.token()).json(&client.0).send(world);
    assert_eq!((repeated.status, body(&repeated)), (200, client.0.clone()));
}

#[test]
fn every_signature_is_registered_and_told() {
    let world = World::new();
    for [signing, ..] in KINDS {
        for alg in SIGNATURES {
            let client = world.register(keyed(json!({ signing: alg })));
            assert_eq!(client.0[signing], alg, "{signing}");
            assert_kept(&world, &client);
        }
    }
    for alg in ["RS256", "PS256", "ES256", "EdDSA"] {
        let metadata = json!({ "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": alg });
        let client = world.register(keyed(metadata));
        assert_eq!(client.0["token_endpoint_auth_signing_alg"], alg);
        assert_eq!(client.0.get("client_secret"), None);
        assert_kept(&world, &client);
    }
    let metadata = json!({ "token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "HS256" });
    assert!(world.register(with(metadata)).0["client_secret"].is_string());
}

#[test]
fn every_encryption_is_registered_and_told() {
    let world = World::with(&[("REGISTRATION_LIMIT", "1000")]);
    for [_, alg_name, enc_name] in KINDS {
        for alg in ENCRYPTIONS {
            for enc in CONTENTS {
                let client = world.register(keyed(json!({ alg_name: alg, enc_name: enc })));
                assert_eq!((&client.0[alg_name], &client.0[enc_name]), (&json!(alg), &json!(enc)));
            }
            let client = world.register(keyed(json!({ alg_name: alg })));
            assert_eq!(client.0[enc_name], "A128CBC-HS256", "the default");
            assert_kept(&world, &client);
        }
        for enc in CONTENTS {
            assert_refused(&world, &keyed(json!({ enc_name: enc })), "invalid_client_metadata");
        }
    }
}

#[test]
fn algorithms_that_nobody_should_use_are_refused() {
    let world = World::new();
    for [signing, alg_name, enc_name] in KINDS {
        for alg in ["rs256", "RS1", "HS384", "ES256K", "None", ""] {
            let metadata = keyed(json!({ signing: alg }));
            assert_refused(&world, &metadata, "invalid_client_metadata");
        }
        for alg in ["RSA1_5", "rsa-oaep", "A192KW", "PBES2-HS256+A128KW", "none", "RS256", "A128GCM"] {
            assert_refused(&world, &keyed(json!({ alg_name: alg })), "invalid_client_metadata");
        }
        for enc in ["A192GCM", "a128gcm", "none", "dir"] {
            let metadata = keyed(json!({ alg_name: "RSA-OAEP", enc_name: enc }));
            assert_refused(&world, &metadata, "invalid_client_metadata");
        }
    }
}

#[test]
fn nothing_goes_unsigned_where_that_would_be_unsafe() {
    let world = World::new();
    for response_types in [json!(["code"]), json!(["code", "code token", "none"])] {
        let metadata = json!({ "id_token_signed_response_alg": "none", "response_types": response_types });
        let client = world.register(with(metadata));
        assert_eq!(client.0["id_token_signed_response_alg"], "none");
        assert_kept(&world, &client);
    }
    for response_type in ["id_token", "id_token token", "code id_token", "code id_token token"] {
        let metadata = json!({ "id_token_signed_response_alg": "none", "response_types": ["code", response_type] });
        assert_refused(&world, &with(metadata), "invalid_client_metadata");
    }
    for member in ["userinfo_signed_response_alg", "introspection_signed_response_alg"] {
        assert_refused(&world, &with(json!({ member: "none" })), "invalid_client_metadata");
    }
    let client = world.register(with(json!({ "request_object_signing_alg": "none" })));
    assert_eq!(client.0["request_object_signing_alg"], "none");
    // A client that may have unsigned ID tokens cannot come to get them through the browser.
    let unsigned = world.register(with(json!({ "id_token_signed_response_alg": "none" })));
    let mut metadata = unsigned.0.clone();
    metadata["response_types"] = json!(["code id_token"]);
    let response = put(&unsigned.configuration()).bearer(unsigned.token()).json(&metadata).send(&world);
    super::assert_error(&response, 400, "invalid_client_metadata");
}

#[test]
fn an_assertion_is_signed_as_its_method_says() {
    let world = World::new();
    for (method, alg, fits) in [
        ("private_key_jwt", "none", false),
        ("private_key_jwt", "HS256", false),
        ("private_key_jwt", "ES256", true),
        ("client_secret_jwt", "none", false),
        ("client_secret_jwt", "RS256", false),
        ("client_secret_jwt", "HS256", true),
        ("client_secret_basic", "none", false),
        ("none", "none", false),
    ] {
        let metadata = keyed(json!({ "token_endpoint_auth_method": method, "token_endpoint_auth_signing_alg": alg }));
        match fits {
            true => drop(world.register(metadata)),
            false => assert_refused(&world, &metadata, "invalid_client_metadata"),
        }
    }
}

#[test]
fn a_secret_is_given_to_whom_it_is_a_key_and_refused_to_whom_cannot_keep_it() {
    let world = World::new();
    for [signing, alg_name, _] in KINDS {
        for (member, alg) in [(signing, "HS256"), (alg_name, "A128KW"), (alg_name, "A256KW"), (alg_name, "dir")] {
            let of = |method: &str| keyed(json!({ member: alg, "token_endpoint_auth_method": method }));
            assert!(
                world.register(of("private_key_jwt")).0["client_secret"].is_string(),
                "{member} {alg}"
            );
            assert!(
                world.register(of("client_secret_basic")).0["client_secret"].is_string(),
                "{member} {alg}"
            );
            assert_refused(&world, &of("none"), "invalid_client_metadata");
        }
        let without = keyed(json!({ signing: "ES256", alg_name: "ECDH-ES", "token_endpoint_auth_method": "none" }));
        assert_eq!(world.register(without).0.get("client_secret"), None);
    }
}

#[test]
fn a_secret_comes_and_goes_with_what_needs_it() {
    let world = World::new();
    let client = world.register(keyed(json!({ "token_endpoint_auth_method": "private_key_jwt" })));
    assert_eq!(client.0.get("client_secret"), None);
    let update = |more: Value| {
        let mut metadata = client.0.clone();
        for (name, value) in more.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        let response = put(&client.configuration()).bearer(client.token()).json(&metadata).send(&world);
        assert_eq!(response.status, 200, "{}", response.body.as_str());
        body(&response)
    };
    let secret = text(&update(json!({ "id_token_signed_response_alg": "HS256" })), "client_secret");
    let kept = update(json!({ "id_token_signed_response_alg": "HS256", "userinfo_encrypted_response_alg": "dir" }));
    assert_eq!(kept["client_secret"], secret.as_str());
    assert_eq!(update(json!({})).get("client_secret"), None);
    assert_ne!(
        text(&update(json!({ "id_token_signed_response_alg": "HS256" })), "client_secret"),
        secret
    );
}

#[test]
fn keys_are_needed_where_they_are_relied_on() {
    let world = World::new();
    for (member, alg, needs) in [
        ("id_token_encrypted_response_alg", "RSA-OAEP", true),
        ("userinfo_encrypted_response_alg", "ECDH-ES", true),
        ("introspection_encrypted_response_alg", "RSA-OAEP", true),
        ("request_object_signing_alg", "ES256", true),
        ("token_endpoint_auth_method", "private_key_jwt", true),
        ("id_token_encrypted_response_alg", "A128KW", false),
        ("request_object_signing_alg", "HS256", false),
        ("request_object_signing_alg", "none", false),
        // It is encrypted to the provider's key.
        ("request_object_encryption_alg", "RSA-OAEP", false),
        ("id_token_signed_response_alg", "ES256", false),
    ] {
        let metadata = with(json!({ member: alg }));
        match needs {
            true => assert_refused(&world, &metadata, "invalid_client_metadata"),
            false => drop(world.register(metadata)),
        }
        world.register(with(json!({ member: alg, "jwks_uri": "https://rp.example/jwks" })));
    }
}

/// Keys of the provider's as a client's, so that a test can decrypt what is encrypted to them.
fn decryptable(world: &World) -> Value {
    let published = body(&get("/jwks").send(world));
    let keys = published["keys"].as_array().unwrap().iter().filter(|key| key["use"] == "enc");
    json!({ "keys": keys.collect::<Vec<_>>() })
}

fn decrypt(world: &World, party: &Party, token: &str) -> (Option<String>, String) {
    let received = jwe::parse(token).unwrap_or_else(|| panic!("no JWE: {token}"));
    let secret = party.client.0["client_secret"].as_str();
    let plain = pollster::block_on(async {
        let keys = world.keys().await.unwrap();
        jwe::decrypt(world, &received, &keys, secret).await.unwrap()
    });
    (received.cty, String::from_utf8(plain.expect("decrypted").to_vec()).unwrap())
}

#[test]
fn id_tokens_come_as_they_were_registered() {
    let world = World::new();
    enrol(&world, "diana");
    for (alg, encryption) in SIGNATURES
        .into_iter()
        .map(|alg| (alg, None))
        .chain(ENCRYPTIONS.map(|encryption| ("ES256", Some(encryption))))
        .chain([("none", None), ("none", Some("dir"))])
    {
        let mut metadata = with(json!({ "id_token_signed_response_alg": alg, "jwks": decryptable(&world) }));
        if let Some(encryption) = encryption {
            metadata["id_token_encrypted_response_alg"] = encryption.into();
        }
        let party = Party::with(&world, metadata);
        let tokens = party.tokens(&world, &Browser::new(&world).code(&party.query(), "diana"));
        let mut id_token = text(&tokens, "id_token");
        if encryption.is_some() {
            let (cty, inner) = decrypt(&world, &party, &id_token);
            assert_eq!(cty.as_deref(), Some("JWT"));
            id_token = inner;
        }
        let (header, claims) = decode(&id_token);
        assert_eq!(
            (&header["alg"], &claims["aud"]),
            (&json!(alg), &json!(party.client.id())),
            "{encryption:?}"
        );
        match alg {
            "none" => assert!(id_token.ends_with('.')),
            "HS256" => {
                let received = jws::parse(&id_token).unwrap();
                let verified = pollster::block_on(jws::verify_secret(&world, &received, party.client.secret()));
                assert_eq!(verified, Ok(true));
            }
            _ => crate::flow::assert_signed(&world, &id_token, alg),
        }
    }
}

#[test]
fn userinfo_comes_as_it_was_registered() {
    let world = World::new();
    enrol(&world, "diana");
    let signed = SIGNATURES.map(|alg| (Some(alg), None));
    let encrypted = ENCRYPTIONS.map(|encryption| (None, Some(encryption)));
    for (alg, encryption) in signed.into_iter().chain(encrypted).chain([(Some("RS256"), Some("RSA-OAEP-256"))]) {
        let mut metadata = with(json!({ "jwks": decryptable(&world) }));
        if let Some(alg) = alg {
            metadata["userinfo_signed_response_alg"] = alg.into();
        }
        if let Some(encryption) = encryption {
            metadata["userinfo_encrypted_response_alg"] = encryption.into();
        }
        let party = Party::with(&world, metadata);
        let token = party.access_token(&world, &Browser::new(&world).code(&party.query(), "diana"));
        let response = userinfo(&world, &token);
        assert_eq!((response.status, response.header("content-type")), (200, Some("application/jwt")));
        assert_eq!(response.header("cache-control"), Some("no-store"));
        let mut said = response.body.as_str().to_owned();
        if encryption.is_some() {
            let (cty, inner) = decrypt(&world, &party, &said);
            assert_eq!(cty.as_deref(), alg.map(|_| "JWT"));
            said = inner;
        }
        let claims: Value = match alg {
            Some(alg) => {
                let (header, claims) = decode(&said);
                assert_eq!(header["alg"], alg);
                assert_eq!(
                    (&claims["iss"], &claims["aud"]),
                    (&json!(crate::world::ISSUER), &json!(party.client.id()))
                );
                claims
            }
            None => serde_json::from_str(&said).unwrap(),
        };
        assert_eq!(claims["email"], "diana@example.com");
        assert_eq!(claims["sub"], decode(&token).1["sub"], "{is:?}", is = encryption.map(is_symmetric));
    }
}

#[test]
fn introspection_comes_as_it_was_registered() {
    let world = World::new();
    enrol(&world, "diana");
    for encryption in ENCRYPTIONS {
        let metadata = json!({ "introspection_encrypted_response_alg": encryption, "jwks": decryptable(&world) });
        let party = Party::with(&world, with(metadata));
        let token = party.access_token(&world, &Browser::new(&world).code(&party.query(), "diana"));
        let request = party.form_to("/introspection", &[("token", &token)]);
        let response = request.header("accept", "application/token-introspection+jwt").send(&world);
        // It is signed too, whatever is registered (RFC 9701, section 5).
        let (cty, inner) = decrypt(&world, &party, response.body.as_str());
        assert_eq!(cty.as_deref(), Some("JWT"));
        let (header, claims) = decode(&inner);
        assert_eq!(
            (&header["alg"], &header["typ"]),
            (&json!("RS256"), &json!("token-introspection+jwt"))
        );
        assert_eq!(claims["token_introspection"]["active"], true, "{encryption}");
    }
}

#[test]
fn a_client_without_a_key_that_fits_is_told_so() {
    let world = World::new();
    enrol(&world, "diana");
    let metadata = with(json!({ "id_token_encrypted_response_alg": "RSA-OAEP", "jwks": { "keys": [ec_key()] } }));
    let party = Party::with(&world, metadata);
    let code = Browser::new(&world).code(&party.query(), "diana");
    let response = party.redeem(&world, &code);
    super::assert_error(&response, 400, "invalid_request");
    assert_eq!(world.faults(), []);
}
