//! The pages' content security policy: what a page may load and where its form may lead.

use super::{bare, between, consent, error, every_page, login, shop};
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use treeline::http::Response;

pub fn policy(page: &Response) -> &str {
    page.header("content-security-policy").unwrap()
}

/// One directive's sources.
pub fn directive<'a>(page: &'a Response, name: &str) -> &'a str {
    let of = |directive: &'a str| directive.trim().strip_prefix(name).map(str::trim);
    policy(page).split(';').find_map(of).unwrap()
}

/// The pages that go on by themselves.
const SCRIPTED: [&str; 2] = ["form-post", "signed-out-and-return"];

#[test]
fn policy_allows_the_stylesheet_by_its_hash_and_nothing_inline() {
    for (name, page) in every_page() {
        let style = between(page.body.as_str(), "<style>", "</style>");
        let hash = Base64::encode_string(&Sha256::digest(style));
        assert_eq!(directive(&page, "style-src"), format!("'sha256-{hash}'"), "{name}");
        assert_eq!(directive(&page, "default-src"), "'none'", "{name}");
        assert_eq!(directive(&page, "base-uri"), "'none'", "{name}");
        assert_eq!(directive(&page, "frame-ancestors"), "'none'", "{name}");
        assert!(!policy(&page).contains("unsafe"), "{name}");
        assert_eq!(policy(&page).contains("script"), SCRIPTED.contains(&name), "{name}");
        assert!(!page.body.as_str().contains(" style="), "{name}");
    }
}

#[test]
fn policy_lets_a_form_end_at_the_redirect_uri_and_nowhere_else() {
    let of_form = |redirect_uri| directive(&login(bare(redirect_uri), None), "form-action").to_owned();
    assert_eq!(
        of_form("https://shop.alpine.example:8443/callback?from=op"),
        "'self' https:",
        "its callback may go on to another origin of its own"
    );
    assert_eq!(of_form("http://127.0.0.1:4000/cb"), "'self' http://127.0.0.1:4000");
    assert_eq!(of_form("com.example.app:/cb"), "'self' com.example.app:");
    // No source expression can spell an IPv6 literal; Chromium would drop it and refuse the redirect.
    assert_eq!(of_form("http://[::1]:4000/cb"), "'self' http:");
    assert_eq!(of_form("not a uri"), "'self'");
    assert_eq!(directive(&consent(shop(), "openid", true), "form-action"), "'self' https:");
    assert_eq!(directive(&error("x"), "form-action"), "'none'");
}

#[test]
fn policy_lets_the_logo_in_where_there_is_one() {
    assert_eq!(directive(&login(shop(), None), "img-src"), "'self' https://cdn.alpine.example");
    assert_eq!(
        directive(&consent(shop(), "openid", true), "img-src"),
        "'self' https://cdn.alpine.example"
    );
    assert_eq!(directive(&login(bare("https://bare.example/cb"), None), "img-src"), "'self'");
}
