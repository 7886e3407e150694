//! The salt of subject identifiers as the Python providers have it: text, or in idpyoidc bytes, which enter the identifiers as Python prints them.

/// The bytes that a salt stands for: those of a printed bytes object, or else those of the text.
pub fn bytes(salt: &str) -> Vec<u8> {
    let printed = salt.strip_prefix('b').and_then(|rest| {
        let quoted = |quote: char| rest.strip_prefix(quote)?.strip_suffix(quote);
        quoted('\'').or_else(|| quoted('"'))
    });
    printed.and_then(unescape).unwrap_or_else(|| salt.as_bytes().to_vec())
}

/// What Python's escapes for bytes stand for.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        bytes.push(match c {
            '\\' => match rest.next()? {
                'x' => u8::from_str_radix(&rest.by_ref().take(2).collect::<String>(), 16).ok()?,
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                other => u8::try_from(other).ok()?,
            },
            plain => u8::try_from(plain).ok()?,
        });
    }
    Some(bytes)
}
