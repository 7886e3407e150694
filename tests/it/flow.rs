//! The authorization code flow from a client's link to userinfo, as a person with a scriptless browser goes through it.

pub mod answer;
pub mod browser;
mod claims;
mod clock;
mod codes;
mod consent;
mod ends;
mod formats;
mod hints;
mod introspection;
mod nodes;
pub mod party;
mod pkce;
mod prompts;
mod races;
mod refresh;
mod refresh_ends;
mod response_modes;
mod response_types;
mod revocation;
mod rules;
mod scopes;
mod seed;
mod session_state;
mod sign_up;
mod subjects;
mod switch;
mod tries;

use crate::world::{ADMIN_TOKEN, ISSUER, World, body, get, post, put};
use browser::{Browser, Shown, callback, hidden_field, parameter, shown};
use party::{PASSWORD, Party, claims, decode, enrol, text, userinfo};
use serde_json::{Value, json};
use treeline::http::Response;
use treeline::jose::crypto::Crypto;
use treeline::jose::jws;
use treeline::object::Class;
use treeline::platform::Platform;

/// Checks a signature against the published keys, as a client does.
pub fn assert_signed(world: &World, jwt: &str, alg: &str) {
    let received = jws::parse(jwt).expect("a JWS");
    assert_eq!(received.header.alg, alg);
    let kid = received.header.kid.as_deref().expect("a kid");
    let published = body(&get("/jwks").send(world));
    let fitting: Vec<&Value> = published["keys"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["kid"] == kid)
        .collect();
    assert_eq!(fitting.len(), 1, "{published}");
    assert_eq!((&fitting[0]["alg"], &fitting[0]["use"]), (&json!(alg), &json!("sig")));
    let key = serde_json::from_value(fitting[0].clone()).unwrap();
    let sound = pollster::block_on(world.verify(&key, &received.signature, received.signing_input.as_bytes()));
    assert_eq!(sound, Ok(true));
}

#[test]
fn a_person_signs_in_and_the_client_learns_who_it_is() {
    let world = World::new();
    let account = json!({ "password": PASSWORD, "claims": claims("diana") });
    assert_eq!(
        put("/admin/users/diana").bearer(ADMIN_TOKEN).json(&account).send(&world).status,
        201
    );
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);

    let page = browser.open(&party.query());
    assert_eq!((page.status, shown(&page)), (200, Shown::Login));
    assert_eq!(world.stored(Class::UserSession), ["diana"], "the request itself stores nothing");
    world.advance(5);
    let page = browser.sign_in(&page, "diana");
    assert_eq!((page.status, shown(&page)), (200, Shown::Consent));
    world.advance(5);
    let redirect = browser.allow(&page);
    let code = callback(&redirect, "code");
    assert_eq!(callback(&redirect, "state"), "the state");
    assert_eq!(callback(&redirect, "iss"), ISSUER);
    assert_eq!(redirect.header("cache-control"), Some("no-store"));
    world.advance(5);

    let response = party.redeem(&world, &code);
    assert_eq!(response.status, 200, "{}", response.body.as_str());
    assert_eq!(
        (response.header("cache-control"), response.header("pragma")),
        (Some("no-store"), Some("no-cache"))
    );
    let tokens = body(&response);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], party::SCOPE);
    let members: Vec<&String> = tokens.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "token_type", "expires_in", "scope", "id_token"]);

    let now = world.now().0;
    let id_token = text(&tokens, "id_token");
    assert_signed(&world, &id_token, "RS256");
    let (header, id_claims) = decode(&id_token);
    assert_eq!(header["typ"], Value::Null);
    let sub = text(&id_claims, "sub");
    assert_eq!(
        id_claims,
        json!({
            "iss": ISSUER, "sub": sub, "aud": party.client.id(), "exp": now + 300, "iat": now, "auth_time": now - 10,
            "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword", "nonce": "the nonce",
        })
    );

    let access_token = text(&tokens, "access_token");
    assert_signed(&world, &access_token, "ES256");
    let (header, access_claims) = decode(&access_token);
    assert_eq!(header["typ"], "at+jwt");
    let jti = text(&access_claims, "jti");
    assert_eq!(
        access_claims,
        json!({
            "iss": ISSUER, "sub": sub, "aud": ISSUER, "client_id": party.client.id(), "scope": party::SCOPE, "jti": jti, "iat": now,
            "exp": now + 3600, "auth_time": now - 10, "acr": "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword",
        })
    );
    for (name, said) in [("id_token", &id_claims), ("access_token", &access_claims)] {
        assert!(!said.to_string().contains("diana"), "{name} names the user: {said}");
    }

    let mut expected = claims("diana");
    expected.insert("sub".to_owned(), sub.into());
    for response in [
        userinfo(&world, &access_token),
        post("/userinfo").bearer(&access_token).send(&world),
        post("/userinfo").form(&[("access_token", &access_token)]).send(&world),
    ] {
        assert_eq!((response.status, body(&response)), (200, Value::Object(expected.clone())));
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
    assert_eq!(world.faults(), []);
}

