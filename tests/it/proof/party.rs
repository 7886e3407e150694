//! A client's own keys, and what it makes with them.

use crate::world::{Registered, World, crypto, get, post};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use rsa::RsaPrivateKey;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex};
use treeline::client::assertion;
use treeline::http::Response;
use treeline::jose::alg::Alg;
use treeline::jose::jwk::{PublicJwk, PublicNumbers};
use treeline::jose::keyset::SigningKey;
use treeline::oauth::base64url;
use treeline::oauth::params;
use treeline::oauth::time::Timestamp;
use treeline::platform::Platform;

pub const CALLBACK: &str = "https://rp.example/cb";
pub const ALGS: [Alg; 4] = [Alg::RS256, Alg::PS256, Alg::ES256, Alg::EdDSA];

/// A key of a client's, the same at every call. One of another number is another key.
pub fn key(alg: Alg, number: u64) -> &'static SigningKey {
    static KEYS: LazyLock<Mutex<BTreeMap<(Alg, u64), &'static SigningKey>>> = LazyLock::new(Mutex::default);
    let mut keys = KEYS.lock().unwrap();
    keys.entry((alg, number)).or_insert_with(|| Box::leak(Box::new(make(alg, number))))
}

fn make(alg: Alg, number: u64) -> SigningKey {
    let mut random = StdRng::seed_from_u64(1000 + number);
    let mut scalar = [0; 32];
    random.fill_bytes(&mut scalar);
    let mut jwk: Value = match alg {
        Alg::RS256 | Alg::PS256 => {
            let key = RsaPrivateKey::new(&mut random, 2048).unwrap();
            let [n, e, d, p, q] =
                [key.n(), key.e(), key.d(), &key.primes()[0], &key.primes()[1]].map(|one| base64url::encode(one.to_bytes_be()));
            json!({ "kty": "RSA", "n": n, "e": e, "d": d, "p": p, "q": q })
        }
        Alg::EdDSA => {
            let public = ed25519_dalek::SigningKey::from_bytes(&scalar).verifying_key();
            json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode(public) })
        }
        _ => crypto::p256_numbers(&scalar).to_jwk().parse().unwrap(),
    };
    let numbers = PublicNumbers::from_jwk(&jwk.to_string()).unwrap();
    if jwk["kty"] != "RSA" {
        jwk["d"] = base64url::encode(scalar).into();
    }
    SigningKey {
        public: PublicJwk::new(numbers, alg),
        private: jwk.to_string().into(),
        active_from: Timestamp(0),
    }
}

/// The public half, under a name or none.
pub fn jwk(key: &SigningKey, kid: Option<&str>) -> Value {
    let mut jwk: Value = key.public.numbers.to_jwk().parse().unwrap();
    if let Some(kid) = kid {
        jwk["kid"] = kid.into();
    }
    jwk
}

pub fn jwks(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| jwk(key, None)).collect::<Vec<_>>() })
}

/// Who signs a JWT.
#[derive(Clone, Copy)]
pub enum By<'a> {
    Key(&'a SigningKey),
    Secret(&'a str),
    Nobody,
}

/// A compact JWS; `header` holds what stands beside the alg.
pub fn jws(by: By<'_>, header: Value, payload: &[u8]) -> String {
    let alg = match by {
        By::Key(key) => key.public.alg.name(),
        By::Secret(_) => "HS256",
        By::Nobody => "none",
    };
    let mut members = json!({ "alg": alg });
    members.as_object_mut().unwrap().extend(header.as_object().unwrap().clone());
    let input = format!("{}.{}", base64url::encode(members.to_string()), base64url::encode(payload));
    let signature = match by {
        By::Key(key) => crypto::sign(key, input.as_bytes()),
        By::Secret(secret) => crypto::mac(secret.as_bytes(), input.as_bytes()),
        By::Nobody => Vec::new(),
    };
    format!("{input}.{}", base64url::encode(signature))
}

pub fn jwt(by: By<'_>, claims: &Value) -> String {
    jws(by, json!({}), claims.to_string().as_bytes())
}

/// Claims with some changed; one that is null is left out.
pub fn changed(claims: Value, changes: Value) -> Value {
    let mut all: Map<String, Value> = claims.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(all.remove(name)),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(all)
}

/// The claims of a sound assertion, with a jti that was not used before.
pub fn about(world: &World, client: &Registered, changes: Value) -> Value {
    static JTI: Mutex<u64> = Mutex::new(0);
    let mut jti = JTI.lock().unwrap();
    *jti += 1;
    let now = world.now().0;
    let claims = json!({
        "iss": client.id(), "sub": client.id(), "aud": world.config().issuer.as_str(), "jti": format!("jti {jti}"), "iat": now, "exp": now + 60,
    });
    changed(claims, changes)
}

/// The answer of the token endpoint to an assertion. Whoever gets in is told that the grant type is unknown.
pub fn present(world: &World, assertion: &str) -> Response {
    present_with(world, assertion, &[])
}

pub fn present_with(world: &World, assertion: &str, more: &[(&str, &str)]) -> Response {
    let own = [
        ("grant_type", "unknown"),
        ("client_assertion_type", assertion::TYPE),
        ("client_assertion", assertion),
    ];
    let form: Vec<_> = own.into_iter().chain(more.iter().copied()).collect();
    post("/token").form(&form).send(world)
}

#[track_caller]
pub fn assert_in(response: &Response) {
    assert_eq!(response.status, 400, "{}", response.body.as_str());
    assert!(
        response.body.as_str().contains("unsupported_grant_type"),
        "{}",
        response.body.as_str()
    );
}

/// The one answer to whoever is not let in.
#[track_caller]
pub fn assert_out(response: &Response) {
    let body = r#"{"error":"invalid_client","error_description":"client authentication failed"}"#;
    assert_eq!((response.status, response.body.as_str()), (401, body));
    assert_eq!(response.header("www-authenticate"), None);
}

/// A client that authenticates with keys of its own.
pub fn with_keys(world: &World, keys: &[&SigningKey]) -> Registered {
    register(
        world,
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(keys) }),
    )
}

pub fn register(world: &World, changes: Value) -> Registered {
    world.register(changed(json!({ "redirect_uris": [CALLBACK] }), changes))
}

/// Where an authorization request ends: the address, and the parameters of the answer there. A page has none.
pub fn ask(world: &World, client: &Registered, parameters: &[(&str, &str)]) -> (String, BTreeMap<String, String>) {
    let own = [("client_id", client.id())];
    let query = params::encode(own.into_iter().chain(parameters.iter().copied()));
    let response = get(&format!("/authorization?{query}")).send(world);
    let location = response.header("location").unwrap_or_default();
    let (address, answer) = location.split_once(['?', '#']).unwrap_or((location, ""));
    let answer = params::Params::parse(answer).unwrap();
    let pairs = answer.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
    (address.to_owned(), pairs.collect())
}
