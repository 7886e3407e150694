//! base64url without padding (RFC 7515, section 2), as every JOSE and OAuth value uses it.

use base64ct::{Base64UrlUnpadded, Encoding};

/// Encodes bytes.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// Decodes text; `None` where it is not canonical base64url without padding.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}
