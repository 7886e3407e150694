//! The end of an account.

use super::{ask, send};
use crate::flow::browser::{Browser, Shown, parameter, shown};
use crate::flow::party::{OFFLINE, PASSWORD, Party, enrol, is_accepted, text};
use crate::logout::{BACK_CHANNEL, is_signed_in, scene};
use crate::tree::request::guess;
use crate::world::{ADMIN_TOKEN, World, delete, get, put};
use serde_json::{Value, json};
use treeline::object::sql::Sql;
use treeline::object::{Class, Refusal};
use treeline::session::delete::DeleteAccount;

const DIANA: &str = "/admin/users/diana";

fn remove(world: &World) {
    ask(world, delete(DIANA), 204);
}

/// How many rows each table of her object has, but for those that have none.
fn rows(world: &World) -> Vec<(String, i64)> {
    let sql = world.storage(Class::UserSession, "diana");
    let tables = sql
        .exec("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", &[])
        .unwrap();
    let count = |name: String| {
        let rows = sql.exec(&format!("SELECT count(*) FROM {name}"), &[]).unwrap();
        (name, rows[0].integer(0).unwrap())
    };
    tables
        .iter()
        .map(|row| count(row.text(0).unwrap()))
        .filter(|(_, rows)| *rows > 0)
        .collect()
}

fn is_stored(world: &World) -> bool {
    world.stored(Class::UserSession).contains(&"diana".to_owned())
}

#[test]
fn everything_of_it_is_dead_at_once() {
    let (world, _) = scene();
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let bought = party.tokens(&world, &browser.code(&party.query().with("scope", OFFLINE), "diana"));
    let unredeemed = browser.code(&party.query(), "diana");
    let asking = browser.open(&party.query().with("prompt", "consent"));
    assert_eq!(shown(&asking), Shown::Consent);
    remove(&world);
    assert!(!is_accepted(&world, &text(&bought, "access_token")));
    assert_eq!(party.refresh(&world, &text(&bought, "refresh_token")).status, 400);
    assert_eq!(party.redeem(&world, &unredeemed).status, 400);
    assert_eq!(browser.allow(&asking).header("location"), None);
    assert!(!is_signed_in(&mut browser, &party));
    let page = browser.open(&party.query());
    assert_eq!(shown(&browser.sign_in(&page, "diana")), Shown::Login, "the password opens nothing");
    for request in [
        delete(DIANA),
        get(DIANA),
        get("/admin/sessions/diana"),
        delete("/admin/sessions/diana"),
    ] {
        ask(&world, request, 404);
    }
    assert!(world.faults().is_empty());
}

#[test]
fn nothing_of_it_is_kept() {
    let (world, _) = scene();
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    party.tokens(&world, &browser.code(&party.query().with("scope", OFFLINE), "diana"));
    let _ = world.ask("diana", guess(9));
    world.run_alarms();
    remove(&world);
    assert_eq!(rows(&world), [("meta".to_owned(), 2)]);
    world.run_alarms();
    assert!(!is_stored(&world));
    assert!(
        world.stored(Class::UserSession).contains(&"rigo".to_owned()),
        "nobody else is touched"
    );
}

#[test]
fn its_name_is_free_again_and_brings_nothing_back() {
    for late in [false, true] {
        let (world, _) = scene();
        let party = Party::register(&world);
        let mut browser = Browser::new(&world);
        let bought = party.tokens(&world, &browser.code(&party.query().with("scope", OFFLINE), "diana"));
        ask(&world, put(DIANA).json(&json!({ "disabled": true })), 200);
        remove(&world);
        if late {
            world.run_alarms();
        }
        let new = ask(&world, put(DIANA).json(&json!({ "password": PASSWORD })), 201);
        assert_eq!(new, json!({ "username": "diana", "disabled": false, "claims": {} }));
        assert_eq!(ask(&world, get("/admin/sessions/diana"), 200)["db"], json!({}));
        assert!(!is_accepted(&world, &text(&bought, "access_token")));
        assert_eq!(party.refresh(&world, &text(&bought, "refresh_token")).status, 400);
        assert!(!is_signed_in(&mut browser, &party));
        world.run_alarms();
        assert!(is_stored(&world));
        let page = browser.open(&party.query());
        assert_eq!(
            shown(&browser.sign_in(&page, "diana")),
            Shown::Consent,
            "a consent of before counts for nothing"
        );
    }
}

