//! The string classes (RFC 8264, section 4): which characters a text may have.

use super::codes::{BOTH, CONTEXT, FREEFORM};
use super::context;
use super::table::Table;

static CLASSES: Table = Table::new(include_bytes!(concat!(env!("OUT_DIR"), "/classes")));

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Letters and digits, and what ASCII prints (section 4.2).
    Identifier,
    /// Spaces, symbols and punctuation too (section 4.3).
    Freeform,
}

/// Whether a class allows every character of a text, where it stands. No class and no profile allows an empty text.
pub fn allows(class: Class, text: &str) -> bool {
    let is_allowed = |(at, c): (usize, char)| match CLASSES.of(c) {
        BOTH => true,
        FREEFORM => class == Class::Freeform,
        CONTEXT => context::allows(text, at, c),
        _ => false,
    };
    !text.is_empty() && text.char_indices().all(is_allowed)
}
