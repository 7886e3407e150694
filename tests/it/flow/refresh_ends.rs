//! When refresh tokens end: by their own lifetime, unused, with their grant, and how long one that was replaced is known.

use super::party::{Party, assert_refused, is_accepted};
use super::refresh::{OFFLINE, access_token, refresh_token, registered, scene, tokens, world_with};
use serde_json::json;
use treeline::object::Class;
use treeline::platform::Platform;

#[test]
fn a_refresh_token_has_an_end_of_its_own() {
    for (age, status) in [(999, 200), (1000, 400)] {
        let world = world_with(&[("REFRESH_IDLE_LIFETIME", "1000")]);
        let party = registered(&world);
        let mut last = tokens(&world, &party, "openid");
        for _ in 0..5 {
            world.advance(999);
            world.run_alarms();
            last = party.refreshed(&world, &refresh_token(&last));
        }
        world.advance(age);
        assert_eq!(party.refresh(&world, &refresh_token(&last)).status, status, "{age}");
    }
}

#[test]
fn refreshing_does_not_put_off_the_end_of_all_refreshing() {
    for (age, status) in [(999, 200), (1000, 400)] {
        let world = world_with(&[("REFRESH_TOKEN_LIFETIME", "1000"), ("REFRESH_IDLE_LIFETIME", "900")]);
        let party = registered(&world);
        let mut last = tokens(&world, &party, "openid");
        for _ in 0..5 {
            world.advance(150);
            world.run_alarms();
            last = party.refreshed(&world, &refresh_token(&last));
        }
        world.advance(age - 750);
        assert_eq!(party.refresh(&world, &refresh_token(&last)).status, status, "{age}");
    }
}

#[test]
fn a_token_that_is_not_replaced_ends_when_it_is_not_used() {
    let world = world_with(&[("REFRESH_IDLE_LIFETIME", "100")]);
    let party = Party::register(&world);
    party.set_policy(
        &world,
        json!({ "token_usage_rules": { "refresh_token": { "supports_minting": ["access_token"] } } }),
    );
    let token = refresh_token(&tokens(&world, &party, OFFLINE));
    for _ in 0..5 {
        world.advance(99);
        assert_eq!(party.refresh(&world, &token).status, 200);
    }
    world.advance(100);
    assert_refused(&party.refresh(&world, &token), 400, "invalid_grant");
}

#[test]
fn a_client_s_own_grace_counts_for_it() {
    for (own, age, status) in [(0, 0, 400), (100, 99, 200), (100, 100, 400)] {
        let world = world_with(&[]);
        let party = Party::register(&world);
        party.set_policy(&world, json!({ "refresh_grace": own }));
        let first = tokens(&world, &party, OFFLINE);
        let second = party.refreshed(&world, &refresh_token(&first));
        world.advance(age);
        assert_eq!(party.refresh(&world, &refresh_token(&first)).status, status, "{own} at {age}");
        assert_eq!(is_accepted(&world, &access_token(&second)), status == 200, "{own} at {age}");
    }
}

#[test]
fn a_grant_ends_with_its_lifetime_and_one_for_later_with_the_refresh_token_s() {
    let variables = [
        ("LOGIN_LIFETIME", "3600"),
        ("GRANT_LIFETIME", "7200"),
        ("REFRESH_TOKEN_LIFETIME", "86400"),
    ];
    for (scope, end) in [("openid", 7200), ("openid offline_access", 86_400)] {
        let world = world_with(&variables);
        let party = registered(&world);
        let mut last = tokens(&world, &party, scope);
        // The login ends, and what has ended is swept.
        for at in [3600, 7000, end - 100, end - 1] {
            world.advance(at - (world.now().0 - 1_800_000_000));
            world.run_alarms();
            last = party.refreshed(&world, &refresh_token(&last));
            assert_eq!(last["expires_in"], 3600.min(end - at), "{scope} at {at}");
            assert!(is_accepted(&world, &access_token(&last)), "{scope} at {at}");
        }
        world.advance(1);
        for _ in 0..2 {
            assert_refused(&party.refresh(&world, &refresh_token(&last)), 400, "invalid_grant");
            assert!(!is_accepted(&world, &access_token(&last)), "{scope}");
            world.run_alarms();
        }
        world.advance(600);
        world.run_alarms();
        let rows = world.storage(Class::UserSession, "diana").dump();
        assert!(!rows.contains("refresh_token"), "{scope}: the rows are gone");
    }
}

#[test]
fn a_replay_is_seen_long_after() {
    let (world, party, first) = scene();
    let mut last = first.clone();
    for _ in 0..8 {
        world.advance(10_000);
        world.run_alarms();
        last = party.refreshed(&world, &refresh_token(&last));
    }
    assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    assert!(!is_accepted(&world, &access_token(&last)));
}

#[test]
fn a_chain_that_goes_on_for_months_stays_as_long_as_it_is() {
    const DAY: i64 = 86_400;
    let lifetime = (100 * DAY).to_string();
    let world = world_with(&[("REFRESH_TOKEN_LIFETIME", &lifetime), ("CLIENT_LIFETIME", "0")]);
    let party = Party::register(&world);
    let first = tokens(&world, &party, OFFLINE);
    let (mut last, mut seen, mut rows) = (first.clone(), vec![], vec![]);
    for _ in 0..90 * 4 {
        world.advance(DAY / 4);
        world.run_alarms();
        seen.push(last.clone());
        last = party.refreshed(&world, &refresh_token(&last));
        rows.push(world.storage(Class::UserSession, "diana").dump().matches("  token [").count());
    }
    // The code, what was replaced within seven days, the two newest refresh tokens and the newest access token.
    assert!(rows.iter().all(|rows| *rows <= 1 + 7 * 4 + 3), "{rows:?}");
    assert_eq!(rows[100], rows[359], "{rows:?}");
    // What is forgotten is unknown; what is not is a replay.
    assert_refused(&party.refresh(&world, &refresh_token(&first)), 400, "invalid_grant");
    assert_refused(&party.refresh(&world, &refresh_token(&seen[359 - 28])), 400, "invalid_grant");
    assert!(is_accepted(&world, &access_token(&last)));
    assert_refused(&party.refresh(&world, &refresh_token(&seen[359 - 27])), 400, "invalid_grant");
    assert!(!is_accepted(&world, &access_token(&last)));
}
