//! The vocabulary of the wire: values of RFC 6749, RFC 7636 and OpenID Connect Core. No input or output happens here.

pub mod address;
pub mod authorization_request;
pub mod claim;
pub mod claims_request;
pub mod ids;
pub mod json;
pub mod jwt_claims;
pub mod locale;
pub mod params;
pub mod pkce;
pub mod prompt;
pub mod response_mode;
pub mod response_type;
pub mod scope;
pub mod session_state;
pub mod text;
pub mod time;
pub mod uri;
pub mod usage;
pub(crate) mod words;

pub use treeline_wire::base64url;
