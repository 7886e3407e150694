//! How often one address may ask for something that is stored without anybody having signed in, or try a token that is not the operator's.

use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, OnEmpty, Refusal, Stop};
use serde::{Deserialize, Serialize};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// The registration of a client.
    Registration,
    /// A new account.
    SignUp,
    /// A token that is not the operator's.
    AdminToken,
}

/// The name of the object that counts requests of a kind from one address.
pub fn counter(kind: Counted, address: Option<&str>) -> String {
    let kind = match kind {
        Counted::Registration => "registration",
        Counted::SignUp => "sign_up",
        Counted::AdminToken => "admin_token",
    };
    format!("{kind}/{}", network(address))
}

/// Whoever has one IPv6 address has the 2^64 of its network too, so they count as one; a request that names no address is a local one.
fn network(address: Option<&str>) -> String {
    use std::net::IpAddr;
    match address.map(str::parse) {
        Some(Ok(IpAddr::V4(address))) => address.to_string(),
        Some(Ok(IpAddr::V6(address))) => match (address.to_ipv4_mapped(), address.segments()) {
            (Some(address), _) => address.to_string(),
            (None, [a, b, c, d, ..]) => format!("{a:x}:{b:x}:{c:x}:{d:x}::"),
        },
        Some(Err(_)) | None => "local".to_owned(),
    }
}

/// Counts a request in the current window; refused with [`Refusal::TooMany`] past the limit, and then nothing is written.
#[derive(Debug, Serialize, Deserialize)]
pub struct CountRequest {
    /// How many requests a window may have.
    pub limit: i64,
    /// The length of a window, in seconds; the first request begins it.
    pub window: i64,
}

impl Call for CountRequest {
    const CLASS: Class = Class::Pending;
    const NAME: &'static str = "CountRequest";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    type Reply = ();
}

impl Command for CountRequest {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        // The alarm may be late, so a window that is over is dropped here too.
        sql.exec("DELETE FROM rate WHERE ends_at <= ?", &[now.into()])?;
        let rows = sql.exec("SELECT requests FROM rate", &[])?;
        match rows.first() {
            None => sql.exec(
                "INSERT INTO rate (ends_at, requests) VALUES (?, 1)",
                &[now.plus(self.window).into()],
            )?,
            Some(row) if row.integer(0)? >= self.limit => return Err(Refusal::TooMany.into()),
            Some(_) => sql.exec("UPDATE rate SET requests = requests + 1", &[])?,
        };
        Ok(())
    }
}
