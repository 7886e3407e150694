//! What a person ends on the account page is over at the next request, and nothing else is.

use super::{applications, devices, is_signed_in, listed_for_operator, press, shop, signed_in, status, values};
use crate::flow::browser::{Browser, Shown, shown};
use crate::flow::party::{OFFLINE, Party, enrol, is_accepted, scene, text};
use crate::logout::assert_page;
use crate::world::World;
use serde_json::Value;
use treeline::http::Response;

/// A person with two devices; on each, an application has tokens.
struct Scene<'w> {
    world: &'w World,
    party: Party,
    one: Browser<'w>,
    other: Browser<'w>,
    /// The tokens of both devices.
    tokens: [Value; 2],
}

fn two_devices(world: &World) -> Scene<'_> {
    enrol(world, "diana");
    let party = shop(world);
    let (mut one, _) = signed_in(world, "diana");
    let first = party.tokens(world, &one.code(&party.query(), "diana"));
    world.advance(60);
    let (mut other, _) = signed_in(world, "diana");
    let second = party.tokens(world, &other.code(&party.query(), "diana"));
    Scene {
        world,
        party,
        one,
        other,
        tokens: [first, second],
    }
}

impl Scene<'_> {
    /// Whether the access tokens of the two devices work.
    fn live(&self) -> [bool; 2] {
        self.tokens
            .each_ref()
            .map(|tokens| is_accepted(self.world, &text(tokens, "access_token")))
    }
}

fn assert_signed_out(browser: &Browser<'_>, page: &Response) {
    assert_page(page, 200, "You are signed out");
    assert_eq!(browser.cookie("__Host-treeline-session"), None);
}

#[test]
fn another_device_is_signed_out_with_what_was_granted_on_it() {
    let world = World::new();
    let mut scene = two_devices(&world);
    assert_eq!(scene.live(), [true, true]);
    let page = scene.other.visit("/account");
    // The newest stands first.
    let ids = values(&page, "sign_out");
    let after = press(&mut scene.other, &page, "sign_out", &ids[1]);
    assert_eq!(status(&after).as_deref(), Some("The device is signed out."));
    assert_eq!(devices(&after).len(), 1);
    assert_eq!(scene.live(), [false, true]);
    assert!(!is_signed_in(&mut scene.one, &scene.party) && is_signed_in(&mut scene.other, &scene.party));
    assert_eq!(shown(&scene.one.visit("/account")), Shown::Login);
    // The same once more, from the page that is still open.
    let before = world.dump();
    let again = press(&mut scene.other, &page, "sign_out", &ids[1]);
    assert_eq!(devices(&again).len(), 1);
    assert!(world.dump() == before, "nothing is done twice");
}

#[test]
fn this_device_is_signed_out_and_forgets_its_session() {
    let world = World::new();
    let mut scene = two_devices(&world);
    let page = scene.other.visit("/account");
    let own = values(&page, "sign_out").remove(0);
    let after = scene.other.submit(&page, &[("sign_out", &own)]);
    let cookie = after.headers.iter().find(|(name, _)| *name == "set-cookie").unwrap();
    assert_eq!(
        cookie.1,
        "__Host-treeline-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
    );
    assert_signed_out(&scene.other, &after);
    assert_eq!(scene.live(), [true, false]);
    assert!(is_signed_in(&mut scene.one, &scene.party) && !is_signed_in(&mut scene.other, &scene.party));
}

