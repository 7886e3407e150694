//! Guessing passwords: counted before they are looked at, for one name however it is spelt, whether there is such an account or not.

use super::browser::{Browser, Shown, hidden_field, shown};
use super::party::{PASSWORD, Party, enrol, scene};
use crate::world::World;
use treeline::http::{REQUEST_ID, Response};
use treeline::object::Class;

const LIMIT: usize = 10;
const WINDOW: i64 = 900;

/// One try on a fresh page: its answer.
fn attempt(world: &World, party: &Party, user: &str, password: &str) -> Response {
    let mut browser = Browser::new(world);
    let page = browser.open(&party.query());
    browser.submit(&page, &[("username", user), ("password", password)])
}

fn statuses(world: &World, party: &Party, user: &str, passwords: &[&str]) -> Vec<u16> {
    passwords
        .iter()
        .map(|password| attempt(world, party, user, password).status)
        .collect()
}

#[test]
fn after_ten_wrong_ones_the_right_one_is_not_looked_at() {
    let (world, party) = scene();
    assert_eq!(statuses(&world, &party, "diana", &["wrong"; LIMIT]), [400; LIMIT]);
    let refused = attempt(&world, &party, "diana", PASSWORD);
    assert_eq!((refused.status, shown(&refused)), (429, Shown::Login));
    let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=WINDOW).contains(&wait), "{wait}");
    world.advance(WINDOW - 1);
    assert_eq!(attempt(&world, &party, "diana", PASSWORD).status, 429);
    world.advance(1);
    assert_eq!(shown(&attempt(&world, &party, "diana", PASSWORD)), Shown::Consent);
}

#[test]
fn the_window_begins_with_the_first_try() {
    let (world, party) = scene();
    attempt(&world, &party, "diana", "wrong");
    world.advance(WINDOW - 1);
    assert_eq!(
        statuses(&world, &party, "diana", &["wrong"; LIMIT]),
        [400, 400, 400, 400, 400, 400, 400, 400, 400, 429]
    );
    world.advance(1);
    assert_eq!(
        statuses(&world, &party, "diana", &["wrong"; LIMIT]),
        [400; LIMIT],
        "a window of its own"
    );
    assert_eq!(attempt(&world, &party, "diana", PASSWORD).status, 429);
}

#[test]
fn a_sign_in_clears_the_count() {
    let (world, party) = scene();
    for _ in 0..3 {
        assert_eq!(statuses(&world, &party, "diana", &["wrong"; LIMIT - 1]), [400; LIMIT - 1]);
        assert_eq!(attempt(&world, &party, "diana", PASSWORD).status, 200);
    }
}

/// Status, headers, and the body without what has to differ.
type Seen = (u16, Vec<(String, String)>, String);

#[test]
fn a_name_without_an_account_is_like_any_other() {
    let (world, party) = scene();
    enrol(&world, "lisa");
    super::party::set_disabled(&world, "lisa", true);
    let tries = |user: &str| -> Vec<Seen> {
        (0..LIMIT + 3)
            .map(|_| {
                let mut browser = Browser::new(&world);
                let page = browser.open(&party.query());
                let answer = browser.submit(&page, &[("username", user), ("password", "wrong")]);
                let headers = answer
                    .headers
                    .iter()
                    .filter(|(name, _)| *name != REQUEST_ID)
                    .map(|(name, value)| ((*name).to_owned(), value.to_string()))
                    .collect();
                let sealed = hidden_field(&answer);
                let body = answer.body.as_str().replace(&sealed, "SEALED").replace(user, "NAME");
                (answer.status, headers, body)
            })
            .collect()
    };
    let known = tries("diana");
    assert_eq!(known, tries("nobody"), "no account");
    assert_eq!(known, tries("lisa"), "a disabled account");
    assert_eq!(known.last().unwrap().0, 429);
}

#[test]
fn of_a_hundred_at_once_ten_are_looked_at() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = browser.open(&party.query());
    let guesses: Vec<_> = (0..100)
        .map(|guess| browser.form(&page, &[("username", "diana"), ("password", &format!("guess {guess}"))]))
        .collect();
    let responses = world.send_all(&guesses);
    let looked_at = responses.iter().filter(|response| response.status == 400).count();
    let refused = responses.iter().filter(|response| response.status == 429).count();
    assert_eq!((looked_at, refused), (LIMIT, 90));
}

#[test]
fn one_account_has_one_count_however_its_name_is_spelt() {
    let (world, party) = scene();
    // Case, full width, and both together (RFC 8265, section 3.3).
    for name in [
        "diana",
        "Diana",
        "DIANA",
        "ｄｉａｎａ",
        "Ｄiana",
        "dIaNa",
        "diana",
        "Diana",
        "DIANA",
        "ＤＩＡＮＡ",
    ] {
        assert_eq!(attempt(&world, &party, name, "wrong").status, 400, "{name}");
    }
    assert_eq!(attempt(&world, &party, "dianA", PASSWORD).status, 429);
    assert_eq!(world.stored(Class::UserSession), ["diana"]);
    world.advance(WINDOW);
    assert_eq!(shown(&attempt(&world, &party, "Ｄiana", PASSWORD)), Shown::Consent);
}

#[test]
fn one_account_s_count_is_not_another_s() {
    let (world, party) = scene();
    enrol(&world, "rigo");
    statuses(&world, &party, "diana", &["wrong"; LIMIT + 1]);
    assert_eq!(attempt(&world, &party, "rigo", PASSWORD).status, 200);
}

#[test]
fn whoever_is_signed_in_stays_so_while_others_guess() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    statuses(&world, &party, "diana", &["wrong"; LIMIT + 1]);
    assert_eq!(shown(&browser.open(&party.query())), Shown::Redirect);
}

#[test]
fn quotes_and_backslashes_are_letters_like_any_other() {
    let (world, party) = scene();
    for name in [r"dia\na", r#"dia"na"#, "dia'na", r"\", "{}", "diana/../rigo", "%00"] {
        assert_eq!(attempt(&world, &party, name, "wrong").status, 400, "{name}");
        enrol(&world, name);
        assert_eq!(shown(&attempt(&world, &party, name, PASSWORD)), Shown::Consent, "{name}");
    }
}

#[test]
fn what_no_account_can_be_called_is_refused_and_stores_nothing() {
    let (world, party) = scene();
    let long = "x".repeat(129);
    for name in [
        "",
        " ",
        "di ana",
        "diana ",
        "dia\u{200b}na",
        "diana\u{0}",
        "\u{202e}anaid",
        "a;;b",
        "\u{1f332}",
        "\u{d7}\u{0}",
        &long,
    ] {
        let answer = attempt(&world, &party, name, PASSWORD);
        assert_eq!((answer.status, shown(&answer)), (400, Shown::Login), "{name:?}");
    }
    assert_eq!(world.stored(Class::UserSession), ["diana"]);
}

#[test]
fn a_password_is_never_cut_short() {
    let (world, party) = scene();
    let padded = format!("{PASSWORD}{}", "\0".repeat(3));
    let long = format!("{PASSWORD}{}", " ".repeat(1024));
    for wrong in [
        padded.as_str(),
        &long,
        "",
        " ",
        &PASSWORD[..PASSWORD.len() - 1],
        "Correct horse battery staple",
    ] {
        assert_eq!(attempt(&world, &party, "diana", wrong).status, 400, "{wrong:?}");
    }
    // Non-ASCII spaces are spaces (RFC 8265, section 4.2.2).
    let spaced = PASSWORD.replace(' ', "\u{a0}");
    assert_eq!(attempt(&world, &party, "diana", &spaced).status, 200);
}
