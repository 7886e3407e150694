//! Characters that are allowed only beside the right neighbours (RFC 5892, appendix A). Where there is no neighbour to look at they
//! are not.

use super::codes::{GREEK, HEBREW, JAPANESE, JOINS_NEXT, JOINS_PREVIOUS, TRANSPARENT, VIRAMA};
use super::table::Table;

static CONTEXTS: Table = Table::new(include_bytes!(concat!(env!("OUT_DIR"), "/contexts")));

/// Whether the character `c` may stand at byte `at` of a text.
pub fn allows(text: &str, at: usize, c: char) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at.saturating_add(c.len_utf8())..).unwrap_or_default();
    let (previous, next) = (before.chars().next_back(), after.chars().next());
    match c {
        // Zero width non-joiner (A.1): behind a virama, or between letters that would join.
        '\u{200c}' => is(VIRAMA, previous) || (is(JOINS_NEXT, visible(before.chars().rev())) && is(JOINS_PREVIOUS, visible(after.chars()))),
        // Zero width joiner (A.2).
        '\u{200d}' => is(VIRAMA, previous),
        // Middle dot (A.3): the Catalan l·l.
        '\u{b7}' => previous == Some('l') && next == Some('l'),
        // Greek lower numeral sign (A.4).
        '\u{375}' => is(GREEK, next),
        // Hebrew geresh and gershayim (A.5, A.6).
        '\u{5f3}' | '\u{5f4}' => is(HEBREW, previous),
        // Katakana middle dot (A.7).
        '\u{30fb}' => text.chars().any(|c| is(JAPANESE, Some(c))),
        // Arabic-Indic digits and extended ones are not mixed (A.8, A.9).
        '\u{660}'..='\u{669}' => !text.contains(|c| matches!(c, '\u{6f0}'..='\u{6f9}')),
        '\u{6f0}'..='\u{6f9}' => !text.contains(|c| matches!(c, '\u{660}'..='\u{669}')),
        _ => false,
    }
}

fn is(property: u32, c: Option<char>) -> bool {
    c.is_some_and(|c| CONTEXTS.of(c) & property != 0)
}

/// The first character that takes part in joining.
fn visible(mut chars: impl Iterator<Item = char>) -> Option<char> {
    chars.find(|c| !is(TRANSPARENT, Some(*c)))
}
