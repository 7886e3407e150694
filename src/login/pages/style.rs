//! The one stylesheet of all pages. It stands inside the page, so that a page is one request, and is allowed there by its hash alone.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The stylesheet, byte for byte as it stands between `<style>` and `</style>`.
pub const STYLE: &str = include_str!("../../../templates/style.css");

/// The source expression that allows [`STYLE`] and no other style (Content Security Policy Level 3, section 2.3.1).
pub fn style_source() -> &'static str {
    static SOURCE: LazyLock<String> = LazyLock::new(|| format!("'sha256-{}'", Base64::encode_string(&Sha256::digest(STYLE))));
    &SOURCE
}
