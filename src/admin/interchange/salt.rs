//! The salt of subject identifiers as idpyoidc has it: text, or bytes, which enter the identifiers as Python prints them.

use crate::oauth::base64url;
use crate::seal::fernet::BYTES;

/// The salt as it stands in a dump of idpyoidc.
pub fn idpyoidc(salt: &str) -> String {
    match bytes(salt) {
        Some(bytes) => format!("{BYTES}{}", base64url::encode_base64(&bytes)),
        None => salt.to_owned(),
    }
}

/// The bytes of which a text is what Python prints.
fn bytes(salt: &str) -> Option<Vec<u8>> {
    let printed = salt.strip_prefix('b').and_then(|rest| {
        let quoted = |quote: char| rest.strip_prefix(quote)?.strip_suffix(quote);
        quoted('\'').or_else(|| quoted('"'))
    });
    printed.and_then(unescape)
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
