//! Whole requests: any method, path, query, headers and body, and sound ones with something changed. Each is answered, none with a 5xx.

use super::{config, nearly, odd_text};
use crate::flow::browser::{Browser, hidden_field};
use crate::flow::party::{Party, VERIFIER, challenge, enrol};
use crate::world::call::request;
use crate::world::{ADMIN_TOKEN, World};
use proptest::prelude::*;
use treeline::http::{Method, Response};
use treeline::oauth::params;

const METHODS: [Method; 7] = [
    Method::Get,
    Method::Head,
    Method::Post,
    Method::Put,
    Method::Delete,
    Method::Options,
    Method::Other,
];

const PATHS: [&str; 23] = [
    "/",
    "/authorization",
    "/login",
    "/consent",
    "/account",
    "/account/sign_in",
    "/token",
    "/revocation",
    "/introspection",
    "/userinfo",
    "/registration",
    "/registration_api",
    "/jwks",
    "/icon.svg",
    "/.well-known/openid-configuration",
    "/.well-known/webfinger",
    "/admin/clients",
    "/admin/keys",
    "/admin/keys/rotate",
    "/admin/users/diana",
    "/admin/sessions/diana",
    "/admin/sessions/diana/logins",
    "/admin/sessions/diana/grants/0123456789abcdef0123456789abcdef",
];

const NAMES: [&str; 28] = [
    "response_type",
    "response_mode",
    "client_id",
    "client_secret",
    "client_assertion",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "login_hint",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "code",
    "access_token",
    "interaction",
    "username",
    "password",
    "decision",
    "done",
    "sign_out",
    "withdraw",
    "new_password",
    "resource",
    "rel",
];

const HEADERS: [&str; 10] = [
    "authorization",
    "content-type",
    "cookie",
    "origin",
    "sec-fetch-site",
    "if-none-match",
    "cf-connecting-ip",
    "cf-ipcountry",
    "user-agent",
    "host",
];

fn method() -> impl Strategy<Value = Method> {
    prop::sample::select(&METHODS[..])
}

fn path() -> impl Strategy<Value = String> {
    let known = || prop::sample::select(&PATHS[..]).prop_map(str::to_owned);
    prop_oneof![4 => known(), 2 => nearly(known()), 1 => odd_text().prop_map(|text| format!("/{text}"))]
}

