//! Session dumps in the forms of the Python providers whose model this one follows: what they write is read, and what is written they read.

pub mod client;
pub mod read;
pub mod salt;
pub mod values;
pub mod write;

use crate::error::{ErrorCode, ProtocolError};
use crate::http::Request;
use crate::oauth::params::Params;
use crate::oauth::usage::TokenClass;

/// The authentication context class by which oidcop first named a password over a protected channel.
const OLD_PASSWORD: &str = "oidcop.user_authn.authn_context.INTERNETPROTOCOLPASSWORD";

/// A form of dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// oidcop 2.0.0: tokens are plain objects.
    Oidcop20,
    /// oidcop 2.0.1 to 2.4.3: every token is wrapped into the name of its class.
    Oidcop24,
    /// idpyoidc 5: the same under other names, with whole keys where the others have ids.
    Idpyoidc5,
}

impl Format {
    const ALL: [(&'static str, Self); 3] = [
        ("oidcop-2.0", Self::Oidcop20),
        ("oidcop-2.4", Self::Oidcop24),
        ("idpyoidc-5", Self::Idpyoidc5),
    ];

    /// The form that a request asks for by `format`; the first where it does not say.
    pub fn asked_for(request: &Request) -> Result<Self, ProtocolError> {
        let bad = || {
            let known = Self::ALL.map(|(name, _)| name).join(", ");
            ProtocolError::new(ErrorCode::InvalidRequest, format!("format has to be one of {known}, given once"))
        };
        let query = Params::parse(&request.query).map_err(|_| bad())?;
        match query.one("format").map_err(|_| bad())? {
            None => Ok(Self::Oidcop20),
            Some(name) => Self::ALL
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, format)| *format)
                .ok_or_else(bad),
        }
    }

    /// What `format` calls it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// The name of a class of the session tree.
    fn class(self, name: &str) -> String {
        match self {
            Self::Oidcop20 | Self::Oidcop24 => format!("oidcop.session.{name}"),
            Self::Idpyoidc5 => format!("idpyoidc.server.session.{name}"),
        }
    }

    fn authentication_event(self) -> &'static str {
        match self {
            Self::Oidcop20 | Self::Oidcop24 => "oidcop.authn_event.AuthnEvent",
            Self::Idpyoidc5 => "idpyoidc.server.authn_event.AuthnEvent",
        }
    }

    fn authorization_request(self) -> &'static str {
        match self {
            Self::Oidcop20 | Self::Oidcop24 => "oidcmsg.oidc.AuthorizationRequest",
            Self::Idpyoidc5 => "idpyoidc.message.oidc.AuthorizationRequest",
        }
    }
}

/// The classes of tokens, and how the Python providers name them.
const TOKENS: [(TokenClass, &str); 4] = [
    (TokenClass::AuthorizationCode, "AuthorizationCode"),
    (TokenClass::AccessToken, "AccessToken"),
    (TokenClass::RefreshToken, "RefreshToken"),
    (TokenClass::IdToken, "IDToken"),
];
