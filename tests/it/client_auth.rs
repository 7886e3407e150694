//! Client authentication: every way in, and that all the wrong ways look the same.

use crate::world::{Registered, World, body, call::Outgoing, delete, post, put};
use base64ct::{Base64, Encoding};
use proptest::prelude::*;
use serde_json::json;
use treeline::client::auth::{AuthenticatedClient, Credentials, Presented};
use treeline::endpoint::client_auth::authenticate;
use treeline::endpoint::form;
use treeline::error::Error;
use treeline::http::Response;
use treeline::oauth::params::Params;
use treeline::object::Class;

const GRANT: (&str, &str) = ("grant_type", "authorization_code");

fn client(world: &World, method: &str) -> Registered {
    world.register(json!({ "redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": method }))
}

fn token() -> Outgoing {
    post("/token")
}

/// Runs the authentication alone.
fn enter(world: &World, request: Outgoing) -> Result<AuthenticatedClient, Error> {
    let request = request.build();
    let params = form::read(&request)?;
    pollster::block_on(authenticate(world, &request, &params))
}

#[track_caller]
fn assert_enters(world: &World, client: &Registered, request: Outgoing) {
    world.take_touches();
    world.forget_clients();
    let authenticated = enter(world, request).expect("the client authenticates");
    assert_eq!(authenticated.client_id.as_str(), client.id());
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.all_asked()), (1, 0), "one look-up");
}

const BASIC: &str = r#"Basic realm="treeline""#;

/// 401 `invalid_client` with the one body there is; the challenge only where HTTP Basic was tried.
#[track_caller]
fn assert_refused(response: &Response, challenge: Option<&str>) {
    assert_eq!(response.status, 401, "{}", response.body.as_str());
    assert_eq!(
        response.body.as_str(),
        r#"{"error":"invalid_client","error_description":"client authentication failed"}"#
    );
    assert_eq!(response.header("www-authenticate"), challenge);
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(response.header("pragma"), Some("no-cache"));
}

#[track_caller]
fn assert_invalid_request(response: &Response) {
    assert_eq!(response.status, 400, "{}", response.body.as_str());
    assert_eq!(body(response)["error"], "invalid_request");
    assert_eq!(response.header("www-authenticate"), None);
}

#[test]
fn each_registered_method_works() {
    let world = World::new();
    let (basic, in_body, public) = (
        client(&world, "client_secret_basic"),
        client(&world, "client_secret_post"),
        client(&world, "none"),
    );
    assert_enters(&world, &basic, token().basic(&basic).form(&[GRANT]));
    assert_enters(&world, &basic, token().basic(&basic).form(&[GRANT, ("client_id", basic.id())]));
    assert_enters(
        &world,
        &in_body,
        token().form(&[GRANT, ("client_id", in_body.id()), ("client_secret", in_body.secret())]),
    );
    assert_enters(&world, &public, token().form(&[GRANT, ("client_id", public.id())]));
}

#[test]
fn a_secret_sent_empty_counts_as_not_sent() {
    let world = World::new();
    let public = client(&world, "none");
    assert_enters(
        &world,
        &public,
        token().form(&[GRANT, ("client_id", public.id()), ("client_secret", "")]),
    );
}

/// RFC 6749, section 2.3.1: both halves are form-urlencoded before base64, so any octet may come escaped.
#[test]
fn basic_is_form_urlencoded() {
    let world = World::new();
    let client = client(&world, "client_secret_basic");
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let pair = format!("{}:{}", escaped(client.id()), escaped(client.secret()));
    let header = |text: &str| format!("Basic {}", Base64::encode_string(text.as_bytes()));
    assert_enters(&world, &client, token().header("authorization", &header(&pair)).form(&[GRANT]));
    let plain = format!("{}:{}", client.id(), client.secret());
    assert_enters(&world, &client, token().header("authorization", &header(&plain)).form(&[GRANT]));
    let lower = header(&plain).replacen("Basic", "bASIC", 1);
    assert_enters(&world, &client, token().header("authorization", &lower).form(&[GRANT]));
}

#[test]
fn a_method_other_than_the_registered_one_is_refused() {
    let world = World::new();
    let clients = ["client_secret_basic", "client_secret_post"].map(|method| client(&world, method));
    for one in &clients {
        assert_refused(&token().form(&[GRANT, ("client_id", one.id())]).send(&world), None);
    }
    let [basic, in_body] = &clients;
    let posted = token().form(&[GRANT, ("client_id", basic.id()), ("client_secret", basic.secret())]);
    assert_refused(&posted.send(&world), None);
    assert_refused(&token().basic(in_body).form(&[GRANT]).send(&world), Some(BASIC));
    let public = client(&world, "none");
    assert_refused(&token().basic_pair(public.id(), "").form(&[GRANT]).send(&world), Some(BASIC));
    let posted = token().form(&[GRANT, ("client_id", public.id()), ("client_secret", "anything")]);
    assert_refused(&posted.send(&world), None);
}

