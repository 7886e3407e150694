//! Logout tokens and their delivery (OpenID Connect Back-Channel Logout, sections 2.4 to 2.8).

use super::{BACK_CHANNEL, id_token, scene};
use crate::flow::browser::Browser;
use crate::flow::party::{Party, decode, enrol, set_disabled, text};
use crate::world::{ADMIN_TOKEN, World, body, delete, get};
use serde_json::{Value, json};
use treeline::jose::crypto::Crypto;
use treeline::jose::jws;
use treeline::platform::Platform;

/// Signs diana in and out; her ID token.
fn sign_in_and_out(world: &World, party: &Party) -> String {
    let mut browser = Browser::new(world);
    let hint = id_token(&mut browser, world, party, "diana");
    browser.end_session(&[("id_token_hint", &hint)]);
    hint
}

/// The logout tokens that have come to an address since the last look.
fn received(world: &World, address: &str) -> Vec<String> {
    let token = |form: &String| {
        let fields: Vec<(String, String)> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let [(name, token)] = fields.as_slice() else { panic!("{fields:?}") };
        assert_eq!(name, "logout_token");
        token.clone()
    };
    world.web.forms(address).iter().map(token).collect()
}

fn deliveries(world: &World, user: &str) -> Vec<Value> {
    let response = get(&format!("/admin/sessions/{user}/deliveries")).bearer(ADMIN_TOKEN).send(world);
    assert_eq!(response.status, 200);
    body(&response)["deliveries"].as_array().unwrap().clone()
}

#[test]
fn a_logout_token_says_what_the_specification_wants_and_nothing_else() {
    let (world, party) = scene();
    world.web.answer_forms(BACK_CHANNEL, Some(200));
    let (_, id_token) = decode(&sign_in_and_out(&world, &party));
    assert_eq!(received(&world, BACK_CHANNEL), [] as [String; 0], "nobody waits for it");
    world.run_alarms();
    let [token] = received(&world, BACK_CHANNEL).try_into().unwrap();
    let (header, claims) = decode(&token);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("RS256")));
    let jwt = jws::parse(&token).unwrap();
    let keys = pollster::block_on(world.keys()).unwrap();
    let key = keys.public(header["kid"].as_str().unwrap()).unwrap();
    assert!(pollster::block_on(world.verify(key, &jwt.signature, jwt.signing_input.as_bytes())).unwrap());
    let now = world.now().0;
    let expected = json!({
        "iss": world.config().issuer.as_str(),
        "sub": id_token["sub"],
        "aud": party.client.id(),
        "iat": now,
        "exp": now + 120,
        "jti": claims["jti"],
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        "sid": id_token["sid"],
    });
    assert_eq!(claims, expected);
    assert_eq!(text(&claims, "jti").len(), 32);
    let [delivery] = deliveries(&world, "diana").try_into().unwrap();
    assert_eq!(delivery["jti"], claims["jti"]);
    assert_eq!(
        (&delivery["progress"], &delivery["answer"], &delivery["attempts"]),
        (&json!("delivered"), &json!(200), &json!(1))
    );
    world.advance(7 * 86_400);
    world.run_alarms();
    assert_eq!(deliveries(&world, "diana"), [] as [Value; 0], "what has been shown for a week goes");
}

#[test]
fn a_logout_token_is_protected_as_the_clients_id_tokens_are() {
    for (alg, expected) in [("ES256", "ES256"), ("HS256", "HS256"), ("none", "RS256")] {
        let (world, _) = scene();
        let party = Party::registered(
            &world,
            json!({ "id_token_signed_response_alg": alg, "backchannel_logout_uri": BACK_CHANNEL }),
        );
        world.web.answer_forms(BACK_CHANNEL, Some(204));
        let mut browser = Browser::new(&world);
        browser.code(&party.query(), "diana");
        let page = browser.end_session(&[]);
        browser.submit(&page, &[("decision", "sign_out")]);
        world.run_alarms();
        let [token] = received(&world, BACK_CHANNEL).try_into().unwrap();
        assert_eq!(decode(&token).0["alg"], expected);
        assert_eq!(deliveries(&world, "diana")[0]["progress"], "delivered", "204 is yes as well");
    }
    let (world, _) = scene();
    let party = Party::registered(
        &world,
        json!({
            "id_token_encrypted_response_alg": "dir",
            "id_token_encrypted_response_enc": "A256GCM",
            "backchannel_logout_uri": BACK_CHANNEL,
        }),
    );
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let page = browser.end_session(&[]);
    browser.submit(&page, &[("decision", "sign_out")]);
    world.run_alarms();
    assert_eq!(received(&world, BACK_CHANNEL)[0].split('.').count(), 5);
}

