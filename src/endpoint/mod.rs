//! One file or folder per endpoint. An endpoint is a short driver: it reads parameters, asks the platform, and puts the answer together; the rules
//! are functions of values in the layers below.

pub mod account;
pub mod authorization;
pub mod binding;
pub mod client_auth;
pub mod client_keys;
pub mod client_lookup;
pub mod consent;
pub mod discovery;
pub mod end_session;
pub mod fetch;
pub mod flood;
pub mod form;
pub mod id_token_hint;
pub mod introspection;
pub mod jwks;
pub mod jwt;
pub mod login;
pub mod navigation;
pub mod presented;
pub mod registration;
pub mod revocation;
pub mod sign_up;
pub mod token;
pub mod userinfo;
pub mod webfinger;
