//! Client assertions: the ways in, and that all the wrong ones look the same and leave nothing.

use super::party::{ALGS, By, CALLBACK, about, assert_in, assert_out, jwk, jws, jwt, key, present, present_with, register, with_keys};
use crate::world::{Registered, World, delete, post};
use serde_json::json;
use treeline::client::assertion::TYPE;
use treeline::jose::alg::Alg;
use treeline::object::Class;

pub fn by_secret(world: &World) -> Registered {
    register(world, json!({ "token_endpoint_auth_method": "client_secret_jwt" }))
}

/// Every way to be let in: the client, and who signs for it.
pub fn ways(world: &World) -> Vec<(Registered, By<'static>)> {
    let secret = by_secret(world);
    let of_secret = By::Secret(Box::leak(secret.secret().to_owned().into_boxed_str()));
    let keyed = ALGS.map(|alg| (with_keys(world, &[key(alg, 1)]), By::Key(key(alg, 1))));
    keyed.into_iter().chain([(secret, of_secret)]).collect()
}

#[test]
fn each_algorithm_lets_in() {
    let world = World::new();
    for (client, by) in ways(&world) {
        assert_in(&present(&world, &jwt(by, &about(&world, &client, json!({})))));
        let named = [("client_id", client.id())];
        assert_in(&present_with(&world, &jwt(by, &about(&world, &client, json!({}))), &named));
    }
    assert!(world.faults().is_empty());
}

#[test]
fn a_registered_algorithm_is_the_only_one() {
    let world = World::new();
    let keys = ALGS.map(|alg| key(alg, 1));
    for registered in ALGS {
        let metadata = json!({
            "token_endpoint_auth_method": "private_key_jwt", "token_endpoint_auth_signing_alg": registered.name(), "jwks": super::party::jwks(&keys),
        });
        let client = register(&world, metadata);
        for key in keys {
            let response = present(&world, &jwt(By::Key(key), &about(&world, &client, json!({}))));
            match key.public.alg == registered {
                true => assert_in(&response),
                false => assert_out(&response),
            }
        }
    }
}

#[test]
fn the_registered_method_is_the_only_one() {
    let world = World::new();
    let ec = key(Alg::ES256, 1);
    let with_both = |method: &str| {
        register(
            &world,
            json!({ "token_endpoint_auth_method": method, "jwks": super::party::jwks(&[ec]) }),
        )
    };
    for method in ["client_secret_basic", "client_secret_post", "client_secret_jwt"] {
        let client = with_both(method);
        assert_out(&present(&world, &jwt(By::Key(ec), &about(&world, &client, json!({})))));
        let response = present(&world, &jwt(By::Secret(client.secret()), &about(&world, &client, json!({}))));
        match method {
            "client_secret_jwt" => assert_in(&response),
            _ => assert_out(&response),
        }
    }
    let public = with_both("none");
    assert_out(&present(&world, &jwt(By::Key(ec), &about(&world, &public, json!({})))));
    let keyed = with_keys(&world, &[ec]);
    assert_out(
        &post("/token")
            .form(&[("grant_type", "unknown"), ("client_id", keyed.id())])
            .send(&world),
    );
    let secret = by_secret(&world);
    let form = [
        ("grant_type", "unknown"),
        ("client_id", secret.id()),
        ("client_secret", secret.secret()),
    ];
    assert_out(&post("/token").form(&form).send(&world));
}

