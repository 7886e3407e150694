//! The account page by itself: what it says, and how it is read out.

use super::{bare, between, shop};
use treeline::http::Response;
use treeline::login::pages::{AccountPage, Application, Device, Done, Errand, LoginPage, LoginProblem, Moment, PasswordProblem, Told};
use treeline::oauth::locale::Locale;
use treeline::oauth::scope::Scope;

fn moment(text: &str) -> Moment {
    Moment(text.to_owned())
}

fn device(id: &str, name: &'static str, place: &'static str, is_this: bool) -> Device<'static> {
    Device {
        id: id.repeat(32),
        name,
        place,
        since: moment("2026-11-23T14:05:09Z"),
        is_this,
    }
}

/// The sign-in page that leads to it.
pub fn login_in(locale: Locale) -> Response {
    LoginPage {
        locale,
        errand: Errand::Account,
        interaction: "sealed",
        username: "",
        sign_up: false,
        problem: None,
    }
    .respond()
}

/// The page of somebody with two devices and two applications.
pub fn page_in(locale: Locale, told: Told) -> AccountPage<'static> {
    let scope = |text| &*Box::leak(Box::new(Scope::parse(text).unwrap()));
    AccountPage {
        locale,
        interaction: "sealed",
        user: "diana",
        name: Some("Diana Ridge"),
        devices: vec![device("a", "Firefox, Windows", "SE", true), device("b", "", "", false)],
        applications: vec![
            Application {
                id: "shop",
                client: shop(),
                scope: scope("openid email offline_access"),
                claims: vec!["nickname".to_owned()],
                since: moment("2026-01-02T03:04:05Z"),
                last_used: Some(moment("2026-11-20T10:00:00Z")),
            },
            Application {
                id: "bare",
                client: bare("https://bare.example/cb"),
                scope: scope("openid"),
                claims: vec![],
                since: moment("2026-02-02T03:04:05Z"),
                last_used: None,
            },
        ],
        told,
    }
}

/// The page of somebody who has let nothing in.
pub fn empty_in(locale: Locale) -> AccountPage<'static> {
    AccountPage {
        name: None,
        devices: vec![device("a", "", "", true)],
        applications: vec![],
        ..page_in(locale, Told::Nothing)
    }
}

fn html(told: Told) -> String {
    page_in(Locale::English, told).respond().body.as_str().to_owned()
}

