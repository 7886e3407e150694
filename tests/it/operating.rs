//! Operating: the log, health, and the audit trail of a user.

mod audit;
mod health;
mod log;
mod lost;
