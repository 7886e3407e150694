//! Redirect URIs: one that was registered matches itself, byte for byte, and nothing that only looks like it.

use proptest::prelude::*;
use treeline::oauth::uri::{RedirectUri, display_host, register_web_uri, same_origin};

fn uri(text: &str) -> RedirectUri {
    RedirectUri::register(text).unwrap_or_else(|reason| panic!("{text}: {reason}"))
}

#[test]
fn nothing_but_itself_matches() {
    let registered = uri("https://rp.example/cb");
    assert!(registered.matches("https://rp.example/cb"));
    for requested in [
        "",
        "https://rp.example/cb?",
        "https://rp.example/cb?x=1",
        "https://rp.example/cb#",
        "https://rp.example/cb#x",
        "https://rp.example/cb/",
        "https://rp.example/cb/x",
        "https://rp.example/c",
        "https://rp.example/CB",
        "https://rp.example/cb;x",
        "https://rp.example//cb",
        "https://rp.example/./cb",
        "https://rp.example/x/../cb",
        "https://rp.example/..%2Fcb",
        "https://rp.example/%2e%2e/cb",
        "https://rp.example/%252e%252e/cb",
        "https://rp.example/;/../cb",
        "https://rp.example/%63b",
        "https://rp.example/cb%2F",
        "https://rp.example/cb%3B",
        "https://rp.example/cb%00",
        "https://rp.example/cb%0A%0D",
        "https://rp.example/cb\n",
        "https://rp.example/cb\r\nset-cookie: a=b",
        "https://rp.example/cb\t",
        "https://rp.example/cb\0",
        "https://rp.example/cb ",
        " https://rp.example/cb",
        "\thttps://rp.example/cb",
        "https://rp.example\\cb",
        "https:\\\\rp.example\\cb",
        "https:/rp.example/cb",
        "https:rp.example/cb",
        "https:///rp.example/cb",
        "//rp.example/cb",
        "/cb",
        "http://rp.example/cb",
        "HTTPS://rp.example/cb",
        "https://RP.example/cb",
        "https://rp.example:443/cb",
        "https://rp.example:8443/cb",
        "https://rp.example./cb",
        "https://rp.example.evil.test/cb",
        "https://evil.test/rp.example/cb",
        "https://evil.test/?https://rp.example/cb",
        "https://evil.test#https://rp.example/cb",
        "https://sub.rp.example/cb",
        "https://rp.example.com/cb",
        "https://rp.exampl/cb",
        "https://xrp.example/cb",
        "https://rp.example@evil.test/cb",
        "https://rp.example%40evil.test/cb",
        "https://rp.example%2eevil.test/cb",
        "https://user@rp.example/cb",
        "https://evil.test\\@rp.example/cb",
        "https://rp。example/cb",
        "https://rp．example/cb",
        "https://rp\u{ad}.example/cb",
        "https://\u{440}p.example/cb",
        "https://xn--p-vtb.example/cb",
        "javascript://rp.example/cb",
        "https://rp.example/cb,https://evil.test/",
        "https://rp.example/cb https://evil.test/",
    ] {
        assert!(!registered.matches(requested), "{requested:?}");
    }
}

#[test]
fn a_registered_query_is_part_of_it() {
    let registered = uri("https://rp.example/cb?tenant=a&x=");
    assert!(registered.matches("https://rp.example/cb?tenant=a&x="));
    for requested in [
        "https://rp.example/cb",
        "https://rp.example/cb?tenant=b&x=",
        "https://rp.example/cb?tenant=a",
        "https://rp.example/cb?x=&tenant=a",
        "https://rp.example/cb?tenant=a&x=&y=",
        "https://rp.example/cb?tenant=%61&x=",
    ] {
        assert!(!registered.matches(requested), "{requested}");
    }
}

