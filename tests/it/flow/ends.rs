//! What ends between two steps of a flow: the account is disabled, the client deleted, changed, or its session revoked.

use super::browser::{Browser, Shown, callback, shown};
use super::party::{Party, assert_refused, enrol, is_accepted, scene, set_disabled};
use crate::world::{World, delete, put};
use serde_json::json;
use std::rc::Rc;
use treeline::client::home::RevokeClient;
use treeline::client::record::ClientRecord;
use treeline::http::Response;
use treeline::oauth::ids::ClientId;
use treeline::platform::Platform;

pub fn delete_client(world: &World, party: &Party) {
    let response = delete(&party.client.configuration()).bearer(party.client.token()).send(world);
    assert_eq!(response.status, 204);
}

fn revoke(world: &World, party: &Party) {
    let client_id = ClientId(party.client.id().to_owned());
    world.ask("diana", RevokeClient { client_id }).expect("an account");
}

/// How far a flow came before something ended.
pub struct Halfway<'w> {
    pub browser: Browser<'w>,
    pub login: Response,
    pub consent: Response,
    pub code: String,
    pub token: String,
}

/// One flow stopped at every step: a sign-in form, a consent form, a code and a token that all wait.
pub fn halfway<'w>(world: &'w World, party: &Party) -> Halfway<'w> {
    let mut browser = Browser::new(world);
    let login = browser.open(&party.query());
    let token = party.access_token(world, &browser.code(&party.query(), "diana"));
    let code = browser.code(&party.query(), "diana");
    let consent = browser.open(&party.query().with("prompt", "consent"));
    assert_eq!((shown(&login), shown(&consent)), (Shown::Login, Shown::Consent));
    Halfway {
        browser,
        login,
        consent,
        code,
        token,
    }
}

#[test]
fn nothing_of_a_disabled_account_works() {
    let (world, party) = scene();
    let Halfway {
        mut browser,
        login,
        consent,
        code,
        token,
    } = halfway(&world, &party);
    set_disabled(&world, "diana", true);
    let refused = browser.sign_in(&login, "diana");
    assert_eq!((refused.status, shown(&refused)), (400, Shown::Login), "as with a wrong password");
    assert_eq!(shown(&browser.allow(&consent)), Shown::Error("invalid_request".to_owned()));
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
    assert!(!is_accepted(&world, &token));
    assert_eq!(shown(&browser.open(&party.query())), Shown::Login, "the session is over");
    assert_eq!(
        callback(&browser.open(&party.query().with("prompt", "none")), "error"),
        "login_required"
    );
}

#[test]
fn an_account_that_is_enabled_again_begins_anew() {
    // Whoever disables an account because somebody else was in it must not let them in again with it: revocation is final.
    let (world, party) = scene();
    let Halfway {
        mut browser,
        login,
        consent,
        code,
        token,
    } = halfway(&world, &party);
    set_disabled(&world, "diana", true);
    world.advance(5);
    set_disabled(&world, "diana", false);
    assert!(!is_accepted(&world, &token));
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
    assert_eq!(shown(&browser.allow(&consent)), Shown::Error("invalid_request".to_owned()));
    assert_eq!(shown(&browser.open(&party.query())), Shown::Login);
    let fresh = callback(&browser.sign_in(&login, "diana"), "code");
    let fresh = party.access_token(&world, &fresh);
    assert!(
        is_accepted(&world, &fresh),
        "what comes afterwards works, and the consent was the person's own"
    );
    assert!(!is_accepted(&world, &token));
}

#[test]
fn an_account_that_is_changed_otherwise_goes_on() {
    let (world, party) = scene();
    let Halfway {
        mut browser, code, token, ..
    } = halfway(&world, &party);
    enrol(&world, "diana");
    set_disabled(&world, "diana", false);
    assert!(is_accepted(&world, &token));
    assert_eq!(party.redeem(&world, &code).status, 200);
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect);
}

#[test]
fn disabling_one_account_leaves_the_others() {
    let (world, party) = scene();
    enrol(&world, "rigo");
    let token = party.access_token(&world, &Browser::new(&world).code(&party.query(), "diana"));
    set_disabled(&world, "rigo", true);
    assert!(is_accepted(&world, &token));
}

