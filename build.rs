//! Writes the tables of `src/precis`: what `precis-profiles`, `unicode-normalization` and the standard library say about every
//! code point, asked through their public functions. As they stand there the same tables make the script a quarter larger.
// It never runs in the Worker: where a table cannot be made the build ends here.
#![allow(clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

#[path = "src/precis/codes.rs"]
mod codes;

use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::Rules;
use precis_profiles::precis_core::{DerivedPropertyValue, FreeformClass, IdentifierClass, StringClass};
use std::collections::HashMap;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, compose};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/precis/codes.rs");
    let out = std::env::var_os("OUT_DIR").expect("cargo names a directory");
    let tables = [
        ("classes", runs(|c| Some(class(c)))),
        ("contexts", runs(|c| (class(c) != 0).then(|| context(c)))),
        ("directions", runs(|c| Some(direction(c)))),
        ("combining", runs(|c| Some(u32::from(canonical_combining_class(c))))),
        ("widths", runs(|c| Some(offset(c, width(c))))),
        ("lower", runs(|c| Some(offset(c, lower(c))))),
        ("canonical", canonical()),
    ];
    for (name, bytes) in tables {
        std::fs::write(Path::new(&out).join(name), bytes).expect("a writable directory");
    }
}

/// A property of all code points as the runs in which it stays the same: first their lengths, then the value in each, since like numbers beside each other are sent
/// in fewer bytes. Where nobody asks (of surrogates, or of neighbours that are not allowed themselves) a run goes on.
fn runs(property: impl Fn(char) -> Option<u32>) -> Vec<u8> {
    let mut runs = vec![(0, 0)];
    for cp in 0..=u32::from(char::MAX) {
        let (length, value) = runs.last_mut().expect("a run");
        match char::from_u32(cp).and_then(&property) {
            Some(other) if other != *value => runs.push((1, other)),
            _ => *length += 1,
        }
    }
    let (lengths, values): (Vec<u32>, Vec<u32>) = runs.into_iter().unzip();
    numbers(lengths.into_iter().chain(values))
}

