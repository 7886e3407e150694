//! Clients: what they register (RFC 7591), how the record is kept, and how they authenticate.

pub mod assertion;
pub mod auth;
pub mod change;
pub mod home;
pub mod members;
pub mod memory;
pub mod metadata;
pub mod policy;
pub mod record;
pub mod release;
pub mod rules;
