//! The audit trail: what leaves an entry, what it says, and who may read it.

use crate::flow::browser::{Browser, Shown, callback, shown};
use crate::flow::party::{OFFLINE, PASSWORD, Party, enrol, set_disabled, text};
use crate::world::{ADMIN_TOKEN, World, body, delete, get, put};
use serde_json::{Value, json};
use treeline::object::Class;

const AUDIT: &str = "/admin/sessions/diana/audit";

fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::registered(&world, json!({ "grant_types": ["authorization_code", "refresh_token"] }));
    (world, party)
}

fn trail(world: &World) -> Vec<Value> {
    let response = get(AUDIT).bearer(ADMIN_TOKEN).send(world);
    assert_eq!(response.status, 200, "{}", response.body.as_str());
    body(&response)["audit"].as_array().unwrap().clone()
}

/// The events, the oldest first.
fn events(world: &World) -> Vec<String> {
    trail(world).iter().rev().map(|entry| text(entry, "event")).collect()
}

/// The newest entry: its event, its client and its detail.
fn newest(world: &World) -> (String, Value, Value) {
    let trail = trail(world);
    let entry = &trail[0];
    (text(entry, "event"), entry["client_id"].clone(), entry["detail"].clone())
}

/// Forgets what has happened so far.
fn forget(world: &World) {
    use treeline::object::sql::Sql;
    let storage = world.storage(Class::UserSession, "diana");
    for statement in ["DELETE FROM audit", "UPDATE login SET entry = NULL"] {
        storage.exec(statement, &[]).expect("a statement");
    }
}

fn signed_in(world: &World) -> Browser<'_> {
    let mut browser = Browser::new(world);
    let page = browser.visit("/account");
    browser.sign_in(&page, "diana");
    browser
}

#[test]
fn a_first_sign_in_is_told_and_so_is_the_consent() {
    let (world, party) = scene();
    assert_eq!(events(&world), [] as [&str; 0], "an account that was made has no history");
    let mut browser = Browser::new(&world)
        .with_header("user-agent", "Firefox Windows")
        .with_header("cf-ipcountry", "SE");
    let page = browser.open(&party.query().with("scope", "openid email"));
    let consent = browser.sign_in(&page, "diana");
    let (event, client_id, detail) = newest(&world);
    assert_eq!((event.as_str(), client_id.as_str()), ("signed_in", Some(party.client.id())));
    let login = text(&detail, "login");
    assert_eq!(detail, json!({ "login": login, "device": "Firefox, Windows", "place": "SE" }));
    assert_eq!(
        login,
        text(
            &body(&get("/admin/sessions/diana/logins").bearer(ADMIN_TOKEN).send(&world))["logins"][0],
            "id"
        )
    );
    let answer = browser.allow(&consent);
    // The same form again.
    assert_eq!(shown(&browser.allow(&consent)), Shown::Redirect);
    assert_eq!(shown(&answer), Shown::Redirect);
    assert_eq!(events(&world), ["signed_in", "consented"]);
    let (_, client_id, detail) = newest(&world);
    assert_eq!(client_id, party.client.id());
    assert_eq!((&detail["login"], &detail["scope"]), (&json!(login), &json!("openid email")));
    assert_eq!(text(&detail, "grant").len(), 32);
}

#[test]
fn a_returning_person_leaves_one_entry_and_a_silent_grant_another() {
    let (world, party) = scene();
    Browser::new(&world).code(&party.query(), "diana");
    forget(&world);
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    assert_eq!(events(&world), ["signed_in"]);
    let (_, client_id, detail) = newest(&world);
    assert_eq!(client_id, party.client.id());
    assert!(
        text(&detail, "scope").contains("openid") && text(&detail, "grant").len() == 32,
        "{detail}"
    );
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect);
    assert_eq!(events(&world), ["signed_in", "granted"]);
    let (_, client_id, granted) = newest(&world);
    assert_eq!((&client_id, &granted["login"]), (&json!(party.client.id()), &detail["login"]));
    assert_ne!(granted["grant"], detail["grant"]);
    // What needs a page, or is refused, grants nothing.
    browser.open(&party.query().with("prompt", "consent"));
    browser.open(&party.query().with("prompt", "login"));
    assert_eq!(events(&world).len(), 2);
    // Of no client.
    signed_in(&world);
    let (event, client_id, detail) = newest(&world);
    assert_eq!((event.as_str(), client_id, detail.get("grant")), ("signed_in", Value::Null, None));
}

