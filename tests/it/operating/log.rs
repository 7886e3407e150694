//! The operator's log: one line for every request, by which the request is found again, and nothing in it that is nobody's business.

use crate::flow::browser::{Browser, Shown, callback, hidden_field, shown};
use crate::flow::party::{OFFLINE, PASSWORD, Party, enrol, text, userinfo};
use crate::world::{ADMIN_TOKEN, Outgoing, World, body, delete, get, post, put};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use treeline::http::Response;
use treeline::object::Class;

fn lines(world: &World) -> Vec<Value> {
    let line = |line: String| serde_json::from_str(&line).expect("a line of JSON");
    world.take_lines().into_iter().map(line).collect()
}

/// The one line of a request, without its number, which has to be the response's.
#[track_caller]
fn line_of(world: &World, response: &Response) -> Value {
    let mut lines = lines(world);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let mut line = lines.remove(0);
    let number = line.as_object_mut().unwrap().shift_remove("request_id").unwrap();
    assert_eq!(Some(number.as_str().unwrap()), response.header("x-request-id"));
    line
}

fn expected(method: &str, route: &str, (status, outcome): (u16, &str)) -> Value {
    json!({ "method": method, "route": route, "status": status, "outcome": outcome, "ms": 0 })
}

#[test]
fn a_line_names_the_route_and_the_outcome() {
    let world = World::with(&[("LOG", "all")]);
    enrol(&world, "diana");
    lines(&world);
    let user = "/admin/sessions/diana";
    let hex = "0123456789abcdef0123456789abcdef";
    let token = |request: Outgoing| request.bearer(ADMIN_TOKEN);
    let cases: Vec<(Outgoing, Value)> = vec![
        (get("/jwks"), expected("GET", "/jwks", (200, "ok"))),
        (get("/jwks?x=secret"), expected("GET", "/jwks", (200, "ok"))),
        (get("/no/such/secret"), expected("GET", "*", (404, "not_found"))),
        (put("/token"), expected("PUT", "/token", (405, "wrong_method"))),
        (post("/token"), expected("POST", "/token", (400, "invalid_request"))),
        (get("/userinfo"), expected("GET", "/userinfo", (401, "unauthorized"))),
        (get("/userinfo").bearer("x"), expected("GET", "/userinfo", (401, "invalid_token"))),
        (get("/authorization"), expected("GET", "/authorization", (400, "invalid_request"))),
        (post("/login"), expected("POST", "/login", (400, "invalid_request"))),
        (get("/login"), expected("GET", "/login", (405, "invalid_request"))),
        (get(user), expected("GET", "/admin/sessions/{username}", (401, "unauthorized"))),
        (token(get(user)), expected("GET", "/admin/sessions/{username}", (200, "ok"))),
        (
            token(get("/admin/users/diana")),
            expected("GET", "/admin/users/{username}", (200, "ok")),
        ),
        (
            token(get("/admin/users/nobody")),
            expected("GET", "/admin/users/{username}", (404, "not_found")),
        ),
        (
            token(get("/admin/sessions/diana/logins")),
            expected("GET", "/admin/sessions/{username}/logins", (200, "ok")),
        ),
        (
            token(delete(&format!("{user}/tokens/{hex}"))),
            expected("DELETE", "/admin/sessions/{username}/{kind}/{id}", (404, "not_found")),
        ),
        (
            token(get("/admin/clients/abc/policy")),
            expected("GET", "/admin/clients/{client_id}/policy", (404, "not_found")),
        ),
    ];
    for (request, expected) in cases {
        let response = request.send(&world);
        assert_eq!(line_of(&world, &response), expected);
    }
}

#[test]
fn a_line_names_the_client_as_soon_as_that_is_known() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    lines(&world);
    let mut browser = Browser::new(&world);
    let client = |response: &Response| line_of(&world, response)["client_id"].clone();
    let page = browser.open(&party.query());
    assert_eq!(client(&page), party.client.id());
    let consent = browser.sign_in(&page, "diana");
    assert_eq!(client(&consent), party.client.id());
    let code = callback(&browser.allow(&consent), "code");
    lines(&world);
    assert_eq!(client(&party.redeem(&world, &code)), party.client.id());
    // Who only says to be a client is none.
    let mut guess = party.client.clone();
    guess.0["client_secret"] = "guess".into();
    let refused = post("/token").basic(&guess).form(&party.token_fields(&code)).send(&world);
    assert_eq!((refused.status, client(&refused)), (401, Value::Null));
    assert_eq!(client(&get("/authorization?client_id=invented").send(&world)), Value::Null);
}