/// A public key is no secret, in whichever form; what nobody signed proves nothing; and no key that an assertion brings along counts.
#[test]
fn no_key_is_taken_for_another() {
    let world = World::new();
    for alg in ALGS {
        let own = key(alg, 1);
        let client = with_keys(&world, &[own]);
        let claims = || about(&world, &client, json!({}));
        let public = jwk(own, None);
        let members = public.as_object().unwrap().values().map(|value| value.as_str().unwrap().to_owned());
        for secret in members.chain([public.to_string(), client.id().to_owned(), client.token().to_owned()]) {
            assert_out(&present(&world, &jwt(By::Secret(&secret), &claims())));
        }
        let stranger = key(Alg::ES256, 2);
        let brought = json!({
            "jwk": jwk(stranger, None), "jku": "https://evil.example/jwks", "x5u": "https://evil.example/x5", "x5c": ["AAAA"], "kid": "https://evil.example/",
        });
        assert_out(&present(
            &world,
            &jws(By::Key(stranger), brought.clone(), claims().to_string().as_bytes()),
        ));
        assert_in(&present(&world, &jws(By::Key(own), brought, claims().to_string().as_bytes())));
        for kid in [
            json!("../../etc/passwd"),
            json!("' OR 1=1 --"),
            json!("é\u{0}"),
            json!("x".repeat(5000)),
            json!(null),
        ] {
            assert_in(&present(
                &world,
                &jws(By::Key(own), json!({ "kid": kid }), claims().to_string().as_bytes()),
            ));
        }
        for header in [
            json!({ "kid": 1 }),
            json!({ "crit": [] }),
            json!({ "crit": ["b64"], "b64": false }),
            json!({ "typ": "oauth-authz-req+jwt" }),
        ] {
            assert_out(&present(&world, &jws(By::Key(own), header, claims().to_string().as_bytes())));
        }
        assert_out(&present(&world, &jwt(By::Nobody, &claims())));
        for none in ["none", "None", "NONE", "", "HS512", "RS384", "RS1", "rs256"] {
            assert_out(&present(
                &world,
                &jws(By::Key(own), json!({ "alg": none }), claims().to_string().as_bytes()),
            ));
        }
    }
    assert_eq!(world.web.all_visits(), 0);
    assert!(world.faults().is_empty());
}

