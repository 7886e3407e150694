//! What is kept of where a person signs in: words of ours, never the peer's.

use crate::world::get;
use treeline::login::device::{device, place};

#[test]
fn browser_and_system_are_told_by_the_names_that_people_know() {
    let (webkit, like_gecko) = ("Mozilla/5.0", "AppleWebKit/537.36 (KHTML, like Gecko)");
    for (agent, expected) in [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
            "Firefox, Linux",
        ),
        (
            format!("{webkit} (Windows NT 10.0; Win64; x64) {like_gecko} Chrome/142.0.0.0 Safari/537.36"),
            "Chrome, Windows",
        ),
        (
            format!("{webkit} (Windows NT 10.0; Win64; x64) {like_gecko} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"),
            "Edge, Windows",
        ),
        (
            format!("{webkit} (Macintosh; Intel Mac OS X 10_15_7) {like_gecko} Chrome/142.0.0.0 Safari/537.36 OPR/124.0.0.0"),
            "Opera, macOS",
        ),
        (
            format!("{webkit} (Macintosh; Intel Mac OS X 10_15_7) {like_gecko} Version/26.0 Safari/605.1.15"),
            "Safari, macOS",
        ),
        (
            format!("{webkit} (iPhone; CPU iPhone OS 19_0 like Mac OS X) {like_gecko} FxiOS/145.0 Mobile/15E148 Safari/605.1.15"),
            "Firefox, iPhone",
        ),
        (
            format!("{webkit} (iPad; CPU OS 19_0 like Mac OS X) {like_gecko} CriOS/142.0 Mobile/15E148 Safari/604.1"),
            "Chrome, iPad",
        ),
        (
            format!("{webkit} (Linux; Android 16; SM-S936B) {like_gecko} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36"),
            "Samsung Internet, Android",
        ),
        (
            format!("{webkit} (X11; CrOS x86_64 14541.0.0) {like_gecko} Chrome/142.0.0.0 Safari/537.36"),
            "Chrome, ChromeOS",
        ),
        ("something on Linux".to_owned(), "Linux"),
        ("Firefox".to_owned(), "Firefox"),
        ("curl/8.5.0".to_owned(), ""),
        ("<script>alert(1)</script>".to_owned(), ""),
        (String::new(), ""),
    ] {
        let request = get("/").header("user-agent", &agent).build();
        assert_eq!(device(&request), expected, "{agent}");
    }
    assert_eq!(device(&get("/").build()), "");
}

#[test]
fn a_country_is_two_letters_and_one_that_exists() {
    for (told, expected) in [
        ("SE", "SE"),
        ("JP", "JP"),
        ("XX", ""),
        ("T1", ""),
        ("", ""),
        ("se", ""),
        ("SWE", ""),
        ("S", ""),
        ("ÅÄ", ""),
        ("å", ""),
        ("SE, JP", ""),
    ] {
        assert_eq!(place(&get("/").header("cf-ipcountry", told).build()), expected, "{told}");
    }
    assert_eq!(place(&get("/").build()), "");
}
