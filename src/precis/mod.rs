//! User names and passwords prepared as RFC 8265 says, over tables that `build.rs` makes of what the `precis-profiles` crate says.
//! The answers are that crate's, also where newer characters than its classes know come out of a mapping; `tests/it/precis.rs`
//! holds the two against each other.

mod bidi;
mod class;
mod codes;
mod context;
mod mapping;
mod nfc;
mod table;

use class::Class;

/// Enforces UsernameCaseMapped (RFC 8265, section 3.3): width, string class, lower case, NFC, direction. `None` where the text is no
/// user name.
pub fn username_case_mapped(text: &str) -> Option<String> {
    if text.is_ascii() {
        // Of ASCII the class allows what is printed but the space, and only capital letters are mapped.
        let allowed = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        return allowed.then(|| text.to_ascii_lowercase());
    }
    let narrow = mapping::narrow(text);
    if !class::allows(Class::Identifier, &narrow) {
        return None;
    }
    let composed = nfc::compose(&mapping::lower(&narrow));
    bidi::is_satisfied(&composed).then_some(composed)
}

/// Enforces OpaqueString (RFC 8265, section 4.2): string class, spaces, NFC. `None` where the text is no password.
pub fn opaque_string(text: &str) -> Option<String> {
    if text.is_ascii() {
        let allowed = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        return allowed.then(|| text.to_owned());
    }
    class::allows(Class::Freeform, text).then(|| nfc::compose(&mapping::plain_spaces(text)))
}