#[test]
fn what_a_redirect_or_a_page_says_is_the_outcome() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let outcome = |response: &Response| {
        let lines = lines(&world);
        let line = lines.last().unwrap();
        assert_eq!(line["status"], response.status);
        text(line, "outcome")
    };
    let silent = browser.open(&party.query().with("prompt", "none"));
    assert_eq!((silent.status, outcome(&silent).as_str()), (303, "login_required"));
    let posted = browser.open(&party.query().with("prompt", "none").with("response_mode", "form_post"));
    assert_eq!((posted.status, outcome(&posted).as_str()), (200, "login_required"));
    let page = browser.open(&party.query());
    assert_eq!(outcome(&page), "ok");
    let wrong = browser.submit(&page, &[("username", "diana"), ("password", "wrong")]);
    assert_eq!((wrong.status, outcome(&wrong).as_str()), (400, "rejected"));
    let consent = browser.sign_in(&page, "diana");
    assert_eq!(outcome(&consent), "ok");
    let denied = browser.deny(&consent);
    assert_eq!((denied.status, outcome(&denied).as_str()), (303, "access_denied"));
    for _ in 0..11 {
        browser.submit(&page, &[("username", "diana"), ("password", "wrong")]);
    }
    let late = browser.sign_in(&page, "diana");
    assert_eq!((late.status, outcome(&late).as_str()), (429, "slow_down"));
}

#[test]
fn the_number_is_cloudflare_s_where_there_is_one() {
    let world = World::new();
    let number = |request: Outgoing| request.send(&world).header("x-request-id").unwrap().to_owned();
    assert_eq!(
        number(get("/jwks").header("cf-ray", "8f2c1d4e5a6b7c8d-ARN")),
        "8f2c1d4e5a6b7c8d-ARN"
    );
    let own: BTreeSet<String> = (0..100).map(|_| number(get("/jwks"))).collect();
    assert_eq!(own.len(), 100);
    assert!(own.iter().all(|number| number.len() == 12), "{own:?}");
    for forged in ["", "a b", "a\"b", "å", &"a".repeat(65)] {
        assert_eq!(number(get("/jwks").header("cf-ray", forged)).len(), 12, "{forged:?}");
    }
    // Whatever the answer: a page of nobody's, a preflight, a refusal.
    for request in [
        get("/nothing"),
        crate::world::call::request(treeline::http::Method::Options, "/token"),
        put("/token"),
    ] {
        assert_eq!(number(request).len(), 12);
    }
}

#[test]
fn a_fault_stands_under_the_number_that_the_peer_was_given() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    lines(&world);
    world.set_reachable(Class::UserSession, "diana", false);
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    lines(&world);
    let form = browser.form(&page, &[("username", "diana"), ("password", PASSWORD)]);
    let response = world.send(&form);
    assert_eq!(response.status, 503);
    let number = response.header("x-request-id").unwrap();
    assert!(response.body.as_str().contains(number));
    let lines = lines(&world);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().all(|line| line["request_id"] == number));
    assert_eq!(lines[0]["fault"], "object UserSession: unreachable");
    assert_eq!(lines[1]["outcome"], "temporarily_unavailable");
}

#[test]
fn the_log_has_what_the_operator_wants_of_it() {
    let written = |log: &str| {
        let world = World::with(&[("LOG", log)]);
        let party = Party::register(&world);
        get("/jwks").send(&world);
        world.set_reachable(Class::UserSession, "diana", false);
        let mut browser = Browser::new(&world);
        let page = browser.open(&party.query());
        world.send(&browser.form(&page, &[("username", "diana"), ("password", PASSWORD)]));
        lines(&world).len()
    };
    assert_eq!(written("all"), 5, "four requests and a fault");
    assert_eq!(written("requests"), 4, "the same without the public document's");
    assert_eq!(written("errors"), 2, "the request that failed, and why");
    assert_eq!(written("off"), 0);
}

