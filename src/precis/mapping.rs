//! Mappings of single characters (RFC 8264, section 5.2).

use super::table::Table;

static WIDTHS: Table = Table::new(include_bytes!(concat!(env!("OUT_DIR"), "/widths")));
static LOWER: Table = Table::new(include_bytes!(concat!(env!("OUT_DIR"), "/lower")));

/// Full-width and half-width characters become what they are variants of (RFC 8265, section 3.3.1).
pub fn narrow(text: &str) -> String {
    text.chars().map(|c| WIDTHS.map(c)).collect()
}

/// Capital letters become small ones, each by itself and in no language's way (RFC 8265, section 3.3.3).
pub fn lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for c in text.chars() {
        lower.push(LOWER.map(c));
        // The only letter whose small form is two characters: i and a dot above.
        if c == '\u{130}' {
            lower.push('\u{307}');
        }
    }
    lower
}

/// Spaces outside ASCII become U+0020 (RFC 8265, section 4.2.2).
pub fn plain_spaces(text: &str) -> String {
    let plain = |c| match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        c => c,
    };
    text.chars().map(plain).collect()
}
