//! Making an account (Initiating User Registration via OpenID Connect 1.0).

use super::browser::{Browser, Shown, callback, hidden_field, parameter, shown};
use super::party::{PASSWORD, Party, decode, enrol, set_disabled, text, userinfo};
use crate::world::{ISSUER, Touches, World, body, get, post};
use serde_json::{Value, json};
use treeline::http::Response;
use treeline::object::Class;

fn scene() -> (World, Party) {
    let world = World::with(&[("SIGN_UP", "open")]);
    let party = Party::register(&world);
    (world, party)
}

/// Opens the sign-up page by `prompt=create`.
fn open(browser: &mut Browser<'_>, party: &Party) -> Response {
    let page = browser.open(&party.query().with("prompt", "create"));
    assert_eq!((page.status, shown(&page)), (200, Shown::SignUp));
    page
}

fn create(browser: &mut Browser<'_>, page: &Response, username: &str) -> Response {
    browser.submit(page, &[("username", username), ("password", PASSWORD)])
}

fn told(page: &Response) -> &str {
    let html = page.body.as_str();
    let problem = html
        .split_once(r#"role="alert">"#)
        .unwrap_or_else(|| panic!("no problem in {html}"))
        .1;
    problem.split_once('<').unwrap().0
}

#[test]
fn a_person_makes_an_account_and_the_client_learns_who_it_is() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = open(&mut browser, &party);
    assert_eq!(
        world.stored(Class::UserSession),
        [] as [String; 0],
        "the request itself stores nothing"
    );
    let typed = [
        ("username", "Rigo"),
        ("password", PASSWORD),
        ("name", " Rigo of Oslo "),
        ("email", "rigo@example.com"),
    ];
    world.take_touches();
    world.forget_clients();
    let consent = browser.submit(&page, &typed);
    let mut expected = Touches {
        kv_gets: 1,
        ..Touches::default()
    };
    expected.asks.insert(Class::Pending.name(), 1);
    expected.asks.insert(Class::UserSession.name(), 2);
    assert_eq!(world.take_touches(), expected);
    assert_eq!((consent.status, shown(&consent)), (200, Shown::Consent));
    let code = callback(&browser.allow(&consent), "code");
    let tokens = party.tokens(&world, &code);
    let (_, id_claims) = decode(&text(&tokens, "id_token"));
    assert_eq!(id_claims["auth_time"], world_now(&world));
    let said = body(&userinfo(&world, &text(&tokens, "access_token")));
    let sub = id_claims["sub"].clone();
    assert_eq!(
        said,
        json!({ "sub": sub, "name": "Rigo of Oslo", "email": "rigo@example.com", "email_verified": false })
    );
    assert_eq!(world.stored(Class::UserSession), ["rigo"]);

    // The account is one like any other, and the password opens it.
    let again = Browser::new(&world).code(&party.query(), "rigo");
    let (_, claims) = decode(&text(&party.tokens(&world, &again), "id_token"));
    assert_eq!(claims["sub"], sub);
    assert!(!world.dump().contains(PASSWORD));
}

fn world_now(world: &World) -> Value {
    use treeline::platform::Platform;
    world.now().0.into()
}

#[test]
fn name_and_address_may_be_left_out() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = open(&mut browser, &party);
    let typed = [("username", "rigo"), ("password", PASSWORD), ("name", "  "), ("email", "")];
    let page = browser.submit(&page, &typed);
    let code = callback(&browser.allow(&page), "code");
    let said = body(&userinfo(&world, &party.access_token(&world, &code)));
    let members: Vec<&String> = said.as_object().unwrap().keys().collect();
    assert_eq!(members, ["sub"]);
}