#[test]
fn the_scope_decides_what_userinfo_says() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    for (scope, members) in [
        ("openid", vec!["sub"]),
        ("openid email", vec!["sub", "email", "email_verified"]),
        ("phone openid", vec!["sub", "phone_number"]),
        ("openid profile", vec!["sub", "name", "nickname"]),
        ("openid address unknown", vec!["sub", "address"]),
    ] {
        let code = browser.code(&party.query().with("scope", scope), "diana");
        let token = party.access_token(&world, &code);
        let said = body(&userinfo(&world, &token));
        let names: Vec<&String> = said.as_object().unwrap().keys().collect();
        assert_eq!(names, members, "{scope}");
    }
}

#[test]
fn without_openid_there_is_no_id_token_and_no_userinfo() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let code = Browser::new(&world).code(&party.query().with("scope", "email"), "diana");
    let tokens = party.tokens(&world, &code);
    assert_eq!(tokens["id_token"], Value::Null);
    let response = userinfo(&world, &text(&tokens, "access_token"));
    assert_eq!(response.status, 403);
    assert!(
        response
            .header("www-authenticate")
            .unwrap()
            .contains(r#"error="insufficient_scope""#)
    );
}

#[test]
fn a_client_with_a_logout_uri_is_told_a_sid_of_its_own() {
    let world = World::new();
    enrol(&world, "diana");
    let sid_at = |host: &str, browser: &mut Browser<'_>| {
        let party = Party::with(
            &world,
            json!({ "redirect_uris": [format!("https://{host}/cb")], "backchannel_logout_uri": format!("https://{host}/logout") }),
        );
        let code = browser.code(&party.query(), "diana");
        let (_, claims) = decode(&text(&party.tokens(&world, &code), "id_token"));
        (party.clone(), text(&claims, "sid"))
    };
    let mut browser = Browser::new(&world);
    let (one, at_one) = sid_at("one.example", &mut browser);
    let (_, at_other) = sid_at("other.example", &mut browser);
    assert_ne!(at_one, at_other, "clients could tell each other whose session it is");
    assert!(!at_one.contains("diana"));
    let again = browser.code(&one.query(), "diana");
    let (_, claims) = decode(&text(&one.tokens(&world, &again), "id_token"));
    assert_eq!(text(&claims, "sid"), at_one, "it is the same login");
    world.advance(3600);
    let later = browser.code(&one.query(), "diana");
    let (_, claims) = decode(&text(&one.tokens(&world, &later), "id_token"));
    assert_ne!(text(&claims, "sid"), at_one, "it is another login");
}

#[test]
fn state_and_nonce_come_back_byte_for_byte() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let long = "x".repeat(2048);
    for value in [
        "a+b c%20&d=e",
        "<script>\"'\\",
        "\r\nSet-Cookie: a=b",
        "åäö \u{1f332}",
        long.as_str(),
        "0-._~",
    ] {
        let redirect = browser.authorize(&party.query().with("state", value).with("nonce", value), "diana");
        assert_eq!(callback(&redirect, "state"), value);
        let location = redirect.header("location").unwrap();
        assert!(location.bytes().all(|byte| (0x21..0x7f).contains(&byte)), "{location}");
        let (_, claims) = decode(&text(&party.tokens(&world, &callback(&redirect, "code")), "id_token"));
        assert_eq!(claims["nonce"], value);
    }
    let redirect = browser.authorize(&party.query().without("state").without("nonce"), "diana");
    assert_eq!(parameter(&redirect, "state"), None);
    let (_, claims) = decode(&text(&party.tokens(&world, &callback(&redirect, "code")), "id_token"));
    assert_eq!(claims["nonce"], Value::Null);
}