#[test]
fn the_applications_are_told_and_then_nothing_is_left() {
    let (world, party) = scene();
    Browser::new(&world).code(&party.query(), "diana");
    world.run_alarms();
    remove(&world);
    assert_eq!(rows(&world), [("delivery".to_owned(), 1), ("meta".to_owned(), 2)]);
    // It does not answer, and then it does.
    world.run_alarms();
    assert!(is_stored(&world), "what is owed is kept");
    world.web.answer_forms(BACK_CHANNEL, Some(200));
    world.web.forms(BACK_CHANNEL);
    world.advance(60);
    world.run_alarms();
    assert_eq!(world.web.forms(BACK_CHANNEL).len(), 1);
    assert!(!is_stored(&world), "at once, not after a week");
}

#[test]
fn an_application_that_never_answers_keeps_it_for_a_day() {
    let (world, party) = scene();
    Browser::new(&world).code(&party.query(), "diana");
    world.run_alarms();
    remove(&world);
    for hour in 0..26 {
        world.run_alarms();
        assert_eq!(is_stored(&world), hour < 24, "{hour}");
        world.advance(3600);
    }
}

#[test]
fn what_is_owed_survives_a_new_account_of_the_name() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let page = browser.end_session(&[]);
    browser.submit(&page, &[("decision", "sign_out")]);
    world.web.answer_forms(BACK_CHANNEL, Some(200));
    world.run_alarms();
    Browser::new(&world).code(&party.query(), "diana");
    world.web.answer_forms(BACK_CHANNEL, None);
    remove(&world);
    enrol(&world, "diana");
    let deliveries = ask(&world, get("/admin/sessions/diana/deliveries"), 200)["deliveries"].clone();
    let [owed]: [Value; 1] = deliveries.as_array().unwrap().clone().try_into().unwrap();
    assert_eq!(
        owed["progress"], "pending",
        "what had arrived is not shown to the next one's operator"
    );
    world.web.answer_forms(BACK_CHANNEL, Some(200));
    world.advance(60);
    world.run_alarms();
    assert_eq!(
        ask(&world, get("/admin/sessions/diana/deliveries"), 200)["deliveries"][0]["progress"],
        "delivered"
    );
}

#[test]
fn a_name_without_an_account_has_nothing_to_delete() {
    let world = World::new();
    let _ = world.ask("diana", guess(9));
    let tries = world.storage(Class::UserSession, "diana").dump();
    ask(&world, delete(DIANA), 404);
    ask(&world, delete("/admin/users/nobody"), 404);
    ask(&world, delete("/admin/users/no%20body"), 404);
    assert_eq!(world.ask("diana", DeleteAccount {}), Err(Refusal::NotFound));
    assert_eq!(world.storage(Class::UserSession, "diana").dump(), tries);
    assert_eq!(world.stored(Class::UserSession), ["diana"]);
}

#[test]
fn a_client_that_ends_later_finds_nobody() {
    let world = World::new();
    enrol(&world, "diana");
    let party = Party::register(&world);
    Browser::new(&world).code(&party.query(), "diana");
    world.run_alarms();
    remove(&world);
    world.run_alarms();
    party.delete(&world);
    world.run_alarms();
    assert!(!is_stored(&world), "the news creates no user");
}

/// In whichever order their steps fall, nothing of the account works when it is gone.
#[test]
fn a_deletion_races_with_everything() {
    for turns in 0..12 {
        let world = World::new();
        enrol(&world, "diana");
        let party = Party::register(&world);
        let mut browser = Browser::new(&world);
        let bought = party.tokens(&world, &browser.code(&party.query().with("scope", OFFLINE), "diana"));
        let code = browser.code(&party.query(), "diana");
        let page = Browser::new(&world).open(&party.query());
        let refresh = text(&bought, "refresh_token");
        let requests = [
            (4, delete(DIANA).bearer(ADMIN_TOKEN).build()),
            (turns, browser.request(&party.query())),
            (turns, browser.form(&page, &[("username", "diana"), ("password", PASSWORD)])),
            (
                turns,
                party.token_request(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]),
            ),
            (turns, party.token_request(&party.token_fields(&code))),
        ];
        let responses = world.send_staggered(&requests);
        assert_eq!(responses[0].status, 204, "{turns}");
        for response in &responses[3..] {
            if response.status == 200 {
                assert!(
                    !is_accepted(&world, &text(&crate::world::body(response), "access_token")),
                    "{turns}"
                );
            }
        }
        let silent = &responses[1];
        if let Some(code) = (silent.status == 303).then(|| parameter(silent, "code")).flatten() {
            assert_eq!(party.redeem(&world, &code).status, 400, "{turns}");
        }
        assert_eq!(send(&world, get(DIANA)).status, 404);
        world.run_alarms();
        assert!(!is_stored(&world), "{turns}");
        assert_eq!(world.faults(), []);
    }
}
