//! The session frame: the one page that any site may frame.

use super::between;
use super::policy::{directive, policy};
use crate::world::{World, get, post};
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use treeline::http::Method;

const PATH: &str = "/check_session";

#[test]
fn the_frame_is_one_script_that_loads_nothing_and_that_anybody_frames() {
    let page = get(PATH).send(&World::new());
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let script = between(page.body.as_str(), "<script>", "</script>");
    let hash = Base64::encode_string(&Sha256::digest(script));
    assert_eq!(
        policy(&page),
        format!("default-src 'none'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
    );
    assert_eq!(directive(&page, "script-src"), format!("'sha256-{hash}'"));
    for absent in ["x-frame-options", "set-cookie", "access-control-allow-origin", "pragma"] {
        assert_eq!(page.header(absent), None, "{absent}");
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    for network in ["fetch", "XMLHttpRequest", "sendBeacon", "import", "src="] {
        assert!(!page.body.as_str().contains(network), "{network}");
    }
}

#[test]
fn the_frame_is_the_same_for_everybody_and_kept_by_caches() {
    let world = World::new();
    world.take_touches();
    let page = get(PATH).header("cookie", "treeline-state=x").send(&world);
    let other = get(PATH).header("origin", "https://rp.example").send(&World::local());
    assert_eq!(page.body.as_str(), other.body.as_str());
    assert_eq!(page.header("cache-control"), Some("public, max-age=3600"));
    let etag = page.header("etag").unwrap();
    let unchanged = get(PATH).header("if-none-match", etag).send(&world);
    assert_eq!((unchanged.status, unchanged.body.as_str()), (304, ""));
    assert_eq!(world.take_touches(), crate::world::Touches::default());
    let posted = post(PATH).send(&world);
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));
}

#[test]
fn nothing_else_is_framed() {
    let world = World::new();
    for path in [
        "/",
        "/icon.svg",
        "/authorization",
        "/login",
        "/sign_up",
        "/consent",
        "/token",
        "/userinfo",
        "/revocation",
        "/introspection",
        "/registration",
        "/registration_api",
        "/jwks",
        "/.well-known/openid-configuration",
        "/.well-known/webfinger",
        "/admin/clients",
        "/admin/users/diana",
        "/nowhere",
        "/check_session/",
        "/Check_session",
        "/check%5Fsession",
    ] {
        for method in [Method::Get, Method::Head, Method::Post, Method::Options] {
            let answer = crate::world::call::request(method, path).send(&world);
            assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{method:?} {path}");
        }
    }
}