/// RFC 8252, section 7.3: the port alone may differ, because the operating system chooses it.
#[test]
fn on_loopback_the_port_may_vary() {
    for (registered, requested) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:50123/cb"),
        ("http://127.0.0.1:7/cb", "http://127.0.0.1:8/cb"),
        ("http://127.0.0.1:7/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb", "http://[::1]:50123/cb"),
        ("http://localhost/cb?x=1", "http://localhost:50123/cb?x=1"),
        ("http://127.0.0.1:7/cb", "http://127.0.0.1:7/cb"),
    ] {
        assert!(uri(registered).matches(requested), "{registered} {requested}");
    }
    let registered = uri("http://127.0.0.1:7/cb");
    for requested in [
        "https://127.0.0.1:8/cb",
        "http://localhost:8/cb",
        "http://127.0.0.2:8/cb",
        "http://[::1]:8/cb",
        "http://127.1:8/cb",
        "http://2130706433:8/cb",
        "http://0x7f.0.0.1:8/cb",
        "http://127.0.0.1.:8/cb",
        "http://127.0.0.1:08/cb",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:+8/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:8/CB",
        "http://127.0.0.1:8/cb/",
        "http://127.0.0.1:8/cb?x=1",
        "http://127.0.0.1:8/cb#",
        "http://127.0.0.1:8/x/../cb",
        "http://127.0.0.1:8/%63b",
        "http://127.0.0.1:8@evil.test/cb",
        "http://127.0.0.1:8.evil.test/cb",
        "http://127.0.0.1:8\\cb",
        "http://127.0.0.1:8/cb\t",
        "http:/127.0.0.1:8/cb",
        "http://a@127.0.0.1:8/cb",
        "HTTP://127.0.0.1:8/cb",
        "http://１27.0.0.1:8/cb",
    ] {
        assert!(!registered.matches(requested), "{requested}");
    }
    for name in [
        "http://localhost.evil.test/cb",
        "http://127.0.0.1.evil.test:7/cb",
        "http://localhost.:7/cb",
    ] {
        assert!(!uri("http://localhost/cb").matches(name), "{name}");
        assert!(!registered.matches(name), "{name}");
    }
    // https on loopback and private-use schemes have no such freedom.
    assert!(!uri("https://127.0.0.1:7/cb").matches("https://127.0.0.1:8/cb"));
    assert!(!uri("com.example.app://127.0.0.1:7/cb").matches("com.example.app://127.0.0.1:8/cb"));
}

#[test]
fn who_receives_what_is_sent_there() {
    assert!(uri("https://rp.example/cb").is_claimed());
    for text in ["http://127.0.0.1/cb", "com.example.app:/cb"] {
        assert!(!uri(text).is_claimed(), "{text}");
    }
}

#[test]
fn addresses_have_to_be_written_in_full() {
    for text in [
        "https:/rp.example/x",
        "https:rp.example/x",
        "https:///rp.example/x",
        "https:/rp.example/?https://x",
        "https://?x",
        "https://#x",
    ] {
        assert!(RedirectUri::register(text).is_err(), "{text}");
        assert!(register_web_uri(text, true).is_err(), "{text}");
    }
}

#[test]
fn origins() {
    assert!(same_origin("https://rp.example/cb", "https://rp.example:443/fc?x"));
    for other in [
        "http://rp.example/",
        "https://rp.example:8443/",
        "https://rp.example.evil.test/",
        "com.example.app:/",
        "x",
    ] {
        assert!(!same_origin("https://rp.example/cb", other), "{other}");
    }
    assert!(
        !same_origin("com.example.app:/a", "com.example.app:/a"),
        "a private-use scheme has no origin"
    );
}

#[test]
fn what_pages_say_of_an_address() {
    for (text, host) in [
        ("https://rp.example:8443/cb?x", "rp.example"),
        ("http://127.0.0.1:7/cb", "127.0.0.1"),
        ("com.example.app:/cb", "com.example.app:"),
        ("no address", ""),
    ] {
        assert_eq!(display_host(text), host);
    }
}

proptest! {
    /// Whatever is registered is harmless in a header and matches itself; whatever matches it is itself, but for a loopback port.
    #[test]
    fn registered_means_exact(text in "(https|http|com\\.example)://?[a-z0-9.:@/?#%\\\\ -~]{0,24}", requested in "[ -~]{0,32}") {
        if let Ok(registered) = RedirectUri::register(&text) {
            prop_assert!(text.chars().all(|c| matches!(c, '!'..='~')) && !text.contains(['#', '\\', '*']));
            prop_assert!(registered.matches(&text));
            prop_assert!(requested == text || text.starts_with("http://") || !registered.matches(&requested));
        }
    }

    #[test]
    fn no_text_is_too_odd_to_be_looked_at(text in "\\PC{0,64}", other in "\\PC{0,64}") {
        if let Ok(registered) = RedirectUri::register(&text) {
            registered.matches(&other);
        }
        let _ = (register_web_uri(&text, true), same_origin(&text, &other), display_host(&text));
    }
}
