//! Provider metadata (OpenID Connect Discovery, section 3): every value, and that what is advertised is what can be registered and asked for.

use crate::flow::browser::Browser;
use crate::flow::party::{Party, enrol};
use crate::world::{ISSUER, World, body, get, post};
use serde_json::{Value, json};

fn metadata(world: &World) -> Value {
    let response = get("/.well-known/openid-configuration").send(world);
    assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")));
    body(&response)
}

fn listed(metadata: &Value, name: &str) -> Vec<String> {
    let values = metadata[name].as_array().unwrap_or_else(|| panic!("no {name} in {metadata}"));
    values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_value() {
    let world = World::new();
    let keys = json!([
        "RSA-OAEP",
        "RSA-OAEP-256",
        "ECDH-ES",
        "ECDH-ES+A128KW",
        "ECDH-ES+A256KW",
        "A128KW",
        "A256KW",
        "dir",
    ]);
    let contents = json!(["A128GCM", "A256GCM", "A128CBC-HS256", "A256CBC-HS512"]);
    let methods = json!([
        "client_secret_basic",
        "client_secret_post",
        "client_secret_jwt",
        "private_key_jwt",
        "none"
    ]);
    let signatures = json!(["RS256", "PS256", "ES256", "EdDSA", "HS256"]);
    let or_none = json!(["RS256", "PS256", "ES256", "EdDSA", "HS256", "none"]);
    let said = metadata(&world);
    let sorted = |value: &Value| {
        let mut values: Vec<String> = value.as_array().unwrap().iter().map(Value::to_string).collect();
        values.sort_unstable();
        values
    };
    for (name, value) in [
        ("issuer", json!(ISSUER)),
        ("authorization_endpoint", json!(format!("{ISSUER}/authorization"))),
        ("token_endpoint", json!(format!("{ISSUER}/token"))),
        ("userinfo_endpoint", json!(format!("{ISSUER}/userinfo"))),
        ("revocation_endpoint", json!(format!("{ISSUER}/revocation"))),
        ("introspection_endpoint", json!(format!("{ISSUER}/introspection"))),
        ("jwks_uri", json!(format!("{ISSUER}/jwks"))),
        ("registration_endpoint", json!(format!("{ISSUER}/registration"))),
        ("check_session_iframe", json!(format!("{ISSUER}/check_session"))),
        (
            "response_types_supported",
            json!([
                "code",
                "id_token",
                "id_token token",
                "code id_token",
                "code token",
                "code id_token token",
                "none"
            ]),
        ),
        ("response_modes_supported", json!(["query", "fragment", "form_post"])),
        ("grant_types_supported", json!(["authorization_code", "implicit", "refresh_token"])),
        ("subject_types_supported", json!(["public", "pairwise", "ephemeral"])),
        (
            "scopes_supported",
            json!(["openid", "profile", "email", "address", "phone", "offline_access"]),
        ),
        (
            "acr_values_supported",
            json!(["urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword"]),
        ),
        ("id_token_signing_alg_values_supported", or_none.clone()),
        ("id_token_encryption_alg_values_supported", keys.clone()),
        ("id_token_encryption_enc_values_supported", contents.clone()),
        ("userinfo_signing_alg_values_supported", signatures.clone()),
        ("userinfo_encryption_alg_values_supported", keys.clone()),
        ("userinfo_encryption_enc_values_supported", contents.clone()),
        ("request_object_signing_alg_values_supported", or_none),
        ("request_object_encryption_alg_values_supported", keys.clone()),
        ("request_object_encryption_enc_values_supported", contents.clone()),
        ("introspection_signing_alg_values_supported", signatures.clone()),
        ("introspection_encryption_alg_values_supported", keys),
        ("introspection_encryption_enc_values_supported", contents),
        ("introspection_endpoint_auth_signing_alg_values_supported", signatures.clone()),
        (
            "introspection_endpoint_auth_methods_supported",
            json!(["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"]),
        ),
        ("token_endpoint_auth_signing_alg_values_supported", signatures.clone()),
        ("revocation_endpoint_auth_signing_alg_values_supported", signatures),
        ("token_endpoint_auth_methods_supported", methods.clone()),
        ("revocation_endpoint_auth_methods_supported", methods),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("prompt_values_supported", json!(["none", "login", "consent", "select_account"])),
        ("claim_types_supported", json!(["normal"])),
        ("claims_parameter_supported", json!(true)),
        ("request_parameter_supported", json!(true)),
        ("request_uri_parameter_supported", json!(true)),
        ("authorization_response_iss_parameter_supported", json!(true)),
    ] {
        match value.is_array() {
            true => assert_eq!(sorted(&said[name]), sorted(&value), "{name}"),
            false => assert_eq!(said[name], value, "{name}"),
        }
    }
    let oauth = get("/.well-known/oauth-authorization-server").send(&world);
    assert_eq!(body(&oauth), said);
}

#[test]
fn what_is_advertised_can_be_registered() {
    let world = World::with(&[("REGISTRATION_LIMIT", "1000")]);
    let said = metadata(&world);
    let jwks = json!({ "keys": [crate::registration::refused::ec_key(), crate::registration::refused::rsa_key()] });
    let register = |member: &str, value: Value| {
        let mut metadata = json!({ "redirect_uris": ["https://rp.example/cb"], "jwks": jwks });
        if member == "token_endpoint_auth_signing_alg" {
            let method = if value == "HS256" { "client_secret_jwt" } else { "private_key_jwt" };
            metadata["token_endpoint_auth_method"] = method.into();
        }
        if let Some(kind) = member.strip_suffix("_enc") {
            metadata[format!("{kind}_alg")] = "RSA-OAEP".into();
        }
        metadata[member] = value.clone();
        let response = post("/registration").json(&metadata).send(&world);
        assert_eq!(response.status, 201, "{member} {value}: {}", response.body.as_str());
        assert_eq!(body(&response)[member], value, "{member}");
    };
    for (list, member) in [
        ("subject_types_supported", "subject_type"),
        ("token_endpoint_auth_methods_supported", "token_endpoint_auth_method"),
        (
            "token_endpoint_auth_signing_alg_values_supported",
            "token_endpoint_auth_signing_alg",
        ),
        ("id_token_signing_alg_values_supported", "id_token_signed_response_alg"),
        ("id_token_encryption_alg_values_supported", "id_token_encrypted_response_alg"),
        ("id_token_encryption_enc_values_supported", "id_token_encrypted_response_enc"),
        ("userinfo_signing_alg_values_supported", "userinfo_signed_response_alg"),
        ("userinfo_encryption_alg_values_supported", "userinfo_encrypted_response_alg"),
        ("userinfo_encryption_enc_values_supported", "userinfo_encrypted_response_enc"),
        ("introspection_signing_alg_values_supported", "introspection_signed_response_alg"),
        (
            "introspection_encryption_alg_values_supported",
            "introspection_encrypted_response_alg",
        ),
        (
            "introspection_encryption_enc_values_supported",
            "introspection_encrypted_response_enc",
        ),
        ("request_object_signing_alg_values_supported", "request_object_signing_alg"),
        ("request_object_encryption_alg_values_supported", "request_object_encryption_alg"),
        ("request_object_encryption_enc_values_supported", "request_object_encryption_enc"),
    ] {
        for value in listed(&said, list) {
            register(member, value.into());
        }
    }
    for value in listed(&said, "response_types_supported") {
        register("response_types", json!([value]));
    }
    let all = listed(&said, "grant_types_supported");
    register("grant_types", json!(all));
    register("scope", json!(listed(&said, "scopes_supported").join(" ")));
}

#[test]
fn what_is_advertised_can_be_asked_for() {
    let world = World::new();
    enrol(&world, "diana");
    let said = metadata(&world);
    let party = Party::of_every_type(&world);
    let mut browser = Browser::new(&world);
    for response_type in listed(&said, "response_types_supported") {
        let answer = browser.answer(&party.query().with("response_type", &response_type), "diana");
        assert_eq!(answer.find("error"), None, "{response_type}");
    }
    for (list, parameter) in [
        ("response_modes_supported", "response_mode"),
        ("scopes_supported", "scope"),
        ("acr_values_supported", "acr_values"),
        ("ui_locales_supported", "ui_locales"),
        ("display_values_supported", "display"),
        ("prompt_values_supported", "prompt"),
    ] {
        for value in listed(&said, list) {
            let mut query = party.query().with(parameter, &value);
            if value == "offline_access" {
                query = query.with(parameter, "openid offline_access");
            }
            assert_eq!(browser.answer(&query, "diana").find("error"), None, "{parameter}={value}");
        }
    }
}

#[test]
fn the_keys_are_those_of_the_algorithms() {
    let world = World::new();
    let said = metadata(&world);
    let published = body(&get("/jwks").send(&world));
    let keys = published["keys"].as_array().unwrap();
    for (list, usage) in [
        ("id_token_signing_alg_values_supported", "sig"),
        ("request_object_encryption_alg_values_supported", "enc"),
    ] {
        for alg in listed(&said, list) {
            let fitting = keys.iter().filter(|key| key["alg"] == alg.as_str() && key["use"] == usage).count();
            let shared = ["HS256", "none", "A128KW", "A256KW", "dir"].contains(&alg.as_str());
            assert_eq!(fitting, usize::from(!shared), "{alg}");
        }
    }
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert_eq!(key.get(private), None, "{private}");
        }
    }
}
