//! The page of the form_post response mode.

use super::policy::{directive, policy};
use super::{between, form_post};
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use treeline::oauth::locale::Locale;

const EN: Locale = Locale::English;

#[test]
fn the_response_stands_in_hidden_fields_in_order() {
    let page = form_post(
        EN,
        "https://rp.example/cb?a=1&b=2",
        &[("code", "c0de"), ("state", "the \"state\""), ("iss", "x")],
    );
    let html = page.body.as_str();
    assert_eq!(page.status, 200);
    assert_eq!(page.header("cache-control"), Some("no-store"));
    let form = between(html, "<form", "</form>");
    assert!(
        form.starts_with(r#" method="post" action="https://rp.example/cb?a=1&#38;b=2">"#),
        "{form}"
    );
    assert!(!form.contains("enctype"), "the default is what a client reads");
    let fields: Vec<&str> = form.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    assert_eq!(
        fields,
        [
            r#"type="hidden" name="code" value="c0de""#,
            r#"type="hidden" name="state" value="the &#34;state&#34;""#,
            r#"type="hidden" name="iss" value="x""#,
        ]
    );
    assert!(
        form.contains(r#"<button type="submit">Continue</button>"#),
        "for browsers without scripts"
    );
    assert!(html.contains("You return to <strong><bdi>rp.example</bdi></strong>."));
    assert!(between(html, "<title>", "</title>").starts_with("Continue"));
}

#[test]
fn one_script_is_allowed_and_stands_behind_the_form() {
    let page = form_post(EN, "https://rp.example/cb", &[("submit", "x")]);
    let html = page.body.as_str();
    let (before, script) = html.split_once("<script>").unwrap();
    let script = script.split_once("</script>").unwrap().0;
    assert!(before.contains("</form>"));
    assert!(script.contains("HTMLFormElement.prototype.submit"), "a control may be named submit");
    let hash = Base64::encode_string(&Sha256::digest(script));
    assert_eq!(directive(&page, "script-src"), format!("'sha256-{hash}'"));
    assert_eq!(directive(&page, "default-src"), "'none'");
    assert_eq!(directive(&page, "frame-ancestors"), "'none'");
}

#[test]
fn the_form_may_end_at_the_redirect_uri() {
    let target = |action| directive(&form_post(EN, action, &[]), "form-action").to_owned();
    assert_eq!(target("https://rp.example/cb"), "'self' https:");
    assert_eq!(target("http://127.0.0.1:4000/cb"), "'self' http://127.0.0.1:4000");
    assert_eq!(target("com.example.app:/cb"), "'self' com.example.app:");
    assert_eq!(target("https://a;script-src*.evil.example/x"), "'self' https:");
}

#[test]
fn nothing_leaves_its_place() {
    let evil = r#"</script><script>alert(1)</script>"'><img src=x>"#;
    for locale in Locale::ALL {
        let page = form_post(locale, &format!("https://rp.example/{evil}"), &[(evil, evil)]);
        let html = page.body.as_str();
        assert_eq!(html.matches("<script").count(), 1);
        assert!(!html.contains("<img") && !html.contains(r#""'>"#), "{html}");
        assert_eq!(policy(&page).matches(';').count(), 6);
    }
}
