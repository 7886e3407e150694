//! User names and passwords prepared as `precis-profiles` prepares them: every character by itself and in every kind of place, every kind
//! beside every other, and texts of all kinds.

use precis_profiles::precis_core::profile::Profile;
use precis_profiles::{OpaqueString, UsernameCaseMapped};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use treeline::precis::{opaque_string, username_case_mapped};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Places that tell characters apart: by direction, joining, script, virama, and by what marks do there.
const PLACES: &[(&str, &str)] = &[
    ("", ""),
    ("\u{5d0}", ""),
    ("", "\u{5d0}"),
    ("\u{5d0}", "\u{5d0}"),
    ("\u{5d0}1", "\u{5b0}"),
    ("\u{5d0}\u{661}", ""),
    ("", "\u{200d}"),
    ("", "\u{64b}\u{200c}\u{627}"),
    ("\u{628}", "\u{64b}\u{200c}\u{627}"),
    ("\u{628}\u{200c}", ""),
    ("\u{628}\u{200c}\u{64b}", "\u{627}"),
    ("\u{375}", ""),
    ("", "\u{5f4}"),
    ("", "\u{30fb}"),
    ("l", "l"),
    ("l\u{b7}", ""),
    ("\u{6f0}", ""),
    ("", "\u{323}\u{301}"),
    ("e\u{323}", "\u{301}"),
    ("A\u{30a}", "A"),
];

/// What the two profiles make of a text, by the crate and by Treeline alike.
fn enforced(text: &str) -> [Option<String>; 2] {
    let expected = [
        UsernameCaseMapped::new().enforce(text).ok().map(String::from),
        OpaqueString::new().enforce(text).ok().map(String::from),
    ];
    let found = [username_case_mapped(text), opaque_string(text)];
    assert_eq!(found, expected, "{text:?}, {}", text.escape_unicode());
    expected
}

/// Characters of each kind: its first, its second and its last. A kind is what a character does in [`PLACES`], and its combining class.
fn kinds() -> &'static [char] {
    static KINDS: OnceLock<Vec<char>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let mut kinds: BTreeMap<_, Vec<char>> = BTreeMap::new();
        for c in '\0'..=char::MAX {
            let alone = enforced(c.encode_utf8(&mut [0; 4]));
            // A class that refuses a character refuses it everywhere, unless it is one that asks for neighbours.
            // Ideographs and Hangul syllables are thousands of one kind.
            let is_one_of_many = matches!(c, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{2ffff}');
            let asks = matches!(
                c,
                '\u{b7}' | '\u{200c}' | '\u{200d}' | '\u{375}' | '\u{5f3}' | '\u{5f4}' | '\u{30fb}'
            );
            if (alone == [None, None] && !asks) || (is_one_of_many && u32::from(c) % 64 != 0) {
                continue;
            }
            let does = |(before, after): &(&str, &str)| {
                let text = format!("{before}{c}{after}");
                enforced(&text).map(|made| made.map(|made| made == text))
            };
            let kind = PLACES.iter().map(does).collect::<Vec<_>>();
            let kind = kinds.entry((canonical_combining_class(c), kind)).or_default();
            kind.truncate(2);
            kind.push(c);
        }
        kinds.into_values().flatten().collect()
    })
}

#[test]
fn every_character_everywhere() {
    assert!((200..1000).contains(&kinds().len()), "{} characters of all kinds", kinds().len());
}

#[test]
fn every_pair_of_kinds() {
    for first in kinds() {
        for second in kinds() {
            enforced(&format!("{first}{second}"));
        }
    }
}

/// Every character taken apart, whole and in pieces, with marks before, between and behind.
#[test]
fn every_decomposition() {
    let mut found = 0;
    for c in '\0'..=char::MAX {
        let parts: Vec<char> = c.nfd().collect();
        if parts == [c] || ('\u{ac00}'..='\u{d7a3}').contains(&c) {
            continue;
        }
        found += 1;
        let (head, tail) = parts.split_at(1);
        let (head, tail) = (String::from_iter(head), String::from_iter(tail));
        for mark in ["", "\u{301}", "\u{323}", "\u{327}", "\u{345}", "\u{5d0}"] {
            for text in [
                format!("{head}{mark}{tail}"),
                format!("{head}{tail}{mark}"),
                format!("{c}{mark}"),
                format!("{mark}{tail}{head}{tail}"),
            ] {
                enforced(&text);
            }
        }
    }
    assert!(found > 2000, "{found} decompositions");
}

/// Hangul syllables are made of letters that no class allows.
#[test]
fn hangul_letters_are_in_no_class() {
    for text in ["\u{1100}\u{1161}", "\u{ac00}\u{11a8}", "\u{1100}\u{1161}\u{11a8}"] {
        assert_eq!(enforced(text), [None, None]);
    }
    assert_eq!(enforced("\u{ac01}"), [Some("\u{ac01}".to_owned()), Some("\u{ac01}".to_owned())]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_of_all_kinds(text in proptest::collection::vec(proptest::sample::select(kinds()), 1..12)) {
        enforced(&String::from_iter(text));
    }

    /// Texts that get far.
    #[test]
    fn texts_of_one_script(text in prop_oneof![
        "[א-ת\u{5b0}-\u{5bc}\u{5f3}]{1,4}[0-9\u{660}-\u{669}.]{0,2}[\u{5b0}\u{300}]{0,2}",
        "[ء-ي\u{64b}-\u{652}\u{200c}]{1,6}[\u{6f0}-\u{6f9}\u{660}-\u{669}]{0,2}",
        "[क-ह\u{94d}\u{93c}\u{200c}\u{200d}]{1,8}",
        "[A-Za-zÀ-ÿĀ-ſΑ-ωἀ-ῼḀ-ỿ\u{300}-\u{345}\u{1dc4}-\u{1dc7}]{1,9}",
        "[ぁ-んァ-ヶ\u{30fb}\u{3099}\u{309a}\u{ff66}-\u{ff9f}一-三]{1,6}",
        "[ -~\u{ff01}-\u{ff5e}\u{2000}-\u{200a}\u{3000}]{1,8}",
    ]) {
        enforced(&text);
    }

    #[test]
    fn ascii(text in "[\0-\x7f]{0,6}|[ -~]{1,20}") {
        enforced(&text);
    }
}