#[test]
fn everywhere_is_every_device_and_what_was_granted_for_longer() {
    let world = World::new();
    let mut scene = two_devices(&world);
    let page = scene.one.open(&scene.party.query().with("scope", OFFLINE));
    assert_eq!(shown(&page), Shown::Consent);
    let code = crate::flow::browser::callback(&scene.one.allow(&page), "code");
    let lasting = scene.party.tokens(&world, &code);
    let page = scene.other.visit("/account");
    let after = scene.other.submit(&page, &[("everywhere", "yes")]);
    assert_signed_out(&scene.other, &after);
    assert_eq!(scene.live(), [false, false]);
    assert_eq!(scene.party.refresh(&world, &text(&lasting, "refresh_token")).status, 400);
    assert!(!is_signed_in(&mut scene.one, &scene.party) && !is_signed_in(&mut scene.other, &scene.party));
    // Whoever signs in again is not asked again.
    let (mut anew, page) = signed_in(&world, "diana");
    assert_eq!((devices(&page).len(), applications(&page).len()), (1, 1));
    assert_eq!(shown(&anew.open(&scene.party.query().with("scope", "openid"))), Shown::Redirect);
}

#[test]
fn an_application_loses_its_access_and_has_to_ask_again() {
    let world = World::new();
    let mut scene = two_devices(&world);
    let kept = Party::register(&world);
    let token = kept.access_token(&world, &scene.one.code(&kept.query(), "diana"));
    let page = scene.other.visit("/account");
    let after = press(&mut scene.other, &page, "withdraw", scene.party.client.id());
    assert_eq!(status(&after).as_deref(), Some("The application has no access any more."));
    assert_eq!(values(&after, "withdraw"), [kept.client.id()]);
    assert_eq!(scene.live(), [false, false]);
    assert!(is_accepted(&world, &token));
    for browser in [&mut scene.one, &mut scene.other] {
        assert_eq!(shown(&browser.open(&scene.party.query())), Shown::Consent, "still signed in");
    }
    assert_eq!(listed_for_operator(&world, "consents").len(), 1);
    // Access that is given again counts from then on.
    world.advance(60);
    let asked = scene.one.open(&scene.party.query());
    scene.one.allow(&asked);
    let said = applications(&scene.one.visit("/account"));
    assert!(
        said.iter().any(|said| said.contains("Access since 2027-01-15 08:02 UTC.")),
        "{said:?}"
    );
}

#[test]
fn nobody_ends_what_is_another_s() {
    let (world, party) = scene();
    enrol(&world, "rigo");
    let (mut diana, page) = signed_in(&world, "diana");
    diana.code(&party.query(), "diana");
    let id = values(&page, "sign_out").remove(0);
    let (mut rigo, page) = signed_in(&world, "rigo");
    let before = world.dump();
    for (name, value) in [("sign_out", id.as_str()), ("withdraw", party.client.id())] {
        let redirect = rigo.submit(&page, &[(name, value)]);
        assert_eq!(redirect.header("location"), Some("/account"), "nothing is said to be done");
        assert_eq!(shown(&rigo.follow(&redirect)), Shown::Account);
    }
    assert!(world.dump() == before);
    rigo.submit(&page, &[("everywhere", "yes")]);
    assert!(is_signed_in(&mut diana, &party));
}

#[test]
fn a_device_that_was_signed_out_ends_nothing_any_more() {
    let world = World::new();
    let mut scene = two_devices(&world);
    let open = scene.one.visit("/account");
    let session = scene.one.cookie("__Host-treeline-session").unwrap().to_owned();
    let page = scene.other.visit("/account");
    let [own, other] = <[String; 2]>::try_from(values(&page, "sign_out")).unwrap();
    press(&mut scene.other, &page, "sign_out", &other);
    let before = world.dump();
    for (name, value) in [
        ("sign_out", own.as_str()),
        ("everywhere", "yes"),
        ("withdraw", scene.party.client.id()),
    ] {
        let answer = scene.one.submit(&open, &[(name, value)]);
        match name {
            "everywhere" => assert_page(&answer, 200, "You are signed out"),
            _ => assert_eq!(answer.header("location"), Some("/account"), "{name}"),
        }
        // It keeps what it was told to forget.
        scene.one.set_cookie("__Host-treeline-session", &session);
    }
    assert!(world.dump() == before, "its page was open, and does nothing");
    assert_eq!(scene.live(), [false, true]);
}
