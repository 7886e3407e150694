//! Scopes beyond OpenID Connect's own, and what the operator has decided about a client.

use super::browser::{Browser, Shown, callback, shown};
use super::party::{Party, decode, enrol_with, text, userinfo};
use crate::world::{World, body, get};
use serde_json::{Value, json};

const SCOPES: &str = r#"{"research":["affiliation","orcid"],"email":["email"],"plain":[]}"#;

fn world_with(variables: &[(&str, &str)]) -> World {
    let world = World::with(variables);
    let claims = json!({
        "name": "Diana", "nickname": "di", "email": "diana@example.com", "email_verified": true, "affiliation": "student",
        "orcid": "0000-0002-1825-0097", "phone_number": "+46 90 7865000",
    });
    enrol_with(&world, "diana", claims);
    world
}

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The granted scope and what userinfo says.
fn granted(world: &World, party: &Party, scope: &str) -> (String, Value) {
    let query = party.query().with("scope", scope);
    let tokens = party.tokens(world, &Browser::new(world).code(&query, "diana"));
    let token = text(&tokens, "access_token");
    assert_eq!(decode(&token).1["scope"], tokens["scope"]);
    (text(&tokens, "scope"), body(&userinfo(world, &token)))
}

fn error(world: &World, party: &Party, scope: &str) -> String {
    callback(&Browser::new(world).open(&party.query().with("scope", scope)), "error")
}

#[test]
fn the_operator_s_scopes_stand_for_the_operator_s_claims() {
    let world = world_with(&[("SCOPES", SCOPES)]);
    let party = Party::register(&world);
    let (scope, said) = granted(&world, &party, "openid research");
    assert_eq!(
        (scope.as_str(), names(&said)),
        ("openid research", vec!["sub", "affiliation", "orcid"])
    );
    let (scope, said) = granted(&world, &party, "openid email plain");
    assert_eq!(
        (scope.as_str(), names(&said)),
        ("openid email plain", vec!["sub", "email"]),
        "given anew"
    );
    let (scope, said) = granted(&world, &party, "openid research unknown Research");
    assert_eq!((scope.as_str(), said["orcid"].is_string()), ("openid research", true));
    let metadata = body(&get("/.well-known/openid-configuration").send(&world));
    assert_eq!(
        metadata["scopes_supported"],
        json!([
            "openid",
            "profile",
            "email",
            "address",
            "phone",
            "offline_access",
            "plain",
            "research"
        ])
    );
    let claims = metadata["claims_supported"].as_array().unwrap();
    assert!(claims.contains(&json!("orcid")) && !claims.contains(&json!("email_verified")));
}

#[test]
fn a_scope_that_cannot_be_granted_is_left_out_or_fails_the_request() {
    let lenient = world_with(&[]);
    let party = Party::register(&lenient);
    assert_eq!(granted(&lenient, &party, "openid unknown email").0, "openid email");
    assert_eq!(error(&lenient, &party, "unknown"), "invalid_scope");

    let strict = world_with(&[("DENY_UNKNOWN_SCOPES", "true")]);
    let party = Party::register(&strict);
    for scope in ["openid unknown", "unknown openid email", "openid Email", "unknown"] {
        assert_eq!(error(&strict, &party, scope), "invalid_scope", "{scope}");
    }
    assert_eq!(granted(&strict, &party, "openid email").0, "openid email");
    let narrow = Party::registered(&strict, json!({ "scope": "openid email" }));
    assert_eq!(error(&strict, &narrow, "openid phone"), "invalid_scope");
    assert_eq!(granted(&strict, &narrow, "openid email").0, "openid email");
    // What comes only with a code is ignored where none comes (OpenID Connect Core, section 11).
    let implicit = Party::registered(&strict, json!({ "response_types": ["id_token"] }));
    let query = implicit
        .query()
        .with("response_type", "id_token")
        .with("scope", "openid offline_access");
    assert_eq!(Browser::new(&strict).answer(&query, "diana").find("error"), None);
}

#[test]
fn a_client_may_ask_for_what_it_has_registered() {
    let world = world_with(&[("SCOPES", SCOPES)]);
    let party = Party::registered(&world, json!({ "scope": "openid research" }));
    let (scope, said) = granted(&world, &party, "openid research email phone");
    assert_eq!(
        (scope.as_str(), names(&said)),
        ("openid research", vec!["sub", "affiliation", "orcid"])
    );
    for scope in ["email", "", "phone email"] {
        assert_eq!(error(&world, &party, scope), "invalid_scope", "{scope:?}");
    }
}

#[test]
fn the_operator_s_list_stands_above_the_client_s() {
    let world = world_with(&[]);
    let party = Party::registered(&world, json!({ "scope": "openid email phone" }));
    party.set_policy(&world, json!({ "allowed_scopes": ["openid", "profile"] }));
    assert_eq!(granted(&world, &party, "openid email phone profile").0, "openid profile");
    party.set_policy(&world, json!({ "allowed_scopes": [] }));
    assert_eq!(error(&world, &party, "openid"), "invalid_scope");
    party.set_policy(&world, json!({}));
    assert_eq!(granted(&world, &party, "openid email phone profile").0, "openid email phone");
}

