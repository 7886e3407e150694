//! The seed's flow: after each step the session dump has every key, field and count that oidcop's has, in the same order.

use super::browser::{Browser, Shown, callback, shown};
use super::party::{Party, VERIFIER, challenge, enrol, grants, text, userinfo};
use crate::clients::seed_metadata;
use crate::world::{ADMIN_TOKEN, LOCAL_ISSUER, World, body, get};
use serde_json::{Map, Value, json};

const AFTER_TOKEN: &str = include_str!("../../vectors/oidcop/session-dump-after-token.json");

/// Fields whose values are another run's; of them the type alone is compared.
const VOLATILE: &[&str] = &[
    "expires_at",
    "issued_at",
    "authn_time",
    "valid_until",
    "nonce",
    "state",
    "code_challenge",
    "value",
    "based_on",
    "id",
];

fn dump(world: &World) -> Value {
    let response = get("/admin/sessions/diana").bearer(ADMIN_TOKEN).send(world);
    assert_eq!(response.status, 200);
    body(&response)
}

/// The dump with the ids of this run named by what they are, and the volatile values by their types.
fn normalize(dump: &Value) -> Value {
    let db = dump["db"].as_object().expect("db");
    let mut names: Vec<(String, &str)> = vec![];
    for (key, node) in db {
        let mut ids = key.split(";;").skip(1);
        let ids = [(ids.next(), "CLIENT"), (ids.next(), "GRANT")];
        names.extend(ids.into_iter().filter_map(|(id, name)| Some((id?.to_owned(), name))));
        if node[0] == "oidcop.session.info.SessionInfo" {
            names.push((key.clone(), "SID"));
        }
    }
    let renamed = names.iter().fold(dump.to_string(), |text, (id, name)| text.replace(id, name));
    let mut dump: Value = serde_json::from_str(&renamed).expect("still JSON");
    hide_volatile(&mut dump);
    dump
}

fn hide_volatile(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                match value {
                    Value::String(_) if VOLATILE.contains(&name.as_str()) => *value = "a string".into(),
                    Value::Number(_) if VOLATILE.contains(&name.as_str()) => *value = "a number".into(),
                    value => hide_volatile(value),
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(hide_volatile),
        _ => {}
    }
}

/// oidcop's dump with its grant taken back to an earlier step.
fn earlier(change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut expected = normalize(&serde_json::from_str(AFTER_TOKEN).expect("the fixture"));
    change(expected["db"]["diana;;CLIENT;;GRANT"][1].as_object_mut().expect("a grant"));
    expected
}

/// Equal as text: the order of members is part of the format.
fn assert_same(world: &World, expected: &Value) {
    assert_eq!(normalize(&dump(world)).to_string(), expected.to_string());
}

#[test]
fn the_dump_follows_the_seed_s_flow_step_by_step() {
    let fixture: Value = serde_json::from_str(AFTER_TOKEN).expect("the fixture");
    let salt = text(&fixture, "salt");
    let world = World::with(&[("ISSUER", LOCAL_ISSUER), ("SUBJECT_SALT", &salt)]);
    enrol(&world, "diana");
    let empty = json!({ "db": {}, "salt": salt });
    let list_clients = || body(&get("/admin/clients").bearer(ADMIN_TOKEN).send(&world));

    // 1. Discovery.
    get("/.well-known/openid-configuration").send(&world);
    assert_eq!((dump(&world), list_clients()), (empty.clone(), json!({})));

    // 2. Registration.
    let party = Party::with(&world, seed_metadata());
    assert_eq!(dump(&world), empty);
    assert_eq!(list_clients().as_object().unwrap().len(), 1);

    // 3. The request stores nothing until the user has signed in.
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    assert_eq!((shown(&page), dump(&world)), (Shown::Login, empty));

    // 3b. User, client session and grant are there; nothing is granted yet.
    let consent = browser.sign_in(&page, "diana");
    assert_same(
        &world,
        &earlier(|grant| {
            grant["used"] = 0.into();
            grant["usage_rules"] = json!({});
            grant["claims"] = json!({});
            grant["issued_token"] = json!([]);
            grant["resources"] = json!([]);
            grant["scope"] = json!([]);
        }),
    );

    // 3c. The code is minted.
    let code = callback(&browser.allow(&consent), "code");
    assert_same(
        &world,
        &earlier(|grant| {
            grant["used"] = 1.into();
            let tokens = grant["issued_token"].as_array_mut().expect("tokens");
            tokens.truncate(1);
            tokens[0]["used"] = 0.into();
        }),
    );
    let seen = dump(&world);
    let (_, grant) = grants(&seen)[0];
    assert_eq!(grant["expires_at"].as_i64().unwrap() - grant["issued_at"].as_i64().unwrap(), 43_200);
    assert_eq!(grant["issued_token"][0]["value"], code, "a code is sealed again to the same text");
    let request = &grant["authorization_request"]["oidcmsg.oidc.AuthorizationRequest"];
    assert_eq!(request["code_challenge"], challenge(VERIFIER));

    // 4. The token step.
    let tokens = party.tokens(&world, &code);
    assert_same(&world, &earlier(|_| {}));
    let after_token = dump(&world);
    let grant = after_token["db"].as_object().unwrap().values().nth(2).unwrap()[1].clone();
    assert_eq!(
        grant["issued_token"][1]["value"], tokens["access_token"],
        "an access token is signed again over the same claims"
    );
    assert_eq!(grant["issued_token"][1]["based_on"], code);

    // 5. Userinfo changes nothing.
    assert_eq!(userinfo(&world, &text(&tokens, "access_token")).status, 200);
    assert_eq!(dump(&world).to_string(), after_token.to_string());
}
