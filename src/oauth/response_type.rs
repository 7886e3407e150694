//! Response types (OAuth 2.0 Multiple Response Type Encoding Practices): what an authorization response brings.

use crate::oauth::response_mode::ResponseMode;
use crate::oauth::words::words;

words! {
    /// One of the combinations that OpenID Connect Core defines, and `none`.
    pub enum ResponseType {
        Code = "code",
        IdToken = "id_token",
        IdTokenToken = "id_token token",
        CodeIdToken = "code id_token",
        CodeToken = "code token",
        CodeIdTokenToken = "code id_token token",
        None = "none",
    }
}

impl ResponseType {
    /// Reads the parameter: words in any order.
    pub fn read(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split(' ').collect();
        words.sort_unstable();
        Self::parse(&words.join(" "))
    }

    /// Whether an authorization code comes.
    pub fn has_code(self) -> bool {
        matches!(self, Self::Code | Self::CodeIdToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether an ID token comes from the authorization endpoint.
    pub fn has_id_token(self) -> bool {
        matches!(
            self,
            Self::IdToken | Self::IdTokenToken | Self::CodeIdToken | Self::CodeIdTokenToken
        )
    }

    /// Whether an access token comes from the authorization endpoint.
    pub fn has_token(self) -> bool {
        matches!(self, Self::IdTokenToken | Self::CodeToken | Self::CodeIdTokenToken)
    }

    /// Whether a token comes from the authorization endpoint: it must not stand in a query, which servers log.
    pub fn is_front_channel(self) -> bool {
        self.has_id_token() || self.has_token()
    }

    /// How the response travels where the request does not say it.
    pub fn default_mode(self) -> ResponseMode {
        match self.is_front_channel() {
            true => ResponseMode::Fragment,
            false => ResponseMode::Query,
        }
    }
}
