//! Response modes: how an authorization response reaches the client (OAuth 2.0 Multiple Response Type Encoding Practices, section 2.1; OAuth 2.0
//! Form Post Response Mode).

use crate::oauth::words::words;

words! {
    /// Where the parameters of the response stand.
    pub enum ResponseMode {
        Query = "query",
        Fragment = "fragment",
        FormPost = "form_post",
    }
}
