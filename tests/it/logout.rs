//! Signing out: by a client's request, by a person's own word, by the operator's, and how the clients of the session learn of it.

mod back_channel;
mod confirmation;
mod front_channel;
mod requests;
mod tree;

use crate::flow::browser::{Browser, parameter};
use crate::flow::party::{Party, enrol, text};
use crate::world::World;
use serde_json::json;
use treeline::http::Response;

pub const AFTERWARDS: &str = "https://rp.example/bye";
pub const BACK_CHANNEL: &str = "https://rp.example/back";
pub const FRONT_CHANNEL: &str = "https://rp.example/front?app=1";

/// A provider with two people, and a client that takes part in logout in every way.
pub fn scene() -> (World, Party) {
    let world = World::new();
    enrol(&world, "diana");
    enrol(&world, "rigo");
    let party = Party::registered(
        &world,
        json!({
            "post_logout_redirect_uris": [AFTERWARDS, "https://rp.example/bye?from=op"],
            "backchannel_logout_uri": BACK_CHANNEL,
            "backchannel_logout_session_required": true,
        }),
    );
    (world, party)
}

/// A client of another site, which is told by the front channel.
pub fn framed(world: &World) -> Party {
    Party::registered(
        world,
        json!({ "frontchannel_logout_uri": FRONT_CHANNEL, "frontchannel_logout_session_required": true }),
    )
}

/// Signs a person in and gives the ID token.
pub fn id_token(browser: &mut Browser<'_>, world: &World, party: &Party, user: &str) -> String {
    let code = browser.code(&party.query(), user);
    text(&party.tokens(world, &code), "id_token")
}

/// Whether somebody is signed in at a browser.
pub fn is_signed_in(browser: &mut Browser<'_>, party: &Party) -> bool {
    let response = browser.open(&party.query().with("prompt", "none"));
    match parameter(&response, "error").as_deref() {
        None | Some("consent_required") => true,
        Some("login_required") => false,
        Some(other) => panic!("{other}"),
    }
}

/// What a page says, without its style.
pub fn main_of(page: &Response) -> &str {
    let html = page.body.as_str();
    let (_, main) = html
        .split_once("<main>")
        .unwrap_or_else(|| panic!("{}: no page: {html}", page.status));
    main.split_once("</main>").expect("the end of main").0
}

/// Fails unless it is a page that says so and leads nowhere.
#[track_caller]
pub fn assert_page(page: &Response, status: u16, says: &str) {
    assert_eq!(page.status, status, "{}", page.body.as_str());
    assert_eq!(page.header("location"), None);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(main_of(page).contains(says), "{}", main_of(page));
}