/// Numbers of seven bits to a byte, the highest first; all but the last byte of each have the top bit set.
fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut bytes = vec![];
    for number in numbers {
        let mut digits = vec![(number & 0x7f) as u8];
        let mut rest = number >> 7;
        while rest > 0 {
            digits.push(0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        bytes.extend(digits.iter().rev());
    }
    bytes
}

/// How far one code point is from another: even upwards, odd downwards.
fn offset(from: char, to: char) -> u32 {
    let (from, to) = (u32::from(from), u32::from(to));
    if to >= from { (to - from) << 1 } else { ((from - to) << 1) | 1 }
}

/// The derived property (RFC 8264, section 8) in both classes.
fn class(c: char) -> u32 {
    use DerivedPropertyValue::{ContextJ, ContextO, Disallowed, PValid, SpecClassDis, SpecClassPval, Unassigned};
    let identifier = IdentifierClass::default().get_value_from_char(c);
    match (identifier, FreeformClass::default().get_value_from_char(c)) {
        (PValid, PValid) => codes::BOTH,
        (SpecClassDis, SpecClassPval) => codes::FREEFORM,
        (ContextJ | ContextO, _) => codes::CONTEXT,
        (Disallowed | Unassigned, Disallowed | Unassigned) => 0,
        other => panic!("{c:?} is {other:?}"),
    }
}

/// A string class that allows everything, but for one code point that asks for the right neighbours. It tells what the rules of
/// RFC 5892, appendix A, think of a neighbour.
struct Asking(char);

impl StringClass for Asking {
    fn get_value_from_char(&self, c: char) -> DerivedPropertyValue {
        if c == self.0 {
            DerivedPropertyValue::ContextO
        } else {
            DerivedPropertyValue::PValid
        }
    }

    fn get_value_from_codepoint(&self, cp: u32) -> DerivedPropertyValue {
        char::from_u32(cp).map_or(DerivedPropertyValue::Disallowed, |c| self.get_value_from_char(c))
    }
}

/// What the contextual rules want to know. Each question is put so that the asking code point is itself well placed where `c` is the same.
fn context(c: char) -> u32 {
    let holds = |asking, before: &str, after: &str| Asking(asking).allows(format!("{before}{c}{after}")).is_ok();
    // Beh joins on both sides, alef joins what precedes it, fathatan is transparent and no virama.
    let joins_next = holds('\u{200c}', "", "\u{64b}\u{200c}\u{627}");
    let passed = holds('\u{200c}', "\u{628}", "\u{64b}\u{200c}\u{627}");
    [
        (codes::VIRAMA, holds('\u{200d}', "\u{94d}", "\u{200d}")),
        (codes::JOINS_NEXT, joins_next),
        (codes::JOINS_PREVIOUS, holds('\u{200c}', "\u{628}\u{200c}", "")),
        (codes::TRANSPARENT, passed && !joins_next),
        (codes::GREEK, holds('\u{375}', "\u{375}", "\u{3b1}")),
        (codes::HEBREW, holds('\u{5f3}', "\u{5d0}", "\u{5f3}")),
        (codes::JAPANESE, holds('\u{30fb}', "", "\u{30fb}")),
    ]
    .into_iter()
    .map(|(code, holds)| if holds { code } else { 0 })
    .sum()
}

/// The Bidi class as far as RFC 5893, section 2, tells classes apart. What neither is nor may stand in a right-to-left name is 0.
fn direction(c: char) -> u32 {
    let satisfies = |before: &str, after: &str| UsernameCaseMapped::new().directionality_rule(format!("{before}{c}{after}")).is_ok();
    let (last, within) = (satisfies("א", ""), satisfies("א", "א"));
    if !last && !within {
        return 0;
    }
    match (satisfies("", ""), satisfies("", "א"), last, within) {
        (true, true, true, true) => codes::RIGHT_TO_LEFT,
        (false, false, true, true) => codes::ARABIC_NUMBER,
        (true, false, true, true) => codes::EUROPEAN_NUMBER,
        (true, false, false, true) => codes::NEUTRAL,
        (true, false, true, false) => codes::MARK,
        other => panic!("{c:?} is {other:?}"),
    }
}

/// The width mapping rule (RFC 8265, section 3.3.1).
fn width(c: char) -> char {
    let mapped = UsernameCaseMapped::new().width_mapping_rule(c.to_string()).expect("a mapping");
    mapped.chars().next().expect("one character")
}

/// The case mapping rule. Only the capital dotted I has two characters for an answer; a dot above is added where it is applied.
fn lower(c: char) -> char {
    let mapped = UsernameCaseMapped::new().case_mapping_rule(c.to_string()).expect("a mapping");
    let mut chars = mapped.chars();
    let first = chars.next().expect("a character");
    let rest = chars.as_str();
    assert!(rest.is_empty() || (c == '\u{130}' && rest == "\u{307}"), "{c:?} is {mapped:?}");
    first
}

/// Canonical decompositions, one step each, in three columns: how far each is from the one before it, how far its first character is from that one's, and its
/// second character or 0, with a bit that says whether the two are composed again (UAX 15). Hangul is left out: its letters are in no class.
fn canonical() -> Vec<u8> {
    let decomposed = |c: char| c.to_string().nfd().collect::<String>();
    let hangul = '\u{ac00}'..='\u{d7a3}';
    let all: Vec<(char, String)> = ('\0'..=char::MAX)
        .filter(|c| !hangul.contains(c))
        .map(|c| (c, decomposed(c)))
        .filter(|(c, whole)| *whole != c.to_string())
        .collect();
    let named: HashMap<&str, char> = all.iter().map(|(c, whole)| (whole.as_str(), *c)).collect();
    let (mut distances, mut firsts, mut seconds) = (vec![], vec![], vec![]);
    let (mut previous, mut previous_first) = ('\0', '\0');
    for (c, whole) in &all {
        let mut chars = whole.chars();
        let last = chars.next_back().expect("a character");
        let head = chars.as_str();
        let composed = head.nfc().collect::<String>();
        let first = match (head.chars().count(), composed.chars().count()) {
            (0, _) => last,
            (_, 1) => composed.chars().next().expect("a character"),
            _ => *named.get(head).unwrap_or_else(|| panic!("{c:?} has no first step")),
        };
        let second = if head.is_empty() { 0 } else { u32::from(last) };
        distances.push(offset(previous, *c));
        firsts.push(offset(previous_first, first));
        seconds.push((second << 1) | u32::from(compose(first, last) == Some(*c)));
        (previous, previous_first) = (*c, first);
    }
    numbers(distances.into_iter().chain(firsts).chain(seconds))
}