#[test]
fn guesses_are_told_once_for_each_window() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let mut guess = |count: usize| {
        for _ in 0..count {
            browser.submit(&page, &[("username", "diana"), ("password", "wrong")]);
        }
    };
    guess(10);
    assert_eq!(events(&world), [] as [&str; 0], "a wrong password is none of a trail's business");
    guess(5);
    assert_eq!(events(&world), ["sign_in_refused"]);
    assert_eq!(newest(&world).2, json!({}));
    world.advance(900);
    guess(12);
    assert_eq!(events(&world), ["sign_in_refused", "sign_in_refused"]);
    // A name without an account has no trail, and its object goes as before.
    for _ in 0..12 {
        let mut browser = Browser::new(&world);
        let page = browser.open(&party.query());
        browser.submit(&page, &[("username", "nobody"), ("password", "wrong")]);
    }
    assert_eq!(get("/admin/sessions/nobody/audit").bearer(ADMIN_TOKEN).send(&world).status, 404);
    world.advance(1500);
    world.run_alarms();
    assert_eq!(world.stored(Class::UserSession), ["diana"]);
}

#[test]
fn what_the_operator_revokes_is_told_once() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    party.tokens(&world, &browser.code(&party.query(), "diana"));
    let tree = body(&get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(&world)).to_string();
    let login = text(&trail(&world)[0]["detail"], "login");
    let grant = text(&trail(&world)[0]["detail"], "grant");
    let token = tree.split(r#""id":""#).nth(1).unwrap()[..32].to_owned();
    let client_id = party.client.id();
    let consents = body(&get("/admin/sessions/diana/consents").bearer(ADMIN_TOKEN).send(&world));
    assert_eq!(consents["consents"].as_array().unwrap().len(), 1);
    let by_operator = |node: &str, id: &str| json!({ "node": node, "id": id, "by": "operator" });
    let cases = [
        (
            format!("/tokens/{token}"),
            "revoked",
            json!(client_id),
            by_operator("token", &token),
        ),
        (
            format!("/consents/{client_id}"),
            "consent_withdrawn",
            json!(client_id),
            json!({ "by": "operator" }),
        ),
        (
            format!("/grants/{grant}"),
            "revoked",
            json!(client_id),
            by_operator("grant", &grant),
        ),
        (
            format!("/clients/{client_id}"),
            "revoked",
            json!(client_id),
            json!({ "node": "client", "by": "operator" }),
        ),
        (format!("/logins/{login}"), "revoked", Value::Null, by_operator("login", &login)),
    ];
    for (path, event, client, detail) in cases {
        forget(&world);
        let revoke = || {
            delete(&format!("/admin/sessions/diana{path}"))
                .bearer(ADMIN_TOKEN)
                .send(&world)
                .status
        };
        assert_eq!(revoke(), 204, "{path}");
        assert_eq!(newest(&world), (event.to_owned(), client, detail), "{path}");
        revoke();
        assert_eq!(events(&world).len(), 1, "again: {path}");
    }
    signed_in(&world);
    forget(&world);
    for _ in 0..2 {
        assert_eq!(delete("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(&world).status, 204);
    }
    assert_eq!(
        newest(&world),
        ("revoked".to_owned(), Value::Null, json!({ "node": "user", "by": "operator" }))
    );
    assert_eq!(events(&world).len(), 1);
}

#[test]
fn what_a_person_ends_is_told_as_such() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let tokens = party.tokens(&world, &browser.code(&party.query(), "diana"));
    // Sign-ins in one second are in no order.
    world.advance(1);
    let other = signed_in(&world);
    drop(other);
    let login = text(&trail(&world)[0]["detail"], "login");
    forget(&world);
    let page = browser.visit("/account");
    for _ in 0..2 {
        browser.submit(&page, &[("sign_out", &login)]);
    }
    let by_person = |login: &str| json!({ "login": login, "by": "person" });
    assert_eq!(newest(&world), ("signed_out".to_owned(), Value::Null, by_person(&login)));
    for _ in 0..2 {
        browser.submit(&page, &[("withdraw", party.client.id())]);
    }
    assert_eq!(
        newest(&world),
        ("consent_withdrawn".to_owned(), json!(party.client.id()), json!({ "by": "person" }))
    );
    browser.submit(
        &page,
        &[
            ("current_password", PASSWORD),
            ("new_password", "another long password"),
            ("sign_out_others", "yes"),
        ],
    );
    let (event, _, detail) = newest(&world);
    assert_eq!(
        (event.as_str(), &detail["by"], &detail["others"]),
        ("password_changed", &json!("person"), &json!("ended"))
    );
    assert_eq!(events(&world), ["signed_out", "consent_withdrawn", "password_changed"]);
    let here = text(&detail, "login");
    browser.end_session(&[("id_token_hint", &text(&tokens, "id_token"))]);
    browser.end_session(&[("id_token_hint", &text(&tokens, "id_token"))]);
    assert_eq!(newest(&world), ("signed_out".to_owned(), Value::Null, by_person(&here)));
    assert_eq!(events(&world).len(), 4);
}

#[test]
fn what_a_client_gives_up_and_what_comes_twice_is_told() {
    let (world, party) = scene();
    let query = party.query().with("scope", OFFLINE);
    let mut browser = Browser::new(&world);
    let code = browser.code(&query, "diana");
    let tokens = party.tokens(&world, &code);
    forget(&world);
    for name in ["access_token", "access_token", "refresh_token", "refresh_token"] {
        party.revoke(&world, &text(&tokens, name));
    }
    let told: Vec<Value> = trail(&world).iter().rev().map(|entry| entry["detail"]["node"].clone()).collect();
    assert_eq!(told, ["token", "grant"]);
    let (event, client_id, detail) = newest(&world);
    assert_eq!(
        (event.as_str(), client_id.as_str(), &detail["by"]),
        ("revoked", Some(party.client.id()), &json!("client"))
    );

    let code = browser.code(&query, "diana");
    party.tokens(&world, &code);
    world.advance(60);
    forget(&world);
    party.redeem(&world, &code);
    party.redeem(&world, &code);
    let (event, _, detail) = newest(&world);
    assert_eq!((event.as_str(), &detail["token"]), ("replayed", &json!("authorization_code")));
    let code = browser.code(&query, "diana");
    let refresh_token = text(&party.tokens(&world, &code), "refresh_token");
    forget(&world);
    for _ in 0..3 {
        party.refresh(&world, &refresh_token);
        world.advance(60);
    }
    let (event, client_id, detail) = newest(&world);
    assert_eq!((event.as_str(), client_id.as_str()), ("replayed", Some(party.client.id())));
    assert_eq!(&detail["token"], "refresh_token");
    assert_eq!(events(&world), ["replayed"]);

    browser.code(&query, "diana");
    forget(&world);
    party.delete(&world);
    world.run_alarms();
    let told = json!({ "node": "client", "by": "client" });
    assert_eq!(newest(&world), ("revoked".to_owned(), json!(party.client.id()), told));
}

#[test]
fn what_becomes_of_the_account_is_told() {
    let (world, _) = scene();
    let change = |change: Value| {
        forget(&world);
        assert_eq!(put("/admin/users/diana").bearer(ADMIN_TOKEN).json(&change).send(&world).status, 200);
        events(&world)
    };
    assert_eq!(change(json!({ "disabled": true })), ["disabled"]);
    assert_eq!(change(json!({ "disabled": true })), [] as [&str; 0]);
    assert_eq!(change(json!({ "claims": { "name": "Diana" } })), [] as [&str; 0]);
    assert_eq!(
        change(json!({ "disabled": false, "password": "a password of the operator" })),
        ["password_changed", "enabled"]
    );
    assert_eq!(newest(&world).2, json!({ "by": "operator" }));
}

#[test]
fn a_sign_in_that_fails_leaves_nothing() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    set_disabled(&world, "diana", true);
    forget(&world);
    browser.sign_in(&page, "diana");
    assert_eq!(events(&world), [] as [&str; 0]);
}

