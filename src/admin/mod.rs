//! The operator's API. Every request carries the operator's `ADMIN_TOKEN`, which [`guard`] looks at before anything else happens.

pub mod audit;
pub mod client;
pub mod clients;
pub mod guard;
pub mod health;
pub mod import;
pub mod input;
pub mod interchange;
pub mod keys;
pub mod nodes;
pub mod policy;
pub mod publish;
pub mod sessions;
pub mod users;
