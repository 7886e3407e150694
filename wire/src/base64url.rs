//! base64url without padding (RFC 7515, section 2), as every JOSE and OAuth value uses it, and what others use instead of it.

use base64ct::{Base64UrlUnpadded, Encoding};

/// Encodes bytes.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// Decodes text; `None` where it is not canonical base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Encodes bytes as base64 with padding (RFC 4648, section 4).
pub fn encode_base64(bytes: &[u8]) -> String {
    let mut text: String = encode(bytes).chars().map(standard).collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Decodes base64 with padding (RFC 4648, section 4); `None` where the text is not canonical.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let bare = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let is_padded = text.len().is_multiple_of(4) && !bare.contains(['-', '_']);
    decode(&bare.chars().map(url_safe).collect::<String>()).filter(|_| is_padded)
}

fn standard(c: char) -> char {
    match c {
        '-' => '+',
        '_' => '/',
        other => other,
    }
}

fn url_safe(c: char) -> char {
    match c {
        '+' => '-',
        '/' => '_',
        other => other,
    }
}
