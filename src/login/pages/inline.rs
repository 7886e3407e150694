//! What stands inside the pages that browsers would otherwise fetch or refuse: the one stylesheet of all pages, so that a page is one request, and
//! the scripts. Each is allowed by its hash alone (Content Security Policy Level 3, section 2.3.1).

use crate::oauth::base64url;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// The stylesheet, byte for byte as it stands between `<style>` and `</style>`.
pub const STYLE: &str = include_str!("../../../templates/style.css");

/// The script of the page that sends itself, byte for byte as it stands between `<script>` and `</script>`. A form whose control is named
/// "submit" hides its own method of that name, so the method is taken from where all forms have it.
pub const SEND: &str = "HTMLFormElement.prototype.submit.call(document.forms[0])";

/// The script of the page of somebody who has signed out: it goes on once every frame is loaded, and after five seconds in any case.
pub const LEAVE: &str =
    "{const go=()=>location.replace(document.getElementById('next').href);addEventListener('load',go);setTimeout(go,5000)}";
/// The script of the session frame, byte for byte likewise.
pub const CHECK_SESSION: &str = include_str!("../../../templates/check_session.js");

/// The source expression that allows [`STYLE`] and no other style.
pub fn style_source() -> &'static str {
    static SOURCE: LazyLock<String> = LazyLock::new(|| source(STYLE));
    &SOURCE
}

/// The source expression that allows one text.
pub fn source(text: &str) -> String {
    format!("'sha256-{}'", base64url::encode_base64(&Sha256::digest(text)))
}
