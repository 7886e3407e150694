//! What each step may touch, by the table in docs/development/architecture.md: reads of KV, and commands to Durable Objects.

use crate::flow::browser::{Browser, Shown, callback, shown};
use crate::flow::party::{PASSWORD, Party, enrol, text, userinfo};
use crate::world::{Touches, World, delete, get, put};
use serde_json::json;
use treeline::client::memory::FRESH;
use treeline::http::Response;
use treeline::oauth::response_type::ResponseType;
use treeline::object::Class;

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    begin(&world);
    (world, party)
}

/// What is measured begins here, in an isolate that has read of no client.
fn begin(world: &World) {
    world.take_touches();
    world.forget_clients();
}

/// So many reads of KV, so many commands to objects of one class, and nothing else at all. The next step begins.
fn assert_touches(step: &str, world: &World, kv_gets: usize, commands: usize) {
    let mut expected = Touches {
        kv_gets,
        ..Touches::default()
    };
    if commands > 0 {
        expected.asks.insert(Class::UserSession.name(), commands);
    }
    assert_eq!(world.take_touches(), expected, "{step}");
    begin(world);
}

#[test]
fn public_documents_touch_nothing() {
    let (world, _) = scene();
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/webfinger?resource=acct:diana@login.example.com",
        "/jwks",
        "/",
        "/icon.svg",
    ] {
        let response = get(path).send(&world);
        assert_eq!(response.status, 200, "{path}");
        assert_touches(path, &world, 0, 0);
        if let Some(etag) = response.header("etag") {
            assert_eq!(get(path).header("if-none-match", etag).send(&world).status, 304);
            assert_touches(path, &world, 0, 0);
        }
    }
    assert_eq!(get("/nothing/here").send(&world).status, 404);
    assert_touches("an unknown path", &world, 0, 0);
}

#[test]
fn the_flow_touches_what_the_table_says() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);

    let page = browser.open(&party.query());
    assert_eq!(shown(&page), Shown::Login);
    assert_touches("authorize without a session", &world, 1, 0);

    let again = browser.submit(&page, &[("username", "diana"), ("password", "wrong")]);
    assert_eq!(shown(&again), Shown::Login);
    assert_touches("login, wrong password", &world, 1, 1);

    let consent = browser.sign_in(&page, "diana");
    assert_eq!(shown(&consent), Shown::Consent);
    assert_touches("login", &world, 1, 1);

    let code = callback(&browser.allow(&consent), "code");
    assert_touches("consent", &world, 1, 1);

    let token = party.access_token(&world, &code);
    assert_touches("code -> tokens", &world, 1, 1);

    assert_eq!(userinfo(&world, &token).status, 200);
    assert_touches("userinfo", &world, 0, 1);

    let redirect = browser.open(&party.query());
    assert_eq!(shown(&redirect), Shown::Redirect);
    assert_touches("authorize with a session and consent", &world, 1, 1);

    let consent = browser.open(&party.query().with("prompt", "consent"));
    assert_eq!(shown(&consent), Shown::Consent);
    assert_touches("authorize with a session, without consent", &world, 1, 1);

    assert_eq!(callback(&browser.deny(&consent), "error"), "access_denied");
    assert_touches("consent denied", &world, 1, 1);

    assert_eq!(party.redeem(&world, &code).status, 400);
    assert_touches("a code presented again", &world, 1, 1);
}

/// An isolate that has read of the client does all of it without KV, for as long as it remembers.
#[test]
fn an_isolate_that_remembers_the_client_reads_nothing() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    assert_eq!(world.take_touches().kv_gets, 1);
    let consent = browser.sign_in(&page, "diana");
    let code = callback(&browser.allow(&consent), "code");
    let token = party.access_token(&world, &code);
    assert_eq!(userinfo(&world, &token).status, 200);
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect);
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.kv_bulks), (0, 0));
    world.advance(FRESH);
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect);
    assert_eq!(world.take_touches().kv_gets, 1);
}

