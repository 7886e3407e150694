//! Treeline: an OpenID Connect Provider for the edge.
//!
//! A Cloudflare Worker routes the OIDC endpoints in wasm. Clients are kept in Workers KV; every user has one Durable Object that holds that
//! user's session tree (user -> client -> grant -> token) and changes it one command at a time, so a grant has one truth everywhere.
//!
//! The modules are layers, and imports point one way:
//! `precis` <- `oauth` <- `seal` <- `object` <- `jose` <- `client` <- `session` <- `platform` <- `endpoint`, `login`, `back_channel`, `admin` <- `router` <- `edge`.

pub mod admin;
pub mod back_channel;
pub mod client;
pub mod config;
mod edge;
pub mod endpoint;
pub mod error;
pub mod http;
pub mod jose;
pub mod login;
pub mod oauth;
pub mod object;
pub mod objects;
pub mod password;
pub mod pending;
pub mod platform;
pub mod precis;
pub mod router;
pub mod seal;
pub mod session;