#[test]
fn no_wrong_way_in_differs_from_another() {
    let world = World::new();
    let (client, other) = (client(&world, "client_secret_basic"), client(&world, "client_secret_basic"));
    let gone = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
    delete(&gone.configuration()).bearer(gone.token()).send(&world);
    let long = "x".repeat(100_000);
    for (id, secret) in [
        (client.id(), "wrong"),
        (client.id(), ""),
        (client.id(), other.secret()),
        (client.id(), client.token()),
        (client.id(), &client.secret()[1..]),
        (client.id(), &client.secret().to_lowercase()),
        (client.id(), &format!("{} ", client.secret())),
        (client.id(), &format!("{}\0", client.secret())),
        (client.id(), &long),
        (&client.id().to_lowercase(), client.secret()),
        (&format!(" {}", client.id()), client.secret()),
        ("unknown", client.secret()),
        ("", client.secret()),
        ("", ""),
        ("AAAAAAAAAAAAAAAAAAAAAAAA", client.secret()),
        ("../client", client.secret()),
        ("\u{0}", "\u{0}"),
        ("é", "é"),
        (&long, client.secret()),
        (gone.id(), gone.secret()),
    ] {
        let response = token().basic_pair(id, secret).form(&[GRANT]).send(&world);
        assert_refused(&response, Some(BASIC));
        let response = token().form(&[GRANT, ("client_id", id), ("client_secret", secret)]).send(&world);
        assert_refused(&response, None);
    }
    assert_refused(&token().form(&[GRANT]).send(&world), None);
    assert_refused(&token().form(&[GRANT, ("client_secret", client.secret())]).send(&world), None);
    assert!(world.faults().is_empty());
}

/// Whatever the secret, known and unknown clients cost the same look-up, and an invented id costs no more.
#[test]
fn a_refusal_touches_as_much_as_a_success() {
    let world = World::new();
    let client = client(&world, "client_secret_basic");
    world.take_touches();
    for (id, secret) in [
        (client.id(), client.secret()),
        (client.id(), "wrong"),
        ("unknown", "wrong"),
        ("AAAAAAAAAAAAAAAAAAAAAAAA", "wrong"),
    ] {
        world.forget_clients();
        token().basic_pair(id, secret).form(&[("grant_type", "unknown")]).send(&world);
        let touches = world.take_touches();
        assert_eq!((touches.kv_gets, touches.all_asked()), (1, 0), "{id}");
    }
    assert_eq!(world.stored(Class::Registration), [client.id()]);
}

#[test]
fn basic_that_cannot_be_read() {
    let world = World::new();
    let client = client(&world, "client_secret_basic");
    let encode = |text: &[u8]| format!("Basic {}", Base64::encode_string(text));
    let pair = format!("{}:{}", client.id(), client.secret());
    let unpadded = encode(format!("{pair}x").as_bytes()).trim_end_matches('=').to_owned();
    for header in [
        "Basic",
        "Basic ",
        "Basic !",
        "Basic AAA",
        "Basic ====",
        "Basic YQ= =",
        &unpadded[..unpadded.len() - 1],
        &encode(pair.as_bytes()).replacen(' ', "\t", 1),
        &encode(b""),
        &encode(b"no colon"),
        &encode(client.id().as_bytes()),
        &encode(b"%:%"),
        &encode(b"%zz:%zz"),
        &encode(b"a%2:b"),
        &encode(b"a:b%"),
        &encode(b"a:%ff"),
        &encode(b"\xff:\xff"),
        &encode(b":"),
        &encode(format!("{}%3a{}", client.id(), client.secret()).as_bytes()),
        &format!("{0}, {0}", encode(pair.as_bytes())),
        &format!("Bearer {}", client.token()),
        &format!("Digest username=\"{}\"", client.id()),
        client.secret(),
        "",
    ] {
        let response = token().header("authorization", header).form(&[GRANT]).send(&world);
        assert_refused(&response, Some(BASIC));
    }
}

#[test]
fn two_methods_at_once_are_an_invalid_request() {
    let world = World::new();
    let client = client(&world, "client_secret_basic");
    let secret = ("client_secret", client.secret());
    let assertion = ("client_assertion", "a.b.c");
    for request in [
        token().basic(&client).form(&[GRANT, secret]),
        token().basic(&client).form(&[GRANT, ("client_id", client.id()), secret]),
        token().basic(&client).form(&[GRANT, ("client_secret", "wrong")]),
        token().basic(&client).form(&[GRANT, assertion]),
        token().form(&[GRANT, ("client_id", client.id()), secret, assertion]),
        token().basic(&client).form(&[GRANT, ("client_id", "another")]),
        token().form(&[GRANT, ("client_id", client.id()), ("client_id", client.id()), secret]),
        token().form(&[GRANT, ("client_id", client.id()), secret, secret]),
    ] {
        assert_invalid_request(&request.send(&world));
    }
}

