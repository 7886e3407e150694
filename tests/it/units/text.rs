//! Text that a person reads.

use proptest::prelude::*;
use treeline::oauth::text::displayable;

#[test]
fn what_shows_nothing_or_turns_the_text_is_removed() {
    for (given, shown) in [
        ("Alpine Supply", "Alpine Supply"),
        ("  a \t b\r\nc  ", "a b c"),
        ("\u{202e}evil\u{202c}", "evil"),
        ("\u{2066}a\u{2069}\u{200e}\u{200f}\u{61c}", "a"),
        ("a\u{200b}b\u{200c}c\u{200d}d\u{2060}e\u{feff}f\u{ad}g", "abcdefg"),
        ("\u{e0041}\u{e007f}a\u{fe0f}\u{fff9}", "a"),
        ("\u{115f}\u{3164}\u{ffa0}\u{2800}", ""),
        ("a\u{0}\u{1b}[31m\u{7f}\u{9b}b", "a[31mb"),
        ("a\u{2028}b\u{2029}c\u{85}d\u{3000}e", "a b c d e"),
        ("<b>&\"'", "<b>&\"'"),
        ("日本語 العربية עברית हिन्दी", "日本語 العربية עברית हिन्दी"),
    ] {
        assert_eq!(displayable(given, 200), shown, "{given:?}");
    }
}

#[test]
fn it_is_cut_between_characters() {
    assert_eq!(displayable("ééé", 2), "éé");
    assert_eq!(displayable("a b", 2), "a");
    assert_eq!(displayable("abc", 0), "");
    assert_eq!(displayable(&"x".repeat(1 << 20), 200).len(), 200);
}

proptest! {
    #[test]
    fn doing_it_again_changes_nothing(text in "(\\PC|[\\s\\u{200b}\\u{202e}\\u{0}]){0,40}", limit in 0_usize..20) {
        let once = displayable(&text, limit);
        prop_assert!(once.chars().count() <= limit);
        prop_assert_eq!(displayable(&once, limit), once);
    }
}
