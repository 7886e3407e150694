//! What the provider does with every byte of a request. The libraries' code for it is generic, so it is compiled where it is used: here it is compiled
//! for size with some speed left, and everything else for size alone.

pub mod base64url;
pub mod json;
