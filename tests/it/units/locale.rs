//! Languages: RFC 4647 lookup, `ui_locales` and `Accept-Language`.

use treeline::oauth::locale::{Locale, localized, lookup, ranges};

#[test]
fn a_range_is_cut_short_until_something_is_found() {
    let tried = |range: &str| {
        let tried = std::cell::RefCell::new(Vec::new());
        lookup([range], |tag| {
            tried.borrow_mut().push(tag.to_owned());
            None::<()>
        });
        tried.into_inner()
    };
    // The example of RFC 4647, section 3.4.
    assert_eq!(
        tried("zh-Hant-CN-x-private1-private2"),
        [
            "zh-Hant-CN-x-private1-private2",
            "zh-Hant-CN-x-private1",
            "zh-Hant-CN",
            "zh-Hant",
            "zh"
        ]
    );
    assert_eq!(tried("sv"), ["sv"]);
    assert_eq!(
        lookup(["fr-CA", "sv"], |tag| (tag == "sv" || tag == "fr").then_some(tag.to_owned())).as_deref(),
        Some("fr")
    );
    assert_eq!(lookup([], |_| Some(())), None);
}

#[test]
fn what_the_client_asks_for_comes_first() {
    for (ui_locales, expected) in [
        ("sv", Locale::Swedish),
        ("SV-fi", Locale::Swedish),
        ("da nb de-CH-1996 fr", Locale::German),
        ("  fr  ", Locale::French),
        ("en-GB sv", Locale::English),
        ("ja-Jpan-JP", Locale::Japanese),
        ("es-419", Locale::Spanish),
        ("svenska", Locale::Spanish),
        ("x-sv", Locale::Spanish),
        ("*", Locale::Spanish),
        ("sv,de", Locale::Spanish),
        ("sv_SE", Locale::Spanish),
        ("", Locale::Spanish),
    ] {
        assert_eq!(Locale::choose(Some(ui_locales), Some("es")), expected, "{ui_locales}");
    }
    assert_eq!(Locale::choose(None, None), Locale::English);
    assert_eq!(Locale::choose(Some("xx"), None), Locale::English);
}

#[test]
fn the_browser_weighs_its_languages() {
    for (header, expected) in [
        ("sv", Locale::Swedish),
        ("sv-SE,sv;q=0.9,en-US;q=0.8,en;q=0.7", Locale::Swedish),
        ("en;q=0.1, fr;q=0.2", Locale::French),
        ("en;q=0.15, fr;q=0.2, de;q=0.05", Locale::French),
        ("en;q=0.9, fr;q=1.000", Locale::French),
        ("en; q=0.5 ,\tja ; Q=0.6", Locale::Japanese),
        ("de;q=0.5, fr;q=0.500", Locale::German),
        ("tlh, fr;q=0.001", Locale::French),
        // q=0 excludes.
        ("sv;q=0", Locale::English),
        ("sv;q=0, *", Locale::English),
        ("en;q=0, *;q=0.5", Locale::Swedish),
        ("en;q=0.000, SV;q=0, *", Locale::German),
        ("sv-FI, sv;q=0, ja;q=0.1", Locale::Japanese),
        ("*, ja;q=0.1", Locale::English),
        ("*;q=0", Locale::English),
        // What is malformed is passed over, and the rest counts.
        ("fr;q=2, de;q=0.5", Locale::German),
        ("fr;q=1.5, de;q=0.5", Locale::German),
        ("fr;q=0.1234, de;q=0.1", Locale::German),
        ("fr;q=, de;q=0.1", Locale::German),
        ("fr;q, de;q=0.1", Locale::German),
        ("fr;q=-1, de;q=0.1", Locale::German),
        ("fr;q=.5, de;q=0.1", Locale::German),
        ("fr;level=1, de;q=0.1", Locale::German),
        ("fr;q=0.5;q=0.6, de;q=0.1", Locale::German),
        (",,;,=,;q=1,", Locale::English),
        ("", Locale::English),
    ] {
        assert_eq!(Locale::choose(None, Some(header)), expected, "{header}");
    }
    assert_eq!(
        Locale::choose(Some("sv"), Some("sv;q=0")),
        Locale::Swedish,
        "the client has asked for it"
    );
}

#[test]
fn a_member_is_found_in_the_language_that_is_asked_for() {
    let members = [
        ("name", "Diana"),
        ("name#ja-Kana-JP", "ダイアナ"),
        ("name#ja-Hani", "月神"),
        ("name#FR", "Diane"),
        ("nickname#sv", "Didi"),
        ("name#", "nobody"),
        ("name#d", "short"),
    ];
    let find = |wanted: &str| localized(members.into_iter(), "name", ranges(wanted));
    assert_eq!(find("fr"), Some("Diane"));
    assert_eq!(find("sv fr-CA"), Some("Diane"));
    assert_eq!(find("ja-Hani"), Some("月神"));
    assert_eq!(find("ja"), Some("ダイアナ"), "a more specific one will do");
    assert_eq!(find("JA-hani-JP"), Some("月神"));
    for nothing in ["sv", "de", "", "j", "#", "jå", "-"] {
        assert_eq!(find(nothing), None, "{nothing}");
    }
}
