//! What ends at the same time as a step is taken, or is heard of late: whichever comes first, nothing works in the end.

use super::browser::{Browser, Shown, callback, shown};
use super::ends::{Halfway, delete_client, halfway};
use super::party::{PASSWORD, Party, assert_refused, is_accepted, scene, set_disabled, text};
use crate::world::{ADMIN_TOKEN, World, body, delete, put};
use futures_util::future::join;
use serde_json::json;
use std::task::Poll;
use treeline::http::{Request, Response};
use treeline::object::Class;

/// Sends two requests whose steps take turns; the second begins so many turns later.
fn race(world: &World, first: &Request, second: &Request, turns: usize) -> [Response; 2] {
    let second = async {
        for _ in 0..turns {
            give_way().await;
        }
        world.answer(second).await
    };
    pollster::block_on(join(world.answer(first), second)).into()
}

/// Lets other futures run.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn an_account_disabled_while_its_password_is_checked_opens_nothing_that_lasts() {
    // The form's steps are the client, and the password with the login: the account is disabled before each of them and after both.
    let mut seen = vec![];
    for turns in 0..3 {
        let (world, party) = scene();
        let mut browser = Browser::new(&world);
        let page = browser.open(&party.query());
        let form = browser.form(&page, &[("username", "diana"), ("password", PASSWORD)]);
        world.forget_clients();
        let account = json!({ "disabled": true });
        let disable = put("/admin/users/diana").bearer(ADMIN_TOKEN).json(&account).build();
        let [answer, disabled] = race(&world, &form, &disable, turns);
        assert_eq!(disabled.status, 200);
        set_disabled(&world, "diana", false);
        if let Some((_, cookie)) = answer.headers.iter().find(|(name, _)| *name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            browser.set_cookie(name, value);
        }
        let silent = browser.open(&party.query().with("prompt", "none"));
        assert_eq!(callback(&silent, "error"), "login_required", "after {turns} turns");
        seen.push(shown(&answer));
    }
    assert_eq!(seen, [Shown::Login, Shown::Consent, Shown::Consent]);
}

#[test]
fn a_deletion_that_overtakes_the_news_of_a_user_reaches_that_user() {
    let (world, party) = scene();
    let token = party.access_token(&world, &Browser::new(&world).code(&party.query(), "diana"));
    // The user's object has not told the client's object yet.
    delete_client(&world, &party);
    assert!(is_accepted(&world, &token));
    world.run_alarms();
    assert!(!is_accepted(&world, &token), "the news was answered with the revocation");
}

#[test]
fn a_login_that_has_not_heard_of_the_deletion_is_undone() {
    let (world, party) = scene();
    let known = Party::register(&world);
    let mut browser = Browser::new(&world);
    let old = known.access_token(&world, &browser.code(&known.query(), "diana"));
    world.run_alarms();
    world.freeze_kv();
    delete_client(&world, &party);
    delete_client(&world, &known);
    assert!(!is_accepted(&world, &old));
    // KV still shows both clients here: one that never had this user, and one whose session here is revoked.
    for party in [&party, &known] {
        let token = party.access_token(&world, &browser.code(&party.query(), "diana"));
        let code = browser.code(&party.query(), "diana");
        assert!(!is_accepted(&world, &old), "what was revoked before stays revoked");
        world.run_alarms();
        assert!(!is_accepted(&world, &token));
        assert_refused(&party.redeem(&world, &code), 400, "invalid_grant");
    }
    world.thaw_kv();
    assert!(!is_accepted(&world, &old));
}

#[test]
fn whatever_a_deletion_races_with_is_dead_in_the_end() {
    for turns in 0..8 {
        for knows_the_user in [false, true] {
            let (world, party) = scene();
            let Halfway {
                browser,
                consent,
                code,
                token,
                ..
            } = halfway(&world, &party);
            if knows_the_user {
                world.run_alarms();
            }
            // KV shows the client all the time: the objects alone have to see to it.
            world.freeze_kv();
            let allow = browser.form(&consent, &[("decision", "allow")]);
            let redeem = party.token_request(&party.token_fields(&code));
            let deletion = || {
                let deletion = delete(&party.client.configuration()).bearer(party.client.token());
                deletion.build()
            };
            let [redeemed, deleted] = race(&world, &redeem, &deletion(), turns);
            assert_eq!(deleted.status, 204);
            let [allowed, _] = race(&world, &allow, &deletion(), turns);
            world.run_alarms();
            assert!(!is_accepted(&world, &token));
            if redeemed.status == 200 {
                let late = text(&body(&redeemed), "access_token");
                assert!(!is_accepted(&world, &late), "redeemed {turns} turns before");
            }
            if shown(&allowed) == Shown::Redirect {
                let late = callback(&allowed, "code");
                assert_refused(&party.redeem(&world, &late), 400, "invalid_grant");
            }
        }
    }
}

#[test]
fn a_user_s_object_that_cannot_be_reached_learns_of_the_deletion_later() {
    let (world, party) = scene();
    let token = party.access_token(&world, &Browser::new(&world).code(&party.query(), "diana"));
    world.run_alarms();
    world.set_reachable(Class::UserSession, "diana", false);
    delete_client(&world, &party);
    world.run_alarms();
    world.set_reachable(Class::UserSession, "diana", true);
    assert!(is_accepted(&world, &token), "it does not know yet");
    world.advance(60);
    world.run_alarms();
    assert!(!is_accepted(&world, &token));
}
