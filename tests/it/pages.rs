//! The pages: what a person, a browser and a certification run find on them, and what a hostile client cannot put there.

pub mod account;
mod colour;
mod form_post;
mod hostile;
mod languages;
pub mod policy;
mod session_frame;

use treeline::http::Response;
use treeline::login::new_account::{Field, NewAccount};
use treeline::login::pages::{
    ClientView, CompletedPage, ConsentPage, Done, Errand, ErrorPage, FormPostPage, HomePage, LoginPage, LoginProblem, PasswordProblem,
    Reason, SignOutPage, SignUpPage, SignUpProblem, SignedOutPage, StillSignedInPage, Told, icon,
};
use treeline::oauth::claim::SCOPE_CLAIMS;
use treeline::oauth::locale::Locale;
use treeline::oauth::scope::Scope;

fn shop() -> ClientView<'static> {
    ClientView {
        name: "Alpine Supply",
        logo_uri: Some("https://cdn.alpine.example/logo.png?size=2"),
        client_uri: Some("https://alpine.example/"),
        policy_uri: Some("https://alpine.example/privacy"),
        tos_uri: Some("https://legal.example/terms"),
        redirect_uri: "https://shop.alpine.example:8443/callback?from=op",
    }
}

fn bare(redirect_uri: &'static str) -> ClientView<'static> {
    ClientView {
        name: "Bare",
        logo_uri: None,
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        redirect_uri,
    }
}

fn login(client: ClientView<'_>, problem: Option<LoginProblem>) -> Response {
    login_in(Locale::English, client, problem)
}

fn login_in(locale: Locale, client: ClientView<'_>, problem: Option<LoginProblem>) -> Response {
    LoginPage {
        locale,
        errand: Errand::Client(client),
        interaction: "sealed",
        username: "",
        sign_up: true,
        problem,
    }
    .respond()
}

fn sign_up_in(locale: Locale, client: ClientView<'_>, problem: Option<SignUpProblem>) -> Response {
    SignUpPage {
        locale,
        client,
        interaction: "sealed",
        typed: NewAccount::default(),
        problem,
    }
    .respond()
}

fn consent(client: ClientView<'_>, scope: &str, remembered: bool) -> Response {
    consent_in(Locale::English, client, scope, remembered)
}

fn consent_in(locale: Locale, client: ClientView<'_>, scope: &str, remembered: bool) -> Response {
    ConsentPage {
        locale,
        client,
        interaction: "sealed",
        user: "diana",
        scope: &Scope::parse(scope).unwrap(),
        claims: &[],
        remembered,
    }
    .respond()
}

fn error_in(locale: Locale, status: u16, reason: Reason<'_>) -> Response {
    ErrorPage {
        locale,
        status,
        code: "invalid_request",
        reason,
    }
    .respond()
}

fn error(description: &'static str) -> Response {
    error_in(Locale::English, 400, Reason::Protocol(description.into()))
}

fn form_post(locale: Locale, action: &str, fields: &[(&str, &str)]) -> Response {
    FormPostPage { locale, action, fields }.respond()
}

fn every_page() -> Vec<(&'static str, Response)> {
    every_page_in(Locale::English)
}

fn every_page_in(locale: Locale) -> Vec<(&'static str, Response)> {
    let local = || bare("http://127.0.0.1:4000/cb");
    vec![
        ("login", login_in(locale, shop(), None)),
        ("rejected", login_in(locale, shop(), Some(LoginProblem::Rejected))),
        ("too-many", login_in(locale, local(), Some(LoginProblem::TooMany { minutes: 14 }))),
        ("expired", login_in(locale, local(), Some(LoginProblem::Expired))),
        ("sign-up", sign_up_in(locale, shop(), None)),
        ("sign-up-taken", sign_up_in(locale, local(), Some(SignUpProblem::Taken))),
        ("sign-up-too-many", sign_up_in(locale, local(), Some(SignUpProblem::TooMany))),
        ("sign-up-expired", sign_up_in(locale, local(), Some(SignUpProblem::Expired))),
        (
            "sign-up-unusable",
            sign_up_in(locale, shop(), Some(SignUpProblem::Unusable(Field::Email))),
        ),
        ("consent", consent_in(locale, shop(), "openid profile email address phone", true)),
        ("consent-small", consent_in(locale, bare("com.example.app:/cb"), "openid", false)),
        (
            "error",
            error_in(locale, 400, Reason::Protocol("redirect_uri is not registered".into())),
        ),
        ("foreign-form", error_in(locale, 403, Reason::ForeignForm)),
        ("expired-consent", error_in(locale, 400, Reason::Expired)),
        ("client-gone", error_in(locale, 400, Reason::ClientGone)),
        ("only-forms", error_in(locale, 405, Reason::OnlyForms)),
        ("fault", error_in(locale, 500, Reason::Fault("req-1"))),
        ("completed", CompletedPage { locale }.respond()),
        ("form-post", form_post(locale, "https://rp.example/cb", &[("code", "x")])),
        ("sign-out", sign_out(locale, None)),
        ("sign-out-and-return", sign_out(locale, Some("https://rp.example/bye"))),
        ("signed-out", signed_out(locale, None)),
        ("signed-out-and-return", signed_out(locale, Some("https://rp.example/bye?state=1"))),
        ("still-signed-in", StillSignedInPage { locale }.respond()),
        ("account-login", account::login_in(locale)),
        ("account", account::page_in(locale, Told::Nothing).respond()),
        (
            "account-done",
            account::page_in(locale, Told::Done(Done::PasswordChanged)).respond(),
        ),
        ("account-expired", account::page_in(locale, Told::Expired).respond()),
        (
            "account-unusable",
            account::page_in(locale, Told::Password(PasswordProblem::Unusable)).respond(),
        ),
        ("account-empty", account::empty_in(locale).respond()),
        (
            "home",
            HomePage {
                locale,
                issuer: "https://login.example.com",
            }
            .respond(),
        ),
    ]
}

fn sign_out(locale: Locale, leads_to: Option<&str>) -> Response {
    SignOutPage {
        locale,
        user: "diana",
        step: "sealed",
        leads_to,
        is_sent_back: leads_to.is_some(),
    }
    .respond()
}

/// With a frame of a client.
fn signed_out(locale: Locale, next: Option<&str>) -> Response {
    SignedOutPage {
        locale,
        frames: &["https://rp.example/front?iss=https%3A%2F%2Flogin.example.com&sid=1".to_owned()],
        next,
    }
    .respond()
}

/// The text between two marks, which have to be there.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

/// Leaves every page in target/tmp/pages, to be opened in a browser.
#[test]
fn every_page_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    for locale in Locale::ALL {
        for (name, page) in every_page_in(locale) {
            std::fs::write(folder.join(format!("{name}.{}.html", locale.tag())), page.body.as_str()).unwrap();
        }
    }
}

