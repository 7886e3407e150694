//! The page that loads what makes clients forget a person (OpenID Connect Front-Channel Logout, section 3).

use super::{AFTERWARDS, BACK_CHANNEL, FRONT_CHANNEL, assert_page, framed, id_token, main_of, scene};
use crate::flow::browser::Browser;
use crate::flow::party::{Party, decode, text};
use crate::pages::policy::{directive, policy};
use serde_json::json;
use treeline::platform::Platform;

/// The addresses of a page's frames.
fn frames(page: &str) -> Vec<String> {
    let plain = |text: &str| text.replace("&#38;", "&").replace("&amp;", "&");
    let of = |tag: &str| plain(tag.split_once(r#"src=""#).unwrap().1.split_once('"').unwrap().0);
    page.split("<iframe").skip(1).map(of).collect()
}

#[test]
fn every_client_with_a_page_gets_a_frame_with_issuer_and_sid() {
    let (world, party) = scene();
    let framed_parties = [framed(&world), framed(&world)];
    let unused = framed(&world);
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let sids = framed_parties.map(|framed| text(&decode(&id_token(&mut browser, &world, &framed, "diana")).1, "sid"));
    assert_ne!(sids[0], sids[1], "a sid differs from client to client");
    id_token(&mut Browser::new(&world), &world, &unused, "diana");
    world.take_touches();
    world.forget_clients();
    let page = browser.end_session(&[("id_token_hint", &hint), ("post_logout_redirect_uri", AFTERWARDS), ("state", "s")]);
    assert_page(&page, 200, "You are signed out");
    let touches = world.take_touches();
    assert_eq!((touches.all_asked(), touches.kv_gets, touches.kv_bulks), (1, 1, 1));
    let mut shown = frames(main_of(&page));
    let issuer = form_urlencoded::byte_serialize(world.config().issuer.as_str().as_bytes()).collect::<String>();
    let mut expected = sids.map(|sid| format!("{FRONT_CHANNEL}&iss={issuer}&sid={sid}"));
    shown.sort();
    expected.sort();
    assert_eq!(shown, expected);
    assert_eq!(directive(&page, "frame-src"), "https://rp.example");
    assert!(policy(&page).contains("script-src 'sha256-"));
    // Where scripts are off there is a link.
    assert!(
        main_of(&page).contains(r#"href="https://rp.example/bye?state=s""#),
        "{}",
        main_of(&page)
    );
    assert!(main_of(&page).contains("rp.example"));
}

#[test]
fn without_a_place_to_go_there_is_no_script() {
    let (world, _) = scene();
    let party = framed(&world);
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let page = browser.end_session(&[("id_token_hint", &hint)]);
    assert_page(&page, 200, "You are signed out");
    assert_eq!(frames(main_of(&page)).len(), 1);
    assert!(!policy(&page).contains("script") && !main_of(&page).contains("<script"));
}

#[test]
fn a_repeated_request_loads_the_frames_again() {
    let (world, _) = scene();
    let party = framed(&world);
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let first = browser.end_session(&[("id_token_hint", &hint)]);
    let again = browser.end_session(&[("id_token_hint", &hint)]);
    assert_eq!(frames(main_of(&first)), frames(main_of(&again)));
}

#[test]
fn a_page_that_no_policy_can_name_is_not_loaded() {
    let world = crate::world::World::local();
    crate::flow::party::enrol(&world, "diana");
    let party = Party::registered(
        &world,
        json!({
            "redirect_uris": ["http://[::1]:4000/cb"],
            "frontchannel_logout_uri": "http://[::1]:4000/front",
            "backchannel_logout_uri": BACK_CHANNEL,
        }),
    );
    let mut browser = Browser::new(&world);
    let hint = id_token(&mut browser, &world, &party, "diana");
    let page = browser.end_session(&[("id_token_hint", &hint)]);
    assert_page(&page, 200, "You are signed out");
    assert_eq!(frames(main_of(&page)), [] as [String; 0]);
}