#[test]
fn a_refresh_is_one_read_and_one_question() {
    let (world, party) = scene();
    let query = party.query().with("scope", "openid email offline_access");
    let tokens = party.tokens(&world, &Browser::new(&world).code(&query, "diana"));
    begin(&world);
    let next = party.refreshed(&world, &text(&tokens, "refresh_token"));
    assert_touches("refresh", &world, 1, 1);
    party.refreshed(&world, &text(&tokens, "refresh_token"));
    assert_touches("refresh, once more within the grace", &world, 1, 1);
    assert_eq!(userinfo(&world, &text(&next, "access_token")).status, 200);
    assert_touches("userinfo with a refreshed token", &world, 0, 1);
    assert_eq!(party.refresh(&world, "invented").status, 400);
    assert_touches("an invented refresh token", &world, 1, 0);
}

#[test]
fn a_revocation_is_one_read_and_one_question() {
    let (world, party) = scene();
    let query = party.query().with("scope", "openid offline_access");
    let tokens = party.tokens(&world, &Browser::new(&world).code(&query, "diana"));
    begin(&world);
    for name in ["access_token", "refresh_token"] {
        for step in [name, "the same again"] {
            party.revoke(&world, &text(&tokens, name));
            assert_touches(step, &world, 1, 1);
        }
    }
    party.revoke(&world, &text(&tokens, "id_token"));
    assert_touches("an ID token", &world, 1, 0);
    party.revoke(&world, "invented");
    assert_touches("an invented token", &world, 1, 0);
}

#[test]
fn an_introspection_is_one_read_and_one_question() {
    let (world, party) = scene();
    let query = party.query().with("scope", "openid offline_access");
    let tokens = party.tokens(&world, &Browser::new(&world).code(&query, "diana"));
    begin(&world);
    for (token, commands) in [
        (text(&tokens, "access_token").as_str(), 1),
        (&text(&tokens, "refresh_token"), 1),
        (&text(&tokens, "id_token"), 0),
        ("invented", 0),
    ] {
        for accept in ["application/json", "application/token-introspection+jwt"] {
            let request = party.form_to("/introspection", &[("token", token)]).header("accept", accept);
            assert_eq!(request.send(&world).status, 200);
            assert_touches(token, &world, 1, commands);
        }
    }
}

#[test]
fn a_response_of_any_type_costs_as_much_as_a_code() {
    let (world, _) = scene();
    let party = Party::of_every_type(&world);
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    begin(&world);
    for response_type in ResponseType::ALL {
        for mode in ["fragment", "form_post"] {
            let query = party
                .query()
                .with("response_type", response_type.name())
                .with("response_mode", mode);
            assert_eq!(shown(&browser.open(&query)), Shown::Redirect);
            assert_touches(response_type.name(), &world, 1, 1);
        }
    }
    let hint = browser.answer(&party.query().with("response_type", "id_token"), "diana");
    begin(&world);
    assert_eq!(
        shown(&browser.open(&party.query().with("id_token_hint", hint.get("id_token")))),
        Shown::Redirect
    );
    assert_touches("with a hint", &world, 1, 1);
}

#[test]
fn userinfo_as_a_jwt_looks_the_client_up() {
    let (world, _) = scene();
    let keys = json!({ "keys": [crate::registration::refused::ec_key()] });
    for metadata in [
        json!({ "userinfo_signed_response_alg": "ES256" }),
        json!({ "userinfo_signed_response_alg": "HS256" }),
        json!({ "userinfo_encrypted_response_alg": "dir" }),
        json!({ "userinfo_encrypted_response_alg": "ECDH-ES", "jwks": keys }),
    ] {
        let party = Party::registered(&world, metadata.clone());
        let token = party.access_token(&world, &Browser::new(&world).code(&party.query(), "diana"));
        begin(&world);
        assert_eq!(userinfo(&world, &token).header("content-type"), Some("application/jwt"));
        assert_touches(&metadata.to_string(), &world, 1, 1);
    }
}

#[test]
fn an_expired_token_is_refused_where_it_is_read() {
    let (world, party) = scene();
    let token = party.access_token(&world, &Browser::new(&world).code(&party.query(), "diana"));
    world.advance(3600);
    begin(&world);
    assert_eq!(userinfo(&world, &token).status, 401);
    assert_touches("an expired token", &world, 0, 0);
}

type Step<'a> = Box<dyn FnOnce() -> Response + 'a>;

