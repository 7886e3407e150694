//! Whatever a peer sends is answered (the security requirements, "How it is proved"): no parser panics or grows what it was given, and no request ends in
//! a 5xx or without an answer.
//!
//! `PROPTEST_CASES=20000 cargo test --test it robustness` looks longer.

mod names;
mod parsers;
mod requests;

use proptest::prelude::*;

/// Found cases become tests; no file of seeds is kept.
pub fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Text of every kind: of any characters, of those that URLs, forms and headers are made of, and of those that break them.
pub fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[ -~]{0,60}",
        "[A-Za-z0-9_-]{0,120}",
        "[\\x00-\\x20%&=;+,\"'<>\\\\\\u{7f}-\\u{ff}\\u{200b}\\u{202e}\\u{feff}]{0,20}",
        "(%[0-9a-fA-F]{2}|%|%[g-z]{2}|[a-z=&]){0,20}",
        prop::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter),
        ("[a-z %&=.]", 1_usize..6000).prop_map(|(unit, times)| unit.repeat(times)),
    ]
}

/// A sound text with something changed: a character put in, taken out or replaced, a piece doubled, or cut short.
pub fn nearly(sound: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), any::<char>(), 0..6_u8);
    (sound, prop::collection::vec(change, 0..3)).prop_map(|(sound, changes)| {
        let mut chars: Vec<char> = sound.chars().collect();
        for (at, with, how) in changes {
            if chars.is_empty() {
                break;
            }
            let at = at.index(chars.len());
            match how {
                0 => chars.insert(at, with),
                1 => drop(chars.remove(at)),
                2 => chars[at] = with,
                3 => chars.extend_from_within(at..),
                4 => chars.truncate(at),
                _ => chars.swap(0, at),
            }
        }
        chars.into_iter().collect()
    })
}