#[test]
fn login_page_is_a_form_that_works_without_scripts() {
    let page = login(shop(), None);
    let html = page.body.as_str();
    assert_eq!(page.status, 200);
    assert!(html.contains("<h1>Sign in</h1>"));
    assert!(html.contains(r#"<form method="post" action="/login">"#));
    assert!(html.contains(r#"<input type="hidden" name="interaction" value="sealed">"#));
    assert!(html.contains(r#"<button id="login" type="submit">Sign in</button>"#));
    let username = between(html, r#"<input id="username""#, ">");
    assert!(username.contains(r#" name="username""#) && username.contains(r#"autocomplete="username""#));
    let password = between(html, r#"<input id="password""#, ">");
    assert!(!password.contains("value="));
    assert!(password.contains(r#" name="password""#) && password.contains(r#"autocomplete="current-password""#));
    assert!(html.contains(r#"<label for="username">"#) && html.contains(r#"<label for="password">"#));
    assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains(" on"));
}

#[test]
fn login_page_says_who_asks_and_links_to_their_pages() {
    let html = login(shop(), None).body.as_str().to_owned();
    assert!(html.contains("to continue to <strong><bdi>Alpine Supply</bdi></strong>"));
    assert!(html.contains("<strong><bdi>shop.alpine.example</bdi></strong>"));
    assert!(html.contains(r#"<img src="https://cdn.alpine.example/logo.png?size=2" alt="""#));
    for uri in [
        "https://alpine.example/",
        "https://alpine.example/privacy",
        "https://legal.example/terms",
    ] {
        assert!(html.contains(&format!(r#"<a href="{uri}" rel="noopener noreferrer">"#)), "{uri}");
    }
    let bare = login(bare("https://bare.example/cb"), None).body.as_str().to_owned();
    assert!(!bare.contains("<img") && !bare.contains("<nav") && !bare.contains("<a "));
}

#[test]
fn client_without_a_name_is_called_by_its_host() {
    for name in ["", " \u{200b}\u{202e} "] {
        let client = ClientView {
            name,
            ..bare("https://bare.example/cb")
        };
        let page = login(client, None);
        assert!(
            page.body
                .as_str()
                .contains("to continue to <strong><bdi>bare.example</bdi></strong>")
        );
    }
}

#[test]
fn login_problem_is_told_beside_the_fields() {
    let problems = [
        (LoginProblem::Rejected, 400, "The user name or the password is wrong."),
        (LoginProblem::TooMany { minutes: 0 }, 429, "Wait a minute"),
        (LoginProblem::TooMany { minutes: 14 }, 429, "Wait 14 minutes"),
        (LoginProblem::Expired, 400, "start again"),
    ];
    for (problem, status, words) in problems {
        let page = login(shop(), Some(problem));
        let html = page.body.as_str();
        assert_eq!(page.status, status);
        assert!(between(html, r#"<p class="problem" id="problem" role="alert">"#, "</p>").contains(words));
        assert_eq!(html.matches(r#"aria-describedby="problem""#).count(), 2);
        assert!(between(html, "<title>", "</title>").starts_with("Problem: "));
    }
    let retry_after = |minutes| {
        login(shop(), Some(LoginProblem::TooMany { minutes }))
            .header("retry-after")
            .map(str::to_owned)
    };
    assert_eq!(retry_after(14).as_deref(), Some("840"));
    assert_eq!(retry_after(-3).as_deref(), Some("60"));
    assert_eq!(retry_after(i64::MAX), Some(i64::MAX.to_string()));
    assert_eq!(login(shop(), None).header("retry-after"), None);
}

#[test]
fn login_page_puts_the_cursor_into_the_first_empty_field() {
    let focused = |username| {
        let page = LoginPage {
            locale: Locale::English,
            errand: Errand::Client(shop()),
            interaction: "sealed",
            username,
            sign_up: false,
            problem: Some(LoginProblem::Rejected),
        }
        .respond();
        let html = page.body.as_str().to_owned();
        assert_eq!(html.matches(" autofocus").count(), 1);
        assert!(html.contains(&format!(r#"value="{username}""#)));
        between(&html, r#"<input id="username""#, ">").contains("autofocus")
    };
    assert!(focused(""));
    assert!(!focused("diana"));
}

#[test]
fn the_two_pages_of_the_entrance_lead_to_each_other() {
    let page = LoginPage {
        locale: Locale::English,
        errand: Errand::Client(shop()),
        interaction: "sealed",
        username: "",
        sign_up: false,
        problem: None,
    };
    assert!(
        !page.respond().body.as_str().contains("sign_up"),
        "where nobody can sign up nothing leads there"
    );
    for (page, action, label) in [
        (LoginPage { sign_up: true, ..page }.respond(), "/sign_up", "Create an account"),
        (sign_up_in(Locale::English, shop(), None), "/login", "I already have an account"),
    ] {
        let html = page.body.as_str();
        let other = between(html, &format!(r#"<form method="post" action="{action}">"#), "</form>");
        assert!(other.contains(r#"<input type="hidden" name="interaction" value="sealed">"#));
        assert!(other.contains(&format!(r#"name="show" value="page">{label}</button>"#)), "{other}");
        assert_eq!(other.matches("<input").count(), 1);
    }
}

#[test]
fn sign_up_page_is_a_form_that_password_managers_know() {
    let page = sign_up_in(Locale::English, shop(), None);
    let html = page.body.as_str();
    assert_eq!(page.status, 200);
    assert!(html.contains("<h1>Create an account</h1>") && html.contains("to continue to <strong><bdi>Alpine Supply</bdi></strong>"));
    let form = between(html, r#"<form method="post" action="/sign_up">"#, "</form>");
    for (id, attributes) in [
        ("username", vec![r#"autocomplete="username""#, " required", " autofocus"]),
        (
            "password",
            vec![
                r#"type="password""#,
                r#"autocomplete="new-password""#,
                r#"minlength="8""#,
                " required",
            ],
        ),
        ("name", vec![r#"autocomplete="name""#]),
        ("email", vec![r#"type="email""#, r#"autocomplete="email""#]),
    ] {
        let input = between(form, &format!(r#"<input id="{id}" name="{id}""#), ">");
        assert!(attributes.iter().all(|attribute| input.contains(attribute)), "{input}");
        assert_eq!(input.contains(" required"), attributes.contains(&" required"), "{input}");
        assert!(form.contains(&format!(r#"<label for="{id}">"#)));
    }
    assert!(form.contains(r#"<button id="sign_up" type="submit">Create an account</button>"#));
}

#[test]
fn sign_up_page_tells_the_problem_at_its_field() {
    for (problem, status, field, words) in [
        (
            SignUpProblem::Unusable(Field::Username),
            400,
            "username",
            "“User name” cannot be used",
        ),
        (
            SignUpProblem::Unusable(Field::Password),
            400,
            "password",
            "“Password” cannot be used",
        ),
        (SignUpProblem::Unusable(Field::Name), 400, "name", "“Name” cannot be used"),
        (
            SignUpProblem::Unusable(Field::Email),
            400,
            "email",
            "“Email address” cannot be used",
        ),
        (SignUpProblem::Taken, 400, "username", "is taken"),
        (SignUpProblem::TooMany, 429, "", "Wait a minute"),
        (SignUpProblem::Expired, 400, "", "start again"),
    ] {
        let page = sign_up_in(Locale::English, shop(), Some(problem));
        let html = page.body.as_str();
        assert_eq!(page.status, status, "{problem:?}");
        assert_eq!(page.header("retry-after"), (status == 429).then_some("60"));
        assert!(between(html, r#"<p class="problem" id="problem" role="alert">"#, "</p>").contains(words));
        assert!(between(html, "<title>", "</title>").starts_with("Problem: "));
        let blamed: Vec<&str> = html
            .split("<input id=\"")
            .skip(1)
            .filter(|input| input.split('>').next().unwrap().contains("aria-describedby"))
            .collect();
        assert_eq!(blamed.len(), usize::from(!field.is_empty()), "{problem:?}");
        assert!(blamed.iter().all(|input| input.starts_with(field)));
        assert_eq!(html.matches(" autofocus").count(), 1);
    }
}

#[test]
fn consent_page_says_who_asks_whom_for_what() {
    let page = consent(shop(), "openid profile email address phone", true);
    let html = page.body.as_str();
    assert_eq!(page.status, 200);
    assert!(html.contains("<h1>Allow access?</h1>"));
    assert!(html.contains("for <strong><bdi>Alpine Supply</bdi></strong>"));
    assert!(html.contains("signed in as <strong><bdi>diana</bdi></strong>"));
    assert!(html.contains("You return to <strong><bdi>shop.alpine.example</bdi></strong>"));
    assert!(html.contains("your choice is remembered"));
    assert!(html.contains(r#"<form method="post" action="/consent">"#));
    assert!(html.contains(r#"<input type="hidden" name="interaction" value="sealed">"#));
    assert!(html.contains(r#"<button id="allow" type="submit" name="decision" value="allow">"#));
    assert!(html.contains(r#"<button id="deny" type="submit" name="decision" value="deny""#));
    let native = consent(bare("com.example.app:/cb"), "openid", false);
    assert!(native.body.as_str().contains("the app <strong><bdi>com.example.app</bdi></strong>"));
    assert!(native.body.as_str().contains("You will be asked again"));
}

#[test]
fn consent_page_has_words_for_every_scope_and_hides_none() {
    for entry in SCOPE_CLAIMS {
        let page = consent(shop(), entry.scope, true);
        let title = between(page.body.as_str(), "<li><b><bdi>", "</bdi>").to_owned();
        assert!(
            title.contains(' ') && !title.contains(entry.scope.to_owned().as_str()) || entry.scope != "openid",
            "{title}"
        );
        assert_ne!(title, entry.scope);
    }
    let page = consent(shop(), "openid urn:example:<b>", true);
    assert!(page.body.as_str().contains("<b><bdi>urn:example:&#60;b&#62;</bdi></b>"));
}

#[test]
fn error_page_shows_the_parameter_at_fault_or_the_request() {
    let page = error("redirect_uri is not registered for this client");
    let html = page.body.as_str();
    assert_eq!(page.status, 400);
    for words in [
        "<h1>This request cannot be answered</h1>",
        "invalid_request",
        r#"<dd lang="en"><bdi>redirect_uri is not registered for this client</bdi></dd>"#,
        "Go back to the application",
    ] {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("<form"));
    let page = error_in(Locale::English, 500, Reason::Fault("req-1"));
    let html = page.body.as_str();
    assert!(html.contains("<h1>Something went wrong</h1>") && html.contains("on our side") && html.contains("req-1"));
    let completed = CompletedPage { locale: Locale::English }.respond();
    assert!(completed.status == 409 && completed.body.as_str().contains("already complete"));
}

#[test]
fn home_page_leads_to_discovery() {
    let issuer = "https://login.example.com";
    let page = HomePage {
        locale: Locale::English,
        issuer,
    }
    .respond();
    assert!(page.body.as_str().contains(r#"href="/.well-known/openid-configuration""#));
    assert!(page.body.as_str().contains(issuer));
}

#[test]
fn every_page_is_whole_and_kept_by_no_cache() {
    let pages = |locale| every_page_in(locale).into_iter().map(move |(name, page)| (locale, name, page));
    for (locale, name, page) in Locale::ALL.into_iter().flat_map(pages) {
        let html = page.body.as_str();
        let lang = format!(r#"<html lang="{}">"#, locale.tag());
        assert!(html.starts_with("<!doctype html>") && html.contains(&lang), "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main>").count(), 1, "{name}");
        assert!(!between(html, "<title>", "</title>").starts_with(' '), "{name}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"), "{name}");
        assert_eq!(page.header("cache-control"), Some("no-store"), "{name}");
    }
}

#[test]
fn icon_is_an_image_that_caches_keep() {
    let icon = icon();
    assert_eq!(icon.header("content-type"), Some("image/svg+xml"));
    assert!(icon.header("cache-control").unwrap().starts_with("public"));
    assert!(icon.body.as_str().starts_with("<svg xmlns="));
}