#[test]
fn a_request_may_be_posted_and_a_registered_query_stays() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::with(&world, json!({ "redirect_uris": ["https://rp.example/cb?shop=1"] }));
    let target = party.query().target();
    let (path, query) = target.split_once('?').unwrap();
    let page = post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .text(query)
        .send(&world);
    assert_eq!(shown(&page), Shown::Login);
    let redirect = Browser::new(&world).authorize(&party.query(), "diana");
    assert!(
        redirect
            .header("location")
            .unwrap()
            .starts_with("https://rp.example/cb?shop=1&code=")
    );
    assert_eq!(party.redeem(&world, &callback(&redirect, "code")).status, 200);
}

#[test]
fn forms_count_only_in_the_browser_they_were_shown_in() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut victim = Browser::new(&world);
    let mut attacker = Browser::new(&world);

    // A sign-in form of another browser: with no mark of this one's, and with another mark.
    let page = attacker.open(&party.query());
    assert_eq!(shown(&victim.sign_in(&page, "diana")), Shown::Error("access_denied".to_owned()));
    let own = victim.open(&party.query());
    let refused = victim.sign_in(&page, "diana");
    assert_eq!((refused.status, shown(&refused)), (403, Shown::Error("access_denied".to_owned())));

    // A consent form of another login, though of the same person.
    let consent = victim.sign_in(&own, "diana");
    let other = attacker.open(&party.query());
    let foreign = attacker.sign_in(&other, "diana");
    assert_eq!((shown(&consent), shown(&foreign)), (Shown::Consent, Shown::Consent));
    assert_eq!(victim.allow(&foreign).status, 403);
    assert_eq!(victim.deny(&foreign).status, 403);

    // A form of one page sent to the other's address.
    for (page, path) in [(&own, "/consent"), (&consent, "/login")] {
        let moved = Response {
            body: treeline::http::Body::Text(format!(
                r#"<form method="post" action="{path}"><input name="interaction" value="{}">"#,
                hidden_field(page)
            )),
            ..page.clone()
        };
        let response = victim.submit(&moved, &[("username", "diana"), ("password", PASSWORD), ("decision", "allow")]);
        assert_eq!(response.status, 403, "{path}");
    }
    assert_eq!(
        shown(&victim.allow(&consent)),
        Shown::Redirect,
        "nothing of it has hurt the right one"
    );
}

#[test]
fn a_form_that_says_it_stood_elsewhere_is_refused() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let sealed = hidden_field(&page);
    let mark = browser.cookie("__Host-treeline-browser").unwrap().to_owned();
    for (name, value, allowed) in [
        ("origin", "https://evil.example", false),
        ("origin", "https://login.example.com.evil.example", false),
        ("origin", "http://login.example.com", false),
        ("origin", ISSUER, true),
        ("origin", "null", true),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "same-origin", true),
    ] {
        let response = post("/login")
            .header(name, value)
            .header("cookie", &format!("__Host-treeline-browser={mark}"))
            .form(&[("interaction", sealed.as_str()), ("username", "diana"), ("password", "wrong")])
            .send(&world);
        assert_eq!(response.status, if allowed { 400 } else { 403 }, "{name}: {value}");
    }
}

#[test]
fn storage_holds_nothing_that_opens_a_door() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let code = browser.code(&party.query(), "diana");
    let other_code = browser.code(&party.query(), "diana");
    let tokens = party.tokens(&world, &code);
    let dump = world.dump();
    let (_, access_claims) = decode(&text(&tokens, "access_token"));
    for (name, secret) in [
        ("code", code.as_str()),
        ("unused code", &other_code),
        ("access token", &text(&tokens, "access_token")),
        ("jti", &text(&access_claims, "jti")),
        ("session cookie", browser.cookie("__Host-treeline-session").unwrap()),
        ("client secret", party.client.secret()),
        ("registration access token", party.client.token()),
        ("password", PASSWORD),
        ("verifier", party::VERIFIER),
    ] {
        assert!(!dump.contains(secret), "the storage holds a {name}");
    }
}
