//! What clients and strangers write cannot leave its place on a page.

use super::policy::{directive, policy};
use super::{bare, between, login, shop};
use treeline::login::new_account::NewAccount;
use treeline::login::pages::{
    AccountPage, Application, ClientView, ConsentPage, Device, Errand, ErrorPage, HomePage, LoginPage, Moment, Reason, SignUpPage, Told,
};
use treeline::oauth::locale::Locale;
use treeline::oauth::scope::Scope;

/// A name that tries to leave its element and its attribute, in every way that HTML knows.
const HOSTILE: &str = r#"</title></style></bdi><script>alert(1)</script>"'><img src=x onerror=alert(1)>"#;

#[test]
fn address_cannot_add_to_the_policy() {
    // Hosts that the URL standard allows and that would end a directive.
    for evil in [
        "https://a;script-src*.evil.example/x",
        "https://a,script-src.evil.example/x",
        "https://a'b.example/x",
    ] {
        let client = ClientView {
            logo_uri: Some(evil),
            redirect_uri: evil,
            ..shop()
        };
        let page = login(client, None);
        assert_eq!(directive(&page, "img-src"), "'self'", "{evil}");
        assert_eq!(directive(&page, "form-action"), "'self' https:", "{evil}");
        assert!(!policy(&page).contains("script-src") && !policy(&page).contains(','), "{evil}");
        assert!(!page.body.as_str().contains("<img"), "{evil}");
    }
}

#[test]
fn addresses_that_run_are_not_linked() {
    for evil in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://x/y",
        " ",
        "//x",
    ] {
        let client = ClientView {
            logo_uri: Some(evil),
            client_uri: Some(evil),
            policy_uri: Some(evil),
            tos_uri: Some(evil),
            ..bare("https://bare.example/cb")
        };
        let html = login(client, None).body.as_str().to_owned();
        assert!(!html.contains("<a ") && !html.contains("<img"), "{evil}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let evil_uri = format!("https://evil.example/{HOSTILE}");
    let client = || ClientView {
        name: HOSTILE,
        logo_uri: Some(&evil_uri),
        client_uri: Some(&evil_uri),
        policy_uri: Some(&evil_uri),
        tos_uri: Some(&evil_uri),
        redirect_uri: &evil_uri,
    };
    let pages = |locale| {
        [
            LoginPage {
                locale,
                errand: Errand::Client(client()),
                interaction: HOSTILE,
                username: HOSTILE,
                sign_up: true,
                problem: None,
            }
            .respond(),
            SignUpPage {
                locale,
                client: client(),
                interaction: HOSTILE,
                typed: NewAccount {
                    username: HOSTILE,
                    password: HOSTILE,
                    name: HOSTILE,
                    email: HOSTILE,
                },
                problem: None,
            }
            .respond(),
            ConsentPage {
                locale,
                client: client(),
                interaction: HOSTILE,
                user: HOSTILE,
                scope: &Scope::parse("openid <script>alert(1)</script>").unwrap(),
                claims: &[],
                remembered: true,
            }
            .respond(),
            ErrorPage {
                locale,
                status: 400,
                code: HOSTILE,
                reason: Reason::Protocol(HOSTILE.into()),
            }
            .respond(),
            ErrorPage {
                locale,
                status: 500,
                code: HOSTILE,
                reason: Reason::Fault(HOSTILE),
            }
            .respond(),
            HomePage { locale, issuer: HOSTILE }.respond(),
            AccountPage {
                locale,
                interaction: HOSTILE,
                user: HOSTILE,
                name: Some(HOSTILE),
                devices: vec![Device {
                    id: HOSTILE.to_owned(),
                    name: HOSTILE,
                    place: HOSTILE,
                    since: Moment(HOSTILE.to_owned()),
                    is_this: false,
                }],
                applications: vec![Application {
                    id: HOSTILE,
                    client: client(),
                    scope: &Scope::parse("openid <script>alert(1)</script>").unwrap(),
                    claims: vec![HOSTILE.to_owned()],
                    since: Moment(HOSTILE.to_owned()),
                    last_used: Some(Moment(HOSTILE.to_owned())),
                }],
                told: Told::Nothing,
            }
            .respond(),
        ]
    };
    for page in Locale::ALL.into_iter().flat_map(pages) {
        let html = page.body.as_str();
        assert!(html.contains("alert(1)"));
        assert!(
            !html.contains("<script") && !html.contains("<img src=x") && !html.contains(r#""'>"#),
            "{html}"
        );
        assert_eq!(html.matches("</title>").count(), 1);
        assert_eq!(html.matches("</style>").count(), 1);
        // What came in adds no header and no directive.
        assert_eq!(policy(&page).matches(';').count(), 5);
    }
}

#[test]
fn name_cannot_reorder_hide_or_push_away_what_stands_around_it() {
    let name = format!("\u{2069}\u{202e}Bank\u{202c}\n\u{200b}{}", "W".repeat(500));
    let client = ClientView { name: &name, ..shop() };
    let page = login(client, None);
    let shown = between(page.body.as_str(), "continue to <strong><bdi>", "</bdi>").to_owned();
    assert!(shown.starts_with("Bank WW") && shown.ends_with('W'), "{shown}");
    assert_eq!(shown.chars().count(), 60);
}