/// Everything in a response that somebody could use: tokens, codes, cookies, what a page has sealed.
fn secrets_of(response: &Response) -> Vec<String> {
    let mut secrets = vec![];
    for (name, value) in &response.headers {
        match *name {
            "set-cookie" => secrets.extend(value.split(['=', ';']).nth(1).map(str::to_owned)),
            "location" => secrets.extend(value.split(['=', '&', '#']).map(str::to_owned)),
            _ => {}
        }
    }
    if let Ok(Value::Object(members)) = serde_json::from_str(response.body.as_str()) {
        secrets.extend(
            members
                .into_iter()
                .filter(|(name, _)| name != "client_id")
                .filter_map(|(_, value)| value.as_str().map(str::to_owned)),
        );
    }
    if response.body.as_str().contains(r#"name="interaction""#) {
        secrets.push(hidden_field(response));
    }
    // Words of the protocol are not secrets: what is, is long.
    secrets.retain(|secret| secret.len() >= 20);
    secrets
}

#[test]
fn no_line_has_a_secret_in_it() {
    let world = World::with(&[("SIGN_UP", "open")]);
    let name = "wilhelmina-of-orange";
    enrol(&world, name);
    let registered = json!({ "grant_types": ["authorization_code", "refresh_token"], "backchannel_logout_uri": "https://rp.example/out" });
    let party = Party::registered(&world, registered);
    let mut secrets = vec![
        name.to_owned(),
        "Wilhelmina".to_owned(),
        PASSWORD.to_owned(),
        ADMIN_TOKEN.to_owned(),
        party.client.secret().to_owned(),
        party.client.token().to_owned(),
        "the state".to_owned(),
        "the nonce".to_owned(),
        "203.0.113.7".to_owned(),
        "Firefox".to_owned(),
    ];
    let mut seen = |response: Response| {
        secrets.extend(secrets_of(&response));
        response
    };
    let mut browser = Browser::new(&world)
        .with_header("cf-connecting-ip", "203.0.113.7")
        .with_header("user-agent", "Firefox Windows");
    let query = party.query().with("scope", OFFLINE).with("login_hint", name);
    let page = seen(browser.open(&query));
    let again = seen(browser.submit(&page, &[("username", name), ("password", "a wrong password of some length")]));
    let consent = seen(browser.sign_in(&again, name));
    assert_eq!(shown(&consent), Shown::Consent);
    let answer = seen(browser.allow(&consent));
    let code = callback(&answer, "code");
    let bought = seen(party.redeem(&world, &code));
    let tokens = body(&bought);
    seen(party.refresh(&world, &text(&tokens, "refresh_token")));
    seen(party.redeem(&world, &code));
    seen(userinfo(&world, &text(&tokens, "access_token")));
    for token in ["access_token", "refresh_token"] {
        seen(party.form_to("/introspection", &[("token", &text(&tokens, token))]).send(&world));
        seen(party.form_to("/revocation", &[("token", &text(&tokens, token))]).send(&world));
    }
    seen(get(&party.client.configuration()).bearer(party.client.token()).send(&world));
    seen(get(&format!("/.well-known/webfinger?resource=acct:{name}@login.example.com")).send(&world));
    seen(browser.visit("/account"));
    for path in ["", "/logins", "/consents", "/deliveries", "/nothing", "/logins/x"] {
        for root in ["/admin/sessions/", "/admin/users/", "/admin/"] {
            seen(get(&format!("{root}{name}{path}")).bearer(ADMIN_TOKEN).send(&world));
        }
    }
    seen(get(&format!("/{name}?access_token={}", text(&tokens, "access_token"))).send(&world));
    seen(browser.end_session(&[("id_token_hint", &text(&tokens, "id_token")), ("state", "the state")]));
    // The logout token: nobody takes it.
    world.run_alarms();
    world.set_reachable(Class::UserSession, name, false);
    seen(world.send(&browser.form(&page, &[("username", name), ("password", PASSWORD)])));
    let lines = world.take_lines();
    assert!(lines.len() > 30, "{lines:?}");
    assert!(secrets.len() > 20, "{secrets:?}");
    for line in &lines {
        let line = line.replace(party.client.id(), "CLIENT");
        let leaked: Vec<&String> = secrets.iter().filter(|secret| line.contains(secret.as_str())).collect();
        assert!(leaked.is_empty(), "{leaked:?} in {line}");
    }
    let deliveries = lines.iter().filter(|line| line.contains(r#""route":"backchannel_logout_uri""#));
    assert_eq!(deliveries.count(), 1, "{lines:#?}");
}