#[test]
fn an_assertion_alone_is_nobody_s_method() {
    let world = World::new();
    let client = client(&world, "none");
    let response = token()
        .form(&[GRANT, ("client_id", client.id()), ("client_assertion", "a.b.c")])
        .send(&world);
    assert_refused(&response, None);
}

#[test]
fn a_secret_in_the_address_is_refused() {
    let world = World::new();
    let in_body = client(&world, "client_secret_post");
    for query in [
        format!("client_id={}&client_secret={}", in_body.id(), in_body.secret()),
        format!("client_secret={}", in_body.secret()),
        "client_secret=wrong".to_owned(),
        "client%5Fsecret=wrong".to_owned(),
        "client_assertion=a.b.c".to_owned(),
    ] {
        let target = format!("/token?{query}");
        for form in [
            vec![GRANT],
            vec![GRANT, ("client_id", in_body.id()), ("client_secret", in_body.secret())],
        ] {
            assert_refused(&post(&target).form(&form).send(&world), None);
        }
        let basic = client(&world, "client_secret_basic");
        assert_eq!(post(&target).basic(&basic).form(&[GRANT]).send(&world).status, 401);
    }
    let target = format!("/token?client_id={}", in_body.id());
    let response = post(&target).form(&[GRANT, ("client_secret", in_body.secret())]).send(&world);
    assert_refused(&response, None);
}

#[test]
fn an_update_of_the_method_takes_effect() {
    let world = World::new();
    let client = client(&world, "client_secret_basic");
    let update = json!({
        "client_id": client.id(), "redirect_uris": ["https://rp.example/cb"], "token_endpoint_auth_method": "client_secret_post",
    });
    put(&client.configuration()).bearer(client.token()).json(&update).send(&world);
    assert_refused(&token().basic(&client).form(&[GRANT]).send(&world), Some(BASIC));
    assert_enters(
        &world,
        &client,
        token().form(&[GRANT, ("client_id", client.id()), ("client_secret", client.secret())]),
    );
}

#[test]
fn a_client_ends_with_its_lifetime() {
    let world = World::new();
    let client = client(&world, "client_secret_basic");
    world.advance(30 * 86_400 - 1);
    assert_enters(&world, &client, token().basic(&client).form(&[GRANT]));
    world.advance(1);
    assert_refused(&token().basic(&client).form(&[GRANT]).send(&world), Some(BASIC));
}

#[test]
fn a_client_authenticates_the_moment_it_is_registered() {
    let world = World::new();
    world.freeze_kv();
    let client = client(&world, "client_secret_basic");
    assert!(enter(&world, token().basic(&client).form(&[GRANT])).is_ok());
}

/// Where the operator has changed `SEAL_KEY`, nothing opens any more; a client that held a secret must not become one that needs none.
#[test]
fn a_secret_under_another_key_proves_nothing() {
    let key = treeline::oauth::base64url::encode([8; 32]);
    let (world, other) = (World::new(), World::with(&[("SEAL_KEY", &key)]));
    let client = client(&world, "client_secret_post");
    let name = format!("client/{}", client.id());
    other.set_kv(&name, &world.kv_text(&name).unwrap());
    for secret in [client.secret(), "0", ""] {
        let response = token()
            .form(&[GRANT, ("client_id", client.id()), ("client_secret", secret)])
            .send(&other);
        assert_refused(&response, None);
    }
}

/// A sealed secret that somebody moved to another client's record opens nothing there.
#[test]
fn a_sealed_secret_belongs_to_its_client() {
    let world = World::new();
    let (one, other) = (client(&world, "client_secret_post"), client(&world, "client_secret_post"));
    let text = world.kv_text(&format!("client/{}", one.id())).unwrap();
    world.set_kv(&format!("client/{}", other.id()), &text.replace(one.id(), other.id()));
    for (id, secret) in [(other.id(), one.secret()), (other.id(), other.secret())] {
        let response = token().form(&[GRANT, ("client_id", id), ("client_secret", secret)]).send(&world);
        assert_refused(&response, None);
    }
    // Nor does a record that lies under another client's key.
    world.set_kv(&format!("client/{}", other.id()), &text);
    let response = token()
        .form(&[GRANT, ("client_id", other.id()), ("client_secret", one.secret())])
        .send(&world);
    assert_refused(&response, None);
}

proptest! {
    /// Whatever a peer presents, it is read or refused.
    #[test]
    fn nothing_is_too_odd_to_be_presented(header in "(Basic )?\\PC{0,40}", pair in prop::collection::vec(any::<u8>(), 0..40), query in "\\PC{0,40}", form in "\\PC{0,40}") {
        let params = Params::parse(&form).unwrap_or_default();
        for authorization in [None, Some(header), Some(format!("Basic {}", Base64::encode_string(&pair)))] {
            let presented = Presented { authorization: authorization.as_deref(), query: &query, params: &params };
            if let Err(error) = Credentials::read(&presented) {
                prop_assert!(error.is_refusal());
            }
        }
    }
}
