//! The operator's API. Every request carries the operator's `ADMIN_TOKEN`.

pub mod clients;
pub mod import;
pub mod interchange;
pub mod keys;
pub mod nodes;
pub mod policy;
pub mod sessions;
pub mod users;

use crate::config::Config;
use crate::error::{Challenge, ErrorCode};
use crate::http::Request;
use crate::seal::same_secret;

/// Lets a request pass that carries the operator's token (RFC 6750, section 2.1).
pub fn authorize_admin(config: &Config, request: &Request) -> Result<(), Challenge> {
    let token = request.credentials("bearer").ok_or_else(Challenge::bearer)?;
    match same_secret(&config.admin_token, &token) {
        true => Ok(()),
        false => Err(Challenge::bearer_error(ErrorCode::InvalidToken, "not the admin token")),
    }
}