/// Pairs as a form, of known names with odd values; or just odd.
fn pairs() -> impl Strategy<Value = String> {
    let pair = (prop::sample::select(&NAMES[..]), odd_text());
    let form =
        prop::collection::vec(pair, 0..8).prop_map(|pairs| params::encode(pairs.iter().map(|(name, value)| (*name, value.as_str()))));
    prop_oneof![3 => form.boxed(), 1 => nearly(Just("response_type=code&client_id=x".to_owned())).boxed(), 1 => odd_text().boxed()]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let sound = prop::sample::select(vec![
        "application/x-www-form-urlencoded",
        "application/json",
        "Bearer a.b.c",
        "Basic YTpi",
        "null",
        "cross-site",
        "*",
        "2001:db8::1",
    ]);
    let value = prop_oneof![odd_text(), nearly(sound.prop_map(str::to_owned))];
    prop::collection::vec((prop::sample::select(&HEADERS[..]), value), 0..5)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => pairs().prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..200),
        1 => nearly(Just(r#"{"redirect_uris":["https://rp.example/cb"],"client_name":"x","jwks":{"keys":[]}}"#.to_owned())).prop_map(String::into_bytes),
        1 => nearly(Just(r#"{"password":"a password","claims":{"name":"x","address":{"a":[1,2.5,null]}},"disabled":false}"#.to_owned())).prop_map(String::into_bytes),
    ]
}

/// Every response: an answer, of a size that has a bound, whose headers nobody can break out of, and nothing of it a fault of ours.
fn check(world: &World, response: &Response, sent: usize) -> Result<(), TestCaseError> {
    prop_assert!((200..500).contains(&response.status), "{}: {:?}", response.status, response.body);
    prop_assert_eq!(world.faults(), []);
    prop_assert!(
        response.body.as_str().len() <= 40_000 + 10 * sent,
        "{} bytes",
        response.body.as_str().len()
    );
    for (name, value) in &response.headers {
        prop_assert!(value.chars().all(|c| matches!(c, ' '..='~')), "{}: {:?}", name, value);
    }
    let count = |name: &str| response.headers.iter().filter(|(key, _)| *key == name).count();
    for (name, _) in response.headers.iter().filter(|(name, _)| *name != "set-cookie") {
        prop_assert_eq!(count(name), 1, "{} in {:?}", name, response.headers);
    }
    prop_assert_eq!((count("x-content-type-options"), count("strict-transport-security")), (1, 1));
    let is_page = response
        .header("content-type")
        .is_some_and(|media_type| media_type.starts_with("text/html"));
    if is_page || count("location") == 1 {
        prop_assert_eq!((count("x-frame-options"), count("referrer-policy")), (1, 1));
        prop_assert_eq!(count("cache-control"), 1);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything(method in method(), path in path(), query in pairs(), headers in headers(), body in body(), is_too_large in prop::bool::weighted(0.05)) {
        let world = World::new();
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        let sent = target.len() + body.len() + headers.iter().map(|(_, value)| value.len()).sum::<usize>();
        let mut outgoing = headers.iter().fold(request(method, &target), |outgoing, (name, value)| outgoing.header(name, value)).bytes(&body);
        if is_too_large {
            outgoing = outgoing.too_large();
        }
        let response = outgoing.send(&world);
        check(&world, &response, sent)?;
    }

    #[test]
    fn an_authorization_request_with_something_odd(
        name in prop::sample::select(&NAMES[..]),
        value in odd_text(),
        other in prop::sample::select(&NAMES[..]),
        other_value in odd_text(),
        twice in any::<bool>(),
        posted in any::<bool>(),
    ) {
        let world = World::new();
        let party = Party::with(&world, serde_json::json!({ "redirect_uris": ["https://rp.example/cb?a=b"] }));
        let mut target = party.query().with(name, &value).with(other, &other_value).target();
        if twice {
            target += &format!("&{}", params::encode([(name, value.as_str())]));
        }
        let request = match target.split_once('?') {
            Some((path, query)) if posted => request(Method::Post, path).header("content-type", "application/x-www-form-urlencoded").text(query),
            _ => request(Method::Get, &target),
        };
        let response = request.send(&world);
        check(&world, &response, target.len())?;
        if let Some(location) = response.header("location") {
            prop_assert!(location.starts_with("https://rp.example/cb?a=b&error="), "{}", location);
            prop_assert_eq!(location.matches("iss=https%3A%2F%2Flogin.example.com").count(), 1);
            prop_assert!(!location.contains('#'));
        }
    }

    #[test]
    fn a_token_request_with_something_odd(name in prop::sample::select(&NAMES[..]), value in odd_text(), authorization in odd_text(), is_proved in any::<bool>()) {
        let world = World::new();
        let party = Party::register(&world);
        let mut fields = vec![("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", "https://rp.example/cb"), ("code_verifier", VERIFIER)];
        fields.retain(|(key, _)| *key != name);
        fields.push((name, &value));
        let outgoing = request(Method::Post, "/token").form(&fields);
        let outgoing = if is_proved { outgoing.basic(&party.client) } else { outgoing.header("authorization", &authorization) };
        let response = outgoing.send(&world);
        check(&world, &response, value.len())?;
        prop_assert!(matches!(response.status, 400 | 401));
        prop_assert_eq!(response.header("cache-control"), Some("no-store"));
    }

    #[test]
    fn the_operator_s_request_with_something_odd(name in prop_oneof![odd_text(), nearly(Just("diana".to_owned()))], body in body(), method in method()) {
        let world = World::new();
        enrol(&world, "diana");
        let encoded = percent_encode(&name);
        for path in [format!("/admin/users/{encoded}"), format!("/admin/sessions/{encoded}"), format!("/admin/users/{name}")] {
            let response = request(method, &path).bearer(ADMIN_TOKEN).header("content-type", "application/json").bytes(&body).send(&world);
            check(&world, &response, body.len() + name.len() + 1000)?;
        }
    }

    #[test]
    fn a_registration_with_something_odd(document in body(), update in body()) {
        let world = World::new();
        let party = Party::register(&world);
        let response = request(Method::Post, "/registration").header("content-type", "application/json").bytes(&document).send(&world);
        check(&world, &response, document.len())?;
        let response = request(Method::Put, &party.client.configuration())
            .bearer(party.client.token())
            .header("content-type", "application/json")
            .bytes(&update)
            .send(&world);
        check(&world, &response, update.len())?;
    }
}

proptest! {
    // A name that there may be costs a password hash.
    #![proptest_config(ProptestConfig { cases: 48, ..config() })]

    #[test]
    fn a_form_with_something_odd(
        username in prop_oneof![odd_text(), nearly(Just("diana".to_owned()))],
        password in odd_text(),
        decision in odd_text(),
        sealed in odd_text(),
        hint in odd_text(),
        keeps in any::<bool>(),
    ) {
        let world = World::new();
        enrol(&world, "diana");
        let party = Party::register(&world);
        let mut browser = Browser::new(&world);
        let query = party.query().with("login_hint", &hint).with("code_challenge", &challenge(VERIFIER));
        let page = browser.open(&query);
        let mut form = vec![("username", username.as_str()), ("password", password.as_str())];
        if !keeps {
            form.push(("interaction", sealed.as_str()));
        }
        let response = browser.submit(&page, &form);
        let sent = username.len() + hint.len() + 2 * hidden_field(&page).len();
        check(&world, &response, sent)?;
        let consent = browser.sign_in(&page, "diana");
        let response = browser.submit(&consent, &[("decision", &decision), (&username, &password)]);
        check(&world, &response, sent + decision.len())?;
    }
}

fn percent_encode(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