/// The text of a piece of HTML, as it is read out.
pub fn text(html: &str) -> String {
    let pieces = html.split('<').enumerate().map(|(at, piece)| match at {
        0 => piece,
        _ => piece.split_once('>').map_or("", |(_, text)| text),
    });
    pieces.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What each of the page's buttons sends, and what it is called.
fn buttons(html: &str) -> Vec<(String, String)> {
    let buttons = html.split("<button ").skip(1).map(|rest| rest.split_once("</button>").unwrap().0);
    let read = |button: &str| {
        let (tag, name) = button.split_once('>').unwrap();
        let attribute = |mark: &str| tag.split_once(mark).map_or("", |(_, rest)| rest.split('"').next().unwrap());
        (format!("{}={}", attribute(" name=\""), attribute(" value=\"")), text(name))
    };
    buttons.map(read).collect()
}

#[test]
fn every_button_says_what_it_ends() {
    let (a, b) = ("a".repeat(32), "b".repeat(32));
    let expected = [
        (format!("sign_out={a}"), "Sign out Firefox, Windows, 2026-11-23 14:05 UTC"),
        (format!("sign_out={b}"), "Sign out Unknown browser, 2026-11-23 14:05 UTC"),
        ("everywhere=yes".to_owned(), "Sign out everywhere"),
        ("withdraw=shop".to_owned(), "Withdraw access Alpine Supply"),
        ("withdraw=bare".to_owned(), "Withdraw access Bare"),
        ("=".to_owned(), "Change password"),
    ];
    let expected = expected.map(|(sends, name)| (sends, name.to_owned()));
    assert_eq!(buttons(&html(Told::Nothing)), expected);
}

#[test]
fn it_says_who_is_signed_in_where_since_when_and_which_of_them_this_is() {
    let html = html(Told::Nothing);
    assert!(html.contains("signed in as <strong><bdi>Diana Ridge</bdi></strong>"));
    assert!(html.contains("User name: <strong><bdi>diana</bdi></strong>"));
    assert!(html.contains(r#"<time datetime="2026-11-23T14:05:09Z">2026-11-23 14:05 UTC</time>"#));
    let list = between(&html, r#"<ul class="nodes" aria-labelledby="devices">"#, "</ul>");
    let said: Vec<String> = list.split("<li>").skip(1).map(text).collect();
    assert_eq!(
        said,
        [
            "Firefox, Windows This device Signed in 2026-11-23 14:05 UTC · SE Sign out Firefox, Windows, 2026-11-23 14:05 UTC",
            "Unknown browser Signed in 2026-11-23 14:05 UTC Sign out Unknown browser, 2026-11-23 14:05 UTC",
        ]
    );
    let nameless = empty_in(Locale::English).respond();
    assert!(nameless.body.as_str().contains("signed in as <strong><bdi>diana</bdi></strong>"));
    assert!(!nameless.body.as_str().contains("User name"));
}

#[test]
fn it_says_what_each_application_can_do_and_for_how_long() {
    let html = html(Told::Nothing);
    let list = between(&html, r#"<ul class="nodes" aria-labelledby="applications">"#, "</form>");
    let said: Vec<String> = list.split("<li>\n<div>").skip(1).map(text).collect();
    assert_eq!(
        said,
        [
            "Alpine Supply It can Know who you areAn identifier for your account, and when you signed in. \
             See your email addressAnd whether it has been verified. See your profilenickname \
             Access since 2026-01-02 03:04 UTC. Last used 2026-11-20 10:00 UTC. Goes on after you have signed out. \
             Withdraw access Alpine Supply",
            "Bare It can Know who you areAn identifier for your account, and when you signed in. \
             Access since 2026-02-02 03:04 UTC. Ends when you sign out. Withdraw access Bare",
        ]
    );
    assert!(list.contains(r#"<a href="https://alpine.example/" rel="noopener noreferrer"><bdi>Alpine Supply</bdi></a>"#));
    assert_eq!(list.matches("<a ").count(), 1, "only web addresses that were registered are linked");
    let empty = empty_in(Locale::English).respond();
    assert!(empty.body.as_str().contains("No application has access to your account."));
    assert!(!empty.body.as_str().contains("withdraw"));
}

#[test]
fn headings_stand_in_their_order_and_every_field_has_a_label() {
    let html = html(Told::Nothing);
    let levels: Vec<&str> = html.split("<h").skip(1).filter_map(|rest| rest.get(..1)).collect();
    let levels: Vec<&str> = levels.into_iter().filter(|level| level.parse::<u8>().is_ok()).collect();
    assert_eq!(levels, ["1", "2", "2", "3", "3", "2"]);
    for id in ["current_password", "new_password"] {
        assert!(html.contains(&format!(r#"<label for="{id}">"#)));
        let input = between(&html, &format!(r#"<input id="{id}" name="{id}""#), ">");
        assert!(input.contains(r#"type="password""#) && input.contains(" required") && !input.contains("value="));
    }
    assert!(html.contains(r#"autocomplete="current-password""#) && html.contains(r#"autocomplete="new-password" minlength="8""#));
    assert!(html.contains(r#"<label class="check"><input type="checkbox" name="sign_out_others" value="yes" checked"#));
    for id in ["devices", "applications", "password", "everywhere", "others"] {
        assert_eq!(html.matches(&format!(r#" id="{id}""#)).count(), 1, "{id}");
    }
    assert_eq!(html.matches(r#"<form method="post" action="/account">"#).count(), 3);
    assert_eq!(
        html.matches(r#"<input type="hidden" name="interaction" value="sealed">"#).count(),
        3
    );
    assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains("autofocus"));
}

#[test]
fn what_has_been_done_is_a_status() {
    for (done, words) in [
        (Done::DeviceSignedOut, "The device is signed out."),
        (Done::AccessWithdrawn, "no access any more"),
        (Done::PasswordChanged, "has been changed"),
    ] {
        let html = html(Told::Done(done));
        assert!(between(&html, r#"<p class="done" role="status">"#, "</p>").contains(words));
        assert!(!html.contains(r#"role="alert""#));
        assert_eq!(Done::of_word(done.word()), Some(done));
    }
    assert!(!html(Told::Nothing).contains("role="));
    assert_eq!(Done::of_word("nothing"), None);
}

#[test]
fn a_problem_with_the_password_stands_at_its_field() {
    for (problem, status, field, words) in [
        (PasswordProblem::Wrong, 400, "current_password", "The current password is wrong."),
        (PasswordProblem::Unusable, 400, "new_password", "“New password” cannot be used"),
        (PasswordProblem::TooMany { minutes: 14 }, 429, "current_password", "Wait 14 minutes"),
    ] {
        let page = page_in(Locale::English, Told::Password(problem)).respond();
        let html = page.body.as_str();
        assert_eq!(page.status, status);
        assert_eq!(page.header("retry-after"), (status == 429).then_some("840"));
        let section = html.split_once(r#"aria-labelledby="password""#).unwrap().1;
        assert!(between(section, r#"<p class="problem" id="problem" role="alert">"#, "</p>").contains(words));
        assert!(between(html, "<title>", "</title>").starts_with("Problem: "));
        let input = between(section, &format!(r#"<input id="{field}""#), ">");
        assert!(
            input.contains("autofocus") && input.contains(r#"aria-describedby="problem""#),
            "{input}"
        );
        assert_eq!(html.matches(r#"describedby="problem""#).count(), 1);
    }
    let expired = page_in(Locale::English, Told::Expired).respond();
    assert_eq!(expired.status, 400);
    let alert = expired.body.as_str().find(r#"role="alert""#).unwrap();
    assert!(
        alert < expired.body.as_str().find("<section").unwrap(),
        "it is about the whole page"
    );
}

#[test]
fn its_sign_in_page_stands_for_no_client() {
    let page = login_in(Locale::English);
    let html = page.body.as_str();
    assert_eq!(page.status, 200);
    assert!(html.contains("<h1>Sign in</h1>") && html.contains("to continue to your account"));
    assert!(html.contains(r#"<form method="post" action="/account/sign_in">"#) && html.contains(r#"<button id="login""#));
    assert!(!html.contains("You return to") && !html.contains("<nav") && !html.contains("role="));
    let csp = page.header("content-security-policy").unwrap();
    assert!(csp.contains("form-action 'self';") && csp.contains("img-src 'self';"), "{csp}");
    let wrong = LoginPage {
        locale: Locale::English,
        errand: Errand::Account,
        interaction: "sealed",
        username: "diana",
        sign_up: false,
        problem: Some(LoginProblem::Rejected),
    };
    assert_eq!(wrong.respond().status, 400);
}

#[test]
fn its_forms_lead_to_the_provider_alone() {
    let page = page_in(Locale::English, Told::Nothing).respond();
    let csp = page.header("content-security-policy").unwrap();
    assert!(csp.contains("form-action 'self';") && csp.contains("img-src 'self';"), "{csp}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}