#[test]
fn only_the_clients_of_this_login_are_told_and_each_by_its_own_sid() {
    let (world, party) = scene();
    let address = |number: usize| format!("https://rp.example/back/{number}");
    let parties: Vec<Party> = (0..3)
        .map(|number| Party::registered(&world, json!({ "backchannel_logout_uri": address(number) })))
        .collect();
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let sids: Vec<Value> = parties[..2]
        .iter()
        .map(|party| decode(&id_token(&mut browser, &world, party, "diana")).1["sid"].clone())
        .collect();
    // Another device of hers, and somebody else.
    id_token(&mut Browser::new(&world), &world, &parties[2], "diana");
    id_token(&mut Browser::new(&world), &world, &parties[0], "rigo");
    browser.end_session(&[("id_token_hint", &hint)]);
    world.run_alarms();
    for (number, sid) in sids.iter().enumerate() {
        let [token] = received(&world, &address(number)).try_into().unwrap();
        assert_eq!(&decode(&token).1["sid"], sid);
    }
    assert_eq!(received(&world, &address(2)), [] as [String; 0]);
    assert_eq!(received(&world, BACK_CHANNEL).len(), 1, "the client that asked is told as well");
}

#[test]
fn a_client_that_is_away_is_tried_for_a_day_with_growing_waits() {
    let (world, party) = scene();
    world.web.answer_forms(BACK_CHANNEL, None);
    sign_in_and_out(&world, &party);
    let mut waits = vec![];
    let mut jtis = std::collections::BTreeSet::new();
    for _ in 0..100 {
        world.run_alarms();
        let tokens = received(&world, BACK_CHANNEL);
        jtis.extend(tokens.iter().map(|token| text(&decode(token).1, "jti")));
        assert!(
            tokens.iter().all(|token| decode(token).1["iat"] == world.now().0),
            "a token is fresh"
        );
        let delivery = &deliveries(&world, "diana")[0];
        assert_eq!(delivery["answer"], Value::Null);
        if delivery["progress"] == "given_up" {
            break;
        }
        assert_eq!((tokens.len(), &delivery["progress"]), (1, &json!("pending")));
        let wait = delivery["next_at"].as_i64().unwrap() - world.now().0;
        waits.push(wait);
        world.advance(wait);
    }
    assert_eq!(jtis.len(), 1, "it is the same token");
    assert_eq!(&waits[..13], [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
    let all: i64 = waits.iter().sum();
    assert!((86_400..86_400 + 3600).contains(&all), "{all}");
    assert_eq!(deliveries(&world, "diana")[0]["progress"], "given_up");
}

#[test]
fn an_error_of_the_clients_is_its_last_word_and_one_of_its_server_is_not() {
    for (status, progress) in [
        (400, "refused"),
        (404, "refused"),
        (302, "pending"),
        (500, "pending"),
        (503, "pending"),
    ] {
        let (world, party) = scene();
        world.web.answer_forms(BACK_CHANNEL, Some(status));
        sign_in_and_out(&world, &party);
        world.run_alarms();
        let delivery = &deliveries(&world, "diana")[0];
        assert_eq!((&delivery["progress"], &delivery["answer"]), (&json!(progress), &json!(status)));
        world.web.answer_forms(BACK_CHANNEL, Some(200));
        world.advance(10);
        world.run_alarms();
        let expected = if progress == "pending" { "delivered" } else { "refused" };
        assert_eq!(deliveries(&world, "diana")[0]["progress"], expected, "{status}");
        assert_eq!(received(&world, BACK_CHANNEL).len(), if progress == "pending" { 2 } else { 1 });
    }
}

#[test]
fn nothing_is_owed_to_who_takes_nothing() {
    let (world, _) = scene();
    let party = Party::registered(&world, json!({ "post_logout_redirect_uris": ["https://rp.example/bye"] }));
    sign_in_and_out(&world, &party);
    let gone = Party::registered(&world, json!({ "backchannel_logout_uri": BACK_CHANNEL }));
    sign_in_and_out(&world, &gone);
    gone.delete(&world);
    world.run_alarms();
    assert_eq!(deliveries(&world, "diana"), [] as [Value; 0]);
    assert_eq!(received(&world, BACK_CHANNEL), [] as [String; 0]);
}

#[test]
fn an_attempt_that_was_cut_short_is_made_again_with_the_same_jti() {
    use treeline::object::Class;
    use treeline::session::delivery;
    let (world, party) = scene();
    world.web.answer_forms(BACK_CHANNEL, Some(200));
    sign_in_and_out(&world, &party);
    // The attempt begins, and whoever makes it is gone.
    let sql = world.storage(Class::UserSession, "diana");
    let begun = delivery::take_up(sql.as_ref(), world.now()).unwrap().unwrap();
    assert_eq!(
        delivery::take_up(sql.as_ref(), world.now()).unwrap(),
        None,
        "nobody makes it twice at once"
    );
    world.run_alarms();
    assert_eq!(received(&world, BACK_CHANNEL), [] as [String; 0]);
    world.advance(30);
    world.run_alarms();
    let [token] = received(&world, BACK_CHANNEL).try_into().unwrap();
    assert_eq!(text(&decode(&token).1, "jti"), begun.jti.hex());
}

#[test]
fn to_sign_out_again_tells_nobody_again() {
    let (world, party) = scene();
    world.web.answer_forms(BACK_CHANNEL, Some(200));
    let hint = sign_in_and_out(&world, &party);
    world.advance(1);
    Browser::new(&world).end_session(&[("id_token_hint", &hint)]);
    world.run_alarms();
    assert_eq!(received(&world, BACK_CHANNEL).len(), 1);
}

#[test]
fn the_operators_revocations_tell_the_clients() {
    let revoke = |world: &World, path: &str| {
        let response = delete(&format!("/admin/sessions/diana{path}")).bearer(ADMIN_TOKEN).send(world);
        assert_eq!(response.status, 204);
    };
    let login = |world: &World| {
        let list = get("/admin/sessions/diana/logins").bearer(ADMIN_TOKEN).send(world);
        format!("/logins/{}", text(&body(&list)["logins"][0], "id"))
    };
    type Act<'a> = Box<dyn Fn(&World, &Party) + 'a>;
    let acts: [(&str, usize, Act<'_>); 4] = [
        ("the user", 2, Box::new(|world, _| revoke(world, ""))),
        ("one login", 1, Box::new(|world, _| revoke(world, &login(world)))),
        (
            "the client",
            2,
            Box::new(|world, party| revoke(world, &format!("/clients/{}", party.client.id()))),
        ),
        ("the account", 2, Box::new(|world, _| set_disabled(world, "diana", true))),
    ];
    for (what, expected, act) in acts {
        let (world, party) = scene();
        world.web.answer_forms(BACK_CHANNEL, Some(200));
        for _ in 0..2 {
            id_token(&mut Browser::new(&world), &world, &party, "diana");
        }
        id_token(&mut Browser::new(&world), &world, &party, "rigo");
        world.advance(1);
        act(&world, &party);
        act(&world, &party);
        world.run_alarms();
        let tokens = received(&world, BACK_CHANNEL);
        let acts = if what == "one login" { 1 } else { expected };
        assert_eq!(tokens.len(), acts.max(expected), "{what}");
    }
}

#[test]
fn a_login_knows_its_clients_for_as_long_as_it_lasts() {
    let day = 86_400;
    let lifetime = (30 * day).to_string();
    let world = World::with(&[("LOGIN_LIFETIME", &lifetime)]);
    enrol(&world, "diana");
    let party = Party::registered(&world, json!({ "backchannel_logout_uri": BACK_CHANNEL }));
    world.web.answer_forms(BACK_CHANNEL, Some(200));
    let mut browser = Browser::new(&world);
    let begun = world.now();
    let hint = id_token(&mut browser, &world, &party, "diana");
    for _ in 0..20 {
        world.advance(day);
        world.run_alarms();
    }
    browser.end_session(&[("id_token_hint", &hint)]);
    world.run_alarms();
    assert_eq!(
        received(&world, BACK_CHANNEL).len(),
        1,
        "the grant has ended long ago, and the session has not"
    );
    // When the login has ended its grant goes, and wakes nobody any more: the audit trail alone does, in its time.
    let trail = begun.plus(91 * day + 600);
    for _ in 0..20 {
        world.advance(day);
        world.run_alarms();
    }
    assert_eq!(world.next_alarm(treeline::object::Class::UserSession, "diana"), Some(trail));
}