#[test]
fn a_name_that_is_taken_stays_whose_it_is() {
    let (world, party) = scene();
    enrol(&world, "diana");
    enrol(&world, "rigo");
    set_disabled(&world, "rigo", true);
    let before = world.dump();
    let mut browser = Browser::new(&world);
    let page = open(&mut browser, &party);
    for name in ["diana", "DIANA", "\u{ff24}iana", "rigo"] {
        let typed = [("username", name), ("password", "another password"), ("email", "evil@example.com")];
        let again = browser.submit(&page, &typed);
        assert_eq!((again.status, shown(&again)), (400, Shown::SignUp), "{name}");
        assert!(told(&again).contains("is taken"));
        assert!(again.body.as_str().contains(&format!(r#"value="{name}""#)) && again.body.as_str().contains(r#"value="evil@example.com""#));
        assert!(!again.body.as_str().contains("another password"));
        assert!(browser.cookie("__Host-treeline-session").is_none());
    }
    assert!(!world.dump().contains("evil@example.com"));
    let hash = |dump: &str| dump.split("salt").count();
    assert_eq!(hash(&world.dump()), hash(&before));
    let page = browser.open(&party.query());
    assert_eq!(shown(&browser.sign_in(&page, "diana")), Shown::Consent, "the old password works");
    // The right password of a disabled account opens nothing.
    let page = open(&mut browser, &party);
    assert!(told(&create(&mut browser, &page, "rigo")).contains("is taken"));
    // Another name on the page that came back.
    let again = create(&mut browser, &page, "diana.ridge");
    assert_eq!(shown(&again), Shown::Consent);
}

#[test]
fn a_form_that_is_sent_twice_makes_one_account_and_signs_in() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = open(&mut browser, &party);
    let form = || browser.form(&page, &[("username", "rigo"), ("password", PASSWORD)]);
    let answers = world.send_all(&[form(), form()]);
    assert_eq!(answers.iter().map(shown).collect::<Vec<_>>(), [Shown::Consent, Shown::Consent]);
    assert_eq!(world.faults(), []);
    // Whatever the order of their steps, one of two people gets the name.
    for turns in 0..12 {
        let name = format!("rigo-{turns}");
        let (one, mut other) = (Browser::new(&world), Browser::new(&world));
        let mut one = one;
        let (page_of_one, page_of_other) = (open(&mut one, &party), open(&mut other, &party));
        let first = one.form(&page_of_one, &[("username", &name), ("password", "the first password")]);
        let second = other.form(&page_of_other, &[("username", &name), ("password", "the second password")]);
        let answers = world.send_staggered(&[(turns, first), (5, second)]);
        let mut came: Vec<Shown> = answers.iter().map(shown).collect();
        came.sort_by_key(|shown| *shown == Shown::Consent);
        assert_eq!(came, [Shown::SignUp, Shown::Consent], "{turns}");
        world.advance(60);
    }
}

#[test]
fn what_cannot_be_used_is_told_before_anything_is_counted() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = open(&mut browser, &party);
    let (long_password, long_name, long_email) = ("x".repeat(1025), "x".repeat(255), format!("{}@example.com", "x".repeat(250)));
    let sound = [
        ("username", "rigo"),
        ("password", PASSWORD),
        ("name", "Rigo"),
        ("email", "rigo@example.com"),
    ];
    for (field, value, label) in [
        ("username", "", "User name"),
        ("username", "two words", "User name"),
        ("username", "a\u{200b}b", "User name"),
        ("password", "", "Password"),
        ("password", "seven77", "Password"),
        ("password", &long_password, "Password"),
        ("password", "with\u{7}control", "Password"),
        ("name", "Ri\ngo", "Name"),
        ("name", &long_name, "Name"),
        ("email", "rigo", "Email address"),
        ("email", "@example.com", "Email address"),
        ("email", "rigo@", "Email address"),
        ("email", "rigo @example.com", "Email address"),
        ("email", &long_email, "Email address"),
    ] {
        let typed = sound.map(|(name, usual)| (name, if name == field { value } else { usual }));
        let again = browser.submit(&page, &typed);
        assert_eq!((again.status, shown(&again)), (400, Shown::SignUp), "{field}: {value:?}");
        assert_eq!(told(&again), format!("“{label}” cannot be used as it stands."), "{value:?}");
        assert_eq!(world.stored(Class::UserSession), [] as [String; 0], "{field}: {value:?}");
    }
    assert_eq!(shown(&browser.submit(&page, &sound)), Shown::Consent);
}

#[test]
fn a_flood_from_one_address_is_refused() {
    let world = World::with(&[("SIGN_UP", "open"), ("SIGN_UP_LIMIT", "2"), ("REGISTRATION_LIMIT", "1")]);
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    for name in ["one", "two"] {
        let page = open(&mut browser, &party);
        assert_eq!(
            shown(&create(&mut browser, &page, name)),
            Shown::Consent,
            "registrations are counted apart"
        );
    }
    let page = open(&mut browser, &party);
    let refused = create(&mut browser, &page, "three");
    assert_eq!((refused.status, shown(&refused)), (429, Shown::SignUp));
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert!(told(&refused).contains("Wait a minute"));
    assert_eq!(world.stored(Class::UserSession), ["one", "two"]);
    assert!(world.stored(Class::Pending).contains(&"sign_up/local".to_owned()));
    world.advance(60);
    assert_eq!(shown(&create(&mut browser, &page, "three")), Shown::Consent);
}

#[test]
fn somebody_who_is_signed_in_may_make_another_account() {
    let (world, party) = scene();
    enrol(&world, "diana");
    let mut browser = Browser::new(&world);
    browser.code(&party.query(), "diana");
    let page = open(&mut browser, &party);
    let consent = create(&mut browser, &page, "rigo");
    assert!(consent.body.as_str().contains("signed in as <strong><bdi>rigo</bdi>"));
    assert_eq!(shown(&browser.allow(&consent)), Shown::Redirect);
    assert_eq!(
        shown(&browser.open(&party.query().with("prompt", "none"))),
        Shown::Redirect,
        "and is rigo now"
    );
}

#[test]
fn the_sign_in_page_leads_to_the_sign_up_page_and_back() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let login = browser.open(&party.query().with("ui_locales", "sv"));
    assert_eq!(shown(&login), Shown::Login);
    let account = browser.other_page(&login);
    assert_eq!((account.status, shown(&account)), (200, Shown::SignUp));
    assert!(account.body.as_str().contains(r#"<html lang="sv">"#) && !account.body.as_str().contains("role=\"alert\""));
    let back = browser.other_page(&account);
    assert_eq!((back.status, shown(&back)), (200, Shown::Login));
    assert!(!back.body.as_str().contains("role=\"alert\""));
    assert_eq!(
        world.stored(Class::UserSession),
        [] as [String; 0],
        "going to and fro counts as no try"
    );
    let account = browser.other_page(&back);
    let consent = create(&mut browser, &account, "rigo");
    assert_eq!(shown(&consent), Shown::Consent);
    assert_eq!(callback(&browser.allow(&consent), "state"), "the state");

    // And from prompt=create somebody with an account signs in.
    let mut other = Browser::new(&world);
    let page = open(&mut other, &party);
    let login = other.other_page(&page);
    assert!(parameter(&other.sign_in(&login, "rigo"), "code").is_some());
}

#[test]
fn the_sign_up_page_keeps_what_the_client_hints() {
    let (world, party) = scene();
    let page = Browser::new(&world).open(&party.query().with("prompt", "create").with("login_hint", "rigo"));
    assert!(page.body.as_str().contains(r#"name="username" value="rigo""#));
}

#[test]
fn a_page_that_was_open_for_too_long_begins_anew() {
    let (world, party) = scene();
    let mut browser = Browser::new(&world);
    let page = open(&mut browser, &party);
    world.advance(1800);
    let again = create(&mut browser, &page, "rigo");
    assert_eq!((again.status, shown(&again)), (400, Shown::SignUp));
    assert!(told(&again).contains("open for too long"));
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
    assert_eq!(shown(&create(&mut browser, &again, "rigo")), Shown::Consent);
}

#[test]
fn forms_of_others_are_refused() {
    let (world, party) = scene();
    let mut attacker = Browser::new(&world);
    let page = open(&mut attacker, &party);
    let mut victim = Browser::new(&world);
    assert_eq!(create(&mut victim, &page, "rigo").status, 403, "without a mark");
    victim.open(&party.query());
    assert_eq!(create(&mut victim, &page, "rigo").status, 403, "with another mark");
    let mark = attacker.cookie("__Host-treeline-browser").unwrap().to_owned();
    for (name, value, status) in [
        ("origin", "https://evil.example", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", ISSUER, 400),
    ] {
        let response = post("/sign_up")
            .header(name, value)
            .header("cookie", &format!("__Host-treeline-browser={mark}"))
            .form(&[
                ("interaction", hidden_field(&page).as_str()),
                ("username", "rigo"),
                ("password", "short"),
            ])
            .send(&world);
        assert_eq!(response.status, status, "{name}: {value}");
    }
    assert_eq!(get("/sign_up").send(&world).status, 405);
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
}

#[test]
fn create_stands_alone() {
    let (world, party) = scene();
    for prompt in ["create login", "consent create", "create none", "create create", "Create"] {
        let response = Browser::new(&world).open(&party.query().with("prompt", prompt));
        assert_eq!(callback(&response, "error"), "invalid_request", "{prompt}");
    }
    let prompts = |world: &World| body(&get("/.well-known/openid-configuration").send(world))["prompt_values_supported"].clone();
    assert_eq!(prompts(&world), json!(["none", "login", "consent", "select_account", "create"]));
    assert_eq!(prompts(&World::new()), json!(["none", "login", "consent", "select_account"]));
}

#[test]
fn where_the_operator_makes_the_accounts_nobody_else_does() {
    let world = World::new();
    let party = Party::register(&world);
    let mut browser = Browser::new(&world);
    let refused = browser.open(&party.query().with("prompt", "create"));
    assert_eq!(callback(&refused, "error"), "invalid_request");
    assert_eq!(callback(&refused, "state"), "the state");
    let page = browser.open(&party.query());
    assert!(!page.body.as_str().contains("/sign_up"));
    let moved = Response {
        body: treeline::http::Body::Text(page.body.as_str().replace("/login", "/sign_up")),
        ..page
    };
    let response = create(&mut browser, &moved, "rigo");
    assert_eq!((response.status, shown(&response)), (403, Shown::Error("access_denied".to_owned())));
    assert_eq!(world.stored(Class::UserSession), [] as [String; 0]);
}
