//! Which addresses are fetched at all.

use crate::world::{ISSUER, LOCAL_ISSUER};
use treeline::oauth::uri::FetchUri;

#[track_caller]
fn assert_fetched(address: &str, production: bool, development: bool) {
    assert_eq!(
        FetchUri::of(address, ISSUER, false).is_some(),
        production,
        "{address} in production"
    );
    assert_eq!(
        FetchUri::of(address, LOCAL_ISSUER, true).is_some(),
        development,
        "{address} in development"
    );
}

#[test]
fn https_to_a_public_name() {
    for address in [
        "https://rp.example",
        "https://rp.example/",
        "https://rp.example:8443/jwks?a=b#c",
        "HTTPS://RP.EXAMPLE/jwks",
        "https://rp.example./jwks",
        "https://127.0.0.1.rp.example/",
        "https://xn--bcher-kva.example/",
    ] {
        assert_fetched(address, true, true);
    }
}

#[test]
fn a_developers_machine_in_development_alone() {
    for address in [
        "http://127.0.0.1/",
        "http://127.0.0.1:8080/jwks",
        "http://localhost:8080/jwks",
        "http://[::1]:8080/jwks",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://localhost./",
        "https://LOCALHOST/",
        "https://app.localhost/",
        "https://2130706433/",
        "https://017700000001/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0X7F.1/",
        "https://127.1/",
        "https://1.1.1.1/",
        "https://127.0.0.1./",
        "https://127.0.0.1../",
        "https://rp.example.1/",
        "https://./",
    ] {
        assert_fetched(address, false, true);
    }
}

#[test]
fn nothing_else_anywhere() {
    for address in [
        "",
        "rp.example",
        "//rp.example/",
        "/jwks",
        "http://rp.example/jwks",
        "http://10.0.0.1/",
        "http://localhost.rp.example/",
        "http://127.0.0.1.rp.example/",
        "https://user@rp.example/",
        "https://user:password@rp.example/",
        "https://@rp.example/",
        "https://rp.example@127.0.0.1/",
        "https://user@localhost/",
        "http://user@127.0.0.1/",
        "https:///jwks",
        "https://",
        "https:rp.example",
        "https://rp.example:/",
        "https://rp.example:99999/",
        "https://rp.example:0x50/",
        "https://rp example/",
        "https://rp.example/\n",
        "https://rp.example\\@127.0.0.1/",
        "https://bücher.example/",
        "ftp://rp.example/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "javascript:alert(1)",
        "urn:ietf:params:oauth:request_uri:x",
        "wss://rp.example/",
    ] {
        assert_fetched(address, false, false);
    }
    assert_fetched(&format!("https://rp.example/{}", "x".repeat(2048)), false, false);
}

/// A client's keys behind a request that needs the client's keys would be a circle.
#[test]
fn the_provider_never_asks_itself() {
    for address in [
        "https://login.example.com",
        "https://login.example.com/authorization?client_id=x&request=y",
        "https://LOGIN.example.com/jwks",
        "https://login.example.com./jwks",
        "https://login.example.com:8443/jwks",
    ] {
        assert_fetched(address, false, true);
    }
    assert_fetched("http://localhost:8787/jwks", false, false);
    for address in [
        "https://example.com/",
        "https://other.example.com/",
        "https://login.example.com.example/",
    ] {
        assert_fetched(address, true, true);
    }
}

#[test]
fn a_fragment_is_not_sent() {
    for (address, sent) in [
        ("https://rp.example/a?b#c", "https://rp.example/a?b"),
        ("https://rp.example/a#", "https://rp.example/a"),
        ("https://rp.example/a#b?c", "https://rp.example/a"),
    ] {
        assert_eq!(FetchUri::of(address, ISSUER, false).unwrap().as_str(), sent);
    }
}