#[test]
fn what_is_refused_without_a_question_touches_no_object() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let cases: Vec<(&str, usize, Step<'_>)> = vec![
        (
            "an unknown client",
            1,
            Box::new(|| get(&party.query().with("client_id", "nobody").target()).send(&world)),
        ),
        (
            "a client_id that KV could not hold",
            0,
            Box::new(|| get(&party.query().with("client_id", &"x".repeat(600)).target()).send(&world)),
        ),
        (
            "no client_id",
            0,
            Box::new(|| get(&party.query().without("client_id").target()).send(&world)),
        ),
        (
            "a request with an error",
            1,
            Box::new(|| get(&party.query().with("response_type", "token").target()).send(&world)),
        ),
        (
            "prompt=none without a session",
            1,
            Box::new(|| get(&party.query().with("prompt", "none").target()).send(&world)),
        ),
        ("an invented code", 1, Box::new(|| party.redeem(&world, &"A".repeat(136)))),
        (
            "no code",
            1,
            Box::new(|| party.present(&world, &[("grant_type", "authorization_code")])),
        ),
        ("an invented token", 0, Box::new(|| userinfo(&world, "a.b.c"))),
        ("no token", 0, Box::new(|| get("/userinfo").send(&world))),
        ("a form without its page", 0, Box::new(|| browser_form(&world))),
    ];
    for (case, kv_gets, send) in cases {
        let response = send();
        assert!(response.status >= 300, "{case}");
        assert_touches(case, &world, kv_gets, 0);
    }
    let page = browser.open(&party.query());
    begin(&world);
    for (user, password, commands) in [
        ("not a name", PASSWORD, 0),
        ("", PASSWORD, 0),
        ("diana", "x".repeat(1025).as_str(), 0),
        ("nobody", PASSWORD, 1),
    ] {
        assert_eq!(browser.submit(&page, &[("username", user), ("password", password)]).status, 400);
        assert_touches(user, &world, 1, commands);
    }
}

fn browser_form(world: &World) -> Response {
    crate::world::post("/login")
        .form(&[("interaction", "invented"), ("username", "diana")])
        .send(world)
}

#[test]
fn a_client_too_young_for_kv_costs_one_question_more() {
    let (world, _) = scene();
    world.freeze_kv();
    let young = Party::register(&world);
    begin(&world);
    let page = Browser::new(&world).open(&young.query());
    assert_eq!(shown(&page), Shown::Login);
    let touches = world.take_touches();
    assert_eq!(
        (touches.kv_gets, touches.asked(Class::Registration), touches.all_asked()),
        (1, 1, 1)
    );
}

#[test]
fn registration_is_counted_kept_and_copied() {
    let (world, _) = scene();
    let metadata = json!({ "redirect_uris": ["https://rp.example/cb"] });
    let client = world.register(metadata.clone());
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.kv_puts, touches.kv_lists), (0, 1, 0));
    assert_eq!(
        (
            touches.asked(Class::Pending),
            touches.asked(Class::Registration),
            touches.all_asked()
        ),
        (1, 1, 2)
    );

    let read = get(&client.configuration()).bearer(client.token()).send(&world);
    assert_eq!(read.status, 200);
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.kv_puts, touches.all_asked()), (0, 0, 1));

    let mut replaced = metadata;
    replaced["client_id"] = client.id().into();
    assert_eq!(
        put(&client.configuration())
            .bearer(client.token())
            .json(&replaced)
            .send(&world)
            .status,
        200
    );
    let touches = world.take_touches();
    assert_eq!(
        (touches.kv_gets, touches.kv_puts, touches.all_asked()),
        (0, 1, 3),
        "read, replace, and a look at what is kept"
    );

    assert_eq!(delete(&client.configuration()).bearer(client.token()).send(&world).status, 204);
    let touches = world.take_touches();
    assert_eq!((touches.kv_gets, touches.kv_puts, touches.all_asked()), (0, 1, 2));

    // What is refused before it is counted touches nothing.
    let refused = crate::world::post("/registration")
        .json(&json!({ "redirect_uris": [] }))
        .send(&world);
    assert_eq!((refused.status, world.take_touches()), (400, Touches::default()));
}
