//! Session dumps.

use super::{Old, exported, import, imported};
use crate::flow::party::enrol;
use crate::world::{ADMIN_TOKEN, World, get};
use serde_json::{Value, json};
use treeline::object::Class;

#[test]
fn a_dump_comes_out_as_it_came_in() {
    for old in Old::all() {
        let world = old.successor();
        let answer = imported(&world, &old.dump);
        assert_eq!((&answer["users"], &answer["grants"]), (&json!(1), &json!(1)), "{}", old.format);
        assert_eq!(exported(&world, old.format), old.dump, "{}", old.format);
        world.run_alarms();
        assert_eq!(exported(&world, old.format), old.dump, "{}", old.format);
        assert_eq!(world.faults(), []);
    }
}

#[test]
fn sent_again_it_changes_nothing() {
    for old in Old::all() {
        let world = old.successor();
        imported(&world, &old.dump);
        world.run_alarms();
        let before = world.dump();
        assert_eq!(imported(&world, &old.dump), json!({ "users": 1, "grants": 0, "tokens": 0 }));
        assert_eq!(world.dump(), before);
    }
}

#[test]
fn the_doubled_grant_of_later_versions_is_taken_once() {
    let texts = [
        include_str!("../../vectors/oidcop/oidcop-2.4.3-session-dump.json"),
        include_str!("../../vectors/oidcop/idpyoidc-5.0.0-session-dump.json"),
    ];
    for (text, old) in texts.into_iter().zip(&Old::all()[1..]) {
        let world = old.successor();
        let answer = imported(&world, &serde_json::from_str(text).unwrap());
        assert_eq!(answer, json!({ "users": 1, "grants": 1, "tokens": 3 }));
        assert_eq!(exported(&world, old.format), old.dump);
    }
}

#[test]
fn what_came_in_one_form_goes_out_in_every_other_and_comes_in_again() {
    for old in Old::all() {
        let world = old.successor();
        imported(&world, &old.dump);
        for format in ["oidcop-2.4", "idpyoidc-5"] {
            let dump = exported(&world, format);
            let next = old.successor();
            imported(&next, &dump);
            assert_eq!(exported(&next, format), dump, "{} by {format}", old.format);
            if old.format != "oidcop-2.0" {
                assert_eq!(exported(&next, old.format), old.dump, "{} by {format}", old.format);
            }
        }
    }
}

#[test]
fn nothing_usable_is_stored() {
    for old in Old::all() {
        let world = old.successor();
        imported(&world, &old.dump);
        let stored = world.dump();
        let values = values(&old.dump);
        assert!(values.len() >= 2);
        for value in values {
            assert!(!stored.contains(&value), "{}: a token is in the storage", old.format);
        }
    }
}

/// Every token's text.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("value").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(values)).collect()
        }
        Value::Array(elements) => elements.iter().flat_map(values).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn what_has_ended_is_swept_and_what_has_no_end_stays() {
    let [endless, ending, _] = Old::all();
    for (old, stays) in [(endless, true), (ending, false)] {
        let world = old.successor();
        imported(&world, &old.dump);
        world.advance(50_000);
        world.run_alarms();
        let db = exported(&world, old.format)["db"].clone();
        assert_eq!(db.as_object().unwrap().is_empty(), !stays, "{}", old.format);
    }
}

#[test]
fn an_account_that_is_there_keeps_what_it_has() {
    let [_, old, _] = Old::all();
    let world = old.successor();
    enrol(&world, "diana");
    let account = |world: &World| get("/admin/users/diana").bearer(ADMIN_TOKEN).send(world).body.as_str().to_owned();
    let before = account(&world);
    imported(&world, &old.dump);
    assert_eq!(account(&world), before);
}

#[test]
fn a_revoked_user_comes_disabled_and_all_below_revoked() {
    let [_, mut old, _] = Old::all();
    old.dump["db"]["diana"][1]["revoked"] = true.into();
    let world = old.successor();
    imported(&world, &old.dump);
    let text = exported(&world, old.format).to_string();
    assert!(!text.contains(r#""revoked":false"#), "{text}");
    assert!(
        get("/admin/users/diana")
            .bearer(ADMIN_TOKEN)
            .send(&world)
            .body
            .as_str()
            .contains(r#""disabled":true"#)
    );
}

#[test]
fn the_operator_alone_may() {
    let [_, old, _] = Old::all();
    let world = old.successor();
    let response = crate::world::post("/admin/import").json(&old.dump).send(&world);
    assert_eq!(response.status, 401);
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
    assert_eq!(import(&world, &old.dump).status, 200);
}