#[test]
fn nothing_of_a_deleted_client_works() {
    let (world, party) = scene();
    let other = Party::register(&world);
    let Halfway {
        mut browser,
        login,
        consent,
        code,
        token,
    } = halfway(&world, &party);
    let others = other.access_token(&world, &browser.code(&other.query(), "diana"));
    // The client's object knows its users only once it has been told.
    world.run_alarms();
    delete_client(&world, &party);
    let gone = Shown::Error("invalid_request".to_owned());
    assert!(!is_accepted(&world, &token), "the deletion says that it has arrived");
    assert_eq!(shown(&browser.open(&party.query())), gone);
    assert_eq!(shown(&browser.sign_in(&login, "diana")), gone);
    assert_eq!(shown(&browser.allow(&consent)), gone);
    assert_eq!(shown(&browser.deny(&consent)), gone);
    assert_refused(&party.redeem(&world, &code), 401, "invalid_client");
    assert!(is_accepted(&world, &others), "another client is not meant");
    assert_eq!(shown(&browser.open(&other.query())), Shown::Redirect);
}

#[test]
fn a_client_session_that_begins_anew_revives_nothing() {
    let (world, party) = scene();
    let Halfway {
        mut browser,
        consent,
        code,
        token,
        ..
    } = halfway(&world, &party);
    revoke(&world, &party);
    assert!(!is_accepted(&world, &token));
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
    let page = browser.open(&party.query());
    assert_eq!(shown(&page), Shown::Consent, "the consent went with the session, the login did not");
    let fresh = party.access_token(&world, &callback(&browser.allow(&page), "code"));
    assert!(is_accepted(&world, &fresh));
    assert!(!is_accepted(&world, &token));
    assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
    // A form from before the revocation is answered with a code of its own or not at all, but revives nothing either.
    assert!(browser.allow(&consent).status < 500);
    assert!(!is_accepted(&world, &token));
    assert!(is_accepted(&world, &fresh));
    // And once more.
    revoke(&world, &party);
    let last = browser.open(&party.query());
    let last = party.access_token(&world, &callback(&browser.allow(&last), "code"));
    assert_eq!(
        [&token, &fresh, &last].map(|token| is_accepted(&world, token)),
        [false, false, true]
    );
}

#[test]
fn a_grant_left_open_at_the_revocation_is_not_authorized() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let login = browser.open(&party.query());
    let consent = browser.sign_in(&login, "diana");
    revoke(&world, &party);
    let answer = browser.allow(&consent);
    assert_eq!(shown(&answer), Shown::Completed, "the person has to begin again");
    assert_eq!(shown(&browser.open(&party.query())), Shown::Consent, "nothing of it is remembered");
}

/// Another isolate has taken the registration of a redirect URI; this one still remembers the client as it was.
#[test]
fn a_redirect_uri_that_has_just_been_registered_elsewhere_is_known() {
    const NEW: &str = "https://rp.example/new";
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let query = party.query().with("redirect_uri", NEW);
    assert_eq!(shown(&browser.open(&query)), Shown::Error("invalid_request".to_owned()));
    let key = ClientRecord::kv_key(&ClientId(party.client.id().to_owned()));
    let old = world.kv_text(&key).expect("the client");
    let new = old.replace(r#""redirect_uris":["#, &format!(r#""redirect_uris":["{NEW}","#));
    world.set_kv(&key, &new);
    world.advance(1);
    let page = browser.open(&query);
    assert_eq!(shown(&page), Shown::Login);
    // The form comes in at one that remembers the client as it was.
    let record = Rc::new(serde_json::from_str(&old).expect("a client record"));
    world.clients().keep(record, world.now());
    world.advance(1);
    assert_eq!(shown(&browser.sign_in(&page, "diana")), Shown::Consent);
}

#[test]
fn a_redirect_uri_that_is_registered_no_longer_gets_nothing() {
    let (world, party) = scene();
    let Halfway {
        mut browser,
        login,
        consent,
        ..
    } = halfway(&world, &party);
    let metadata = json!({ "client_id": party.client.id(), "redirect_uris": ["https://rp.example/new"] });
    let updated = put(&party.client.configuration())
        .bearer(party.client.token())
        .json(&metadata)
        .send(&world);
    assert_eq!(updated.status, 200, "{}", updated.body.as_str());
    let gone = Shown::Error("invalid_request".to_owned());
    assert_eq!(shown(&browser.open(&party.query())), gone);
    assert_eq!(shown(&browser.sign_in(&login, "diana")), gone);
    assert_eq!(shown(&browser.allow(&consent)), gone);
    assert_eq!(shown(&browser.deny(&consent)), gone);
}