#[test]
fn a_key_is_found_by_its_name_and_without_one() {
    let world = World::new();
    for alg in ALGS {
        let (own, other) = (key(alg, 1), key(Alg::ES256, 2));
        let keys = json!({ "keys": [jwk(other, Some("other")), jwk(own, Some("own"))] });
        let client = register(&world, json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": keys }));
        for (kid, enters) in [
            (json!("own"), true),
            (json!(null), true),
            (json!("other"), false),
            (json!("unknown"), false),
        ] {
            let response = present(
                &world,
                &jws(
                    By::Key(own),
                    json!({ "kid": kid }),
                    about(&world, &client, json!({})).to_string().as_bytes(),
                ),
            );
            match enters {
                true => assert_in(&response),
                false => assert_out(&response),
            }
        }
    }
}

#[test]
fn the_parameters_around_an_assertion() {
    let world = World::new();
    let client = by_secret(&world);
    let other = by_secret(&world);
    let sound = || jwt(By::Secret(client.secret()), &about(&world, &client, json!({})));
    assert_out(&present_with(&world, &sound(), &[("client_id", other.id())]));
    for kind in [
        None,
        Some("x"),
        Some("urn:ietf:params:oauth:client-assertion-type:saml2-bearer"),
        Some(&TYPE.to_uppercase()),
    ] {
        let (text, grant) = (sound(), ("grant_type", "unknown"));
        let form: Vec<_> = [grant, ("client_assertion", &text)]
            .into_iter()
            .chain(kind.map(|kind| ("client_assertion_type", kind)))
            .collect();
        assert_out(&post("/token").form(&form).send(&world));
    }
    let alone = [
        ("grant_type", "unknown"),
        ("client_id", client.id()),
        ("client_assertion_type", TYPE),
    ];
    assert_out(&post("/token").form(&alone).send(&world));
    for more in [
        ("client_secret", client.secret()),
        ("client_assertion", "a.b.c"),
        ("client_assertion_type", TYPE),
    ] {
        let response = present_with(&world, &sound(), &[more]);
        assert_eq!(response.status, 400, "{more:?}");
        assert!(response.body.as_str().contains("invalid_request"));
    }
    let form = [
        ("grant_type", "unknown"),
        ("client_assertion_type", TYPE),
        ("client_assertion", &sound()),
    ];
    let response = post("/token").basic(&client).form(&form).send(&world);
    assert!(response.status == 400 && response.body.as_str().contains("invalid_request"));
}

/// A known client and an unknown one cost the same look-up; a sound assertion costs one hop more, any other none.
#[test]
fn what_an_assertion_touches() {
    let world = World::new();
    let client = by_secret(&world);
    let keyed = with_keys(&world, &[key(Alg::ES256, 1)]);
    let (own, stranger) = (By::Key(key(Alg::ES256, 1)), By::Key(key(Alg::ES256, 2)));
    let gone = register(&world, json!({ "token_endpoint_auth_method": "client_secret_jwt" }));
    delete(&gone.configuration()).bearer(gone.token()).send(&world);
    let nobody = json!({ "iss": "unknown", "sub": "unknown" });
    for (assertion, asked) in [
        (jwt(By::Secret(client.secret()), &about(&world, &client, json!({}))), 1),
        (jwt(By::Secret("wrong"), &about(&world, &client, json!({}))), 0),
        (jwt(own, &about(&world, &keyed, json!({}))), 1),
        (jwt(stranger, &about(&world, &keyed, json!({}))), 0),
        (jwt(own, &about(&world, &keyed, json!({ "exp": 1 }))), 0),
        (jwt(stranger, &about(&world, &keyed, nobody.clone())), 0),
        (jwt(By::Secret("wrong"), &about(&world, &keyed, nobody)), 0),
        (jwt(By::Secret(gone.secret()), &about(&world, &gone, json!({}))), 0),
    ] {
        world.take_touches();
        world.forget_clients();
        let response = present(&world, &assertion);
        let touches = world.take_touches();
        assert_eq!(
            (touches.kv_gets, touches.all_asked(), touches.asked(Class::Pending)),
            (1, asked, asked)
        );
        match asked {
            1 => assert_in(&response),
            _ => assert_out(&response),
        }
    }
}

/// Where the operator has changed `SEAL_KEY`, a secret that cannot be opened is not an empty one.
#[test]
fn a_secret_under_another_key_proves_nothing() {
    let seal_key = treeline::oauth::base64url::encode([8; 32]);
    let (world, other) = (World::new(), World::with(&[("SEAL_KEY", &seal_key)]));
    let client = by_secret(&world);
    let name = format!("client/{}", client.id());
    other.set_kv(&name, &world.kv_text(&name).unwrap());
    for secret in [client.secret(), "", "0"] {
        assert_out(&present(&other, &jwt(By::Secret(secret), &about(&other, &client, json!({})))));
    }
}

/// Where the object cannot be reached, nobody is let in, and it is our fault.
#[test]
fn without_its_object_no_assertion_counts() {
    let world = World::new();
    let client = by_secret(&world);
    let assertion = jwt(By::Secret(client.secret()), &about(&world, &client, json!({})));
    world.die_after(1);
    let response = present(&world, &assertion);
    assert!(response.status >= 500, "{}", response.status);
    world.revive();
    assert_in(&present(&world, &assertion));
}

#[test]
fn it_redeems_nothing_by_itself() {
    let world = World::new();
    let client = register(
        &world,
        json!({ "token_endpoint_auth_method": "client_secret_jwt", "redirect_uris": [CALLBACK] }),
    );
    let assertion = jwt(By::Secret(client.secret()), &about(&world, &client, json!({})));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "nobody's"),
        ("redirect_uri", CALLBACK),
        ("client_assertion_type", TYPE),
        ("client_assertion", &assertion),
    ];
    let response = post("/token").form(&form).send(&world);
    assert!(response.body.as_str().contains("invalid_grant"), "{}", response.body.as_str());
}