#[test]
fn only_the_operator_reads_it_a_page_at_a_time() {
    let (world, party) = scene();
    assert_eq!(get(AUDIT).send(&world).status, 401);
    assert_eq!(delete(AUDIT).bearer(ADMIN_TOKEN).send(&world).status, 405);
    for user in ["nobody", "no%20body"] {
        assert_eq!(
            get(&format!("/admin/sessions/{user}/audit"))
                .bearer(ADMIN_TOKEN)
                .send(&world)
                .status,
            404
        );
    }
    let mut browser = Browser::new(&world);
    callback(&browser.authorize(&party.query(), "diana"), "code");
    for _ in 0..1200 {
        browser.open(&party.query());
    }
    let first = get(AUDIT).bearer(ADMIN_TOKEN).send(&world);
    let ids = |page: &treeline::http::Response| -> Vec<String> {
        let page = body(page);
        page["audit"].as_array().unwrap().iter().map(|entry| text(entry, "id")).collect()
    };
    let mut all = ids(&first);
    assert_eq!(all.len(), 1000);
    let last = all.last().unwrap();
    let link = first.header("link").unwrap();
    let address = "https://login.example.com/admin/sessions/diana/audit";
    assert_eq!(link, format!("<{address}?before={last}>; rel=\"next\""));
    let next = link
        .split(['<', '>'])
        .nth(1)
        .unwrap()
        .strip_prefix("https://login.example.com")
        .unwrap();
    let rest = get(next).bearer(ADMIN_TOKEN).send(&world);
    all.extend(ids(&rest));
    assert_eq!(all.len(), 1202);
    assert!(all.is_sorted_by(|newer, older| newer > older), "{all:?}");
    assert_eq!(rest.header("link"), None);
    for wrong in [
        "?before=x",
        "?before=12",
        "?before=1800000000.000000012.",
        "?before=1800000000.000000012.0123456789abcdef",
        "?before=1800000000.000000012&before=1800000000.000000011",
    ] {
        assert_eq!(
            get(&format!("{AUDIT}{wrong}")).bearer(ADMIN_TOKEN).send(&world).status,
            400,
            "{wrong}"
        );
    }
}