#[test]
fn the_operator_decides_for_one_client_whether_to_be_strict() {
    let lenient = world_with(&[]);
    let party = Party::register(&lenient);
    party.set_policy(&lenient, json!({ "deny_unknown_scopes": true }));
    assert_eq!(error(&lenient, &party, "openid unknown"), "invalid_scope");
    assert_eq!(granted(&lenient, &Party::register(&lenient), "openid unknown").0, "openid");

    let strict = world_with(&[("DENY_UNKNOWN_SCOPES", "true")]);
    let party = Party::register(&strict);
    party.set_policy(&strict, json!({ "deny_unknown_scopes": false }));
    assert_eq!(granted(&strict, &party, "openid unknown").0, "openid");
    assert_eq!(error(&strict, &Party::register(&strict), "openid unknown"), "invalid_scope");
}

#[test]
fn a_scope_may_mean_something_else_for_one_client() {
    let world = world_with(&[("SCOPES", SCOPES)]);
    let party = Party::register(&world);
    party.set_policy(
        &world,
        json!({ "scopes_to_claims": { "research": ["nickname"], "phone": ["email"], "own": ["orcid"] } }),
    );
    let (scope, said) = granted(&world, &party, "openid research phone own");
    assert_eq!(scope, "openid research phone own");
    assert_eq!(names(&said), ["sub", "nickname", "email", "orcid"]);
    let (scope, said) = granted(&world, &Party::register(&world), "openid research phone own");
    assert_eq!(
        (scope.as_str(), names(&said)),
        ("openid research phone", vec!["sub", "affiliation", "orcid", "phone_number"])
    );
}

#[test]
fn claims_are_added_where_the_operator_says() {
    let world = world_with(&[]);
    let party = Party::registered(&world, json!({ "response_types": ["code", "code id_token token"] }));
    let said = || {
        let query = party
            .query()
            .with("scope", "openid email")
            .with("response_type", "code id_token token");
        let answer = Browser::new(&world).answer(&query, "diana");
        let tokens = party.tokens(&world, answer.get("code"));
        let front = [answer.get("id_token"), answer.get("access_token")].map(|token| decode(token).1);
        let back = ["id_token", "access_token"].map(|name| decode(&text(&tokens, name)).1);
        for (front, back) in front.iter().zip(&back) {
            for claim in ["name", "nickname", "email", "orcid"] {
                assert_eq!(front[claim], back[claim], "{claim}");
            }
        }
        let [id_token, access_token] = back;
        (id_token, access_token, body(&userinfo(&world, answer.get("access_token"))))
    };
    let (id_token, access_token, at_userinfo) = said();
    assert_eq!((&id_token["email"], &access_token["email"]), (&Value::Null, &Value::Null));
    assert_eq!(names(&at_userinfo), ["sub", "email", "email_verified"]);

    party.set_policy(
        &world,
        json!({ "add_claims": { "always": {
            "userinfo": { "name": null }, "id_token": { "nickname": null }, "access_token": { "orcid": null, "website": null },
        } } }),
    );
    let (id_token, access_token, at_userinfo) = said();
    assert_eq!(names(&at_userinfo), ["sub", "email", "email_verified", "name"]);
    assert_eq!((&id_token["nickname"], &id_token["orcid"]), (&json!("di"), &Value::Null));
    assert_eq!(
        (&access_token["orcid"], &access_token["nickname"]),
        (&json!("0000-0002-1825-0097"), &Value::Null)
    );

    party.set_policy(
        &world,
        json!({ "add_claims": { "by_scope": { "userinfo": false, "id_token": true, "access_token": true } } }),
    );
    let (id_token, access_token, at_userinfo) = said();
    assert_eq!(names(&at_userinfo), ["sub"]);
    for said in [id_token, access_token] {
        assert_eq!(
            (&said["email"], &said["email_verified"]),
            (&json!("diana@example.com"), &json!(true))
        );
    }
}

#[test]
fn a_person_is_asked_about_what_the_operator_adds() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let query = party.query().with("scope", "openid email");
    browser.code(&query, "diana");
    assert_eq!(shown(&browser.open(&query)), Shown::Redirect);
    party.set_policy(&world, json!({ "add_claims": { "always": { "access_token": { "orcid": null } } } }));
    let page = browser.open(&query);
    assert_eq!(shown(&page), Shown::Consent);
    browser.allow(&page);
    assert_eq!(shown(&browser.open(&query)), Shown::Redirect);
}

#[test]
fn offline_access_comes_with_a_code_alone() {
    let world = world_with(&[]);
    let party = Party::of_every_type(&world);
    for (response_type, granted) in [("code", true), ("code token", true), ("id_token token", false), ("id_token", false)] {
        let query = party
            .query()
            .with("scope", "openid offline_access")
            .with("response_type", response_type);
        let answer = Browser::new(&world).answer(&query, "diana");
        let scope = match answer.find("code") {
            Some(code) => text(&party.tokens(&world, code), "scope"),
            None => answer.find("scope").unwrap_or("openid").to_owned(),
        };
        assert_eq!(scope.contains("offline_access"), granted, "{response_type}");
    }
}

#[test]
fn a_policy_survives_an_update_by_the_client() {
    let world = world_with(&[]);
    let party = Party::register(&world);
    party.set_policy(&world, json!({ "allowed_scopes": ["openid"] }));
    let mut metadata = party.client.0.clone();
    metadata["scope"] = "openid email phone".into();
    metadata["policy"] = json!({});
    metadata["allowed_scopes"] = json!(["email"]);
    let response = crate::world::put(&party.client.configuration())
        .bearer(party.client.token())
        .json(&metadata)
        .send(&world);
    assert_eq!(response.status, 200);
    assert_eq!(
        body(&response).get("policy"),
        None,
        "it is the operator's, and not the client's to see"
    );
    assert_eq!(granted(&world, &party, "openid email").0, "openid");
}
