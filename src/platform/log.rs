//! What the operator's log says of a request, and of whatever else the provider does by itself: one line of JSON, without a secret, a token, an address or a
//! user's name in it.

use crate::config::Log;
use crate::oauth::json;
use serde::Serialize;

/// What stands for the route where there is none.
pub const NO_ROUTE: &str = "*";

/// One request that has been answered.
#[derive(Debug, Serialize)]
pub struct Entry<'a> {
    /// The number that the peer was given too.
    pub request_id: &'a str,
    /// The method; `RPC` where a Worker asks by the service binding.
    pub method: &'static str,
    /// The pattern of the route, never the path itself, or [`NO_ROUTE`].
    pub route: &'a str,
    /// The status of the response.
    pub status: u16,
    /// The error code, or `ok`.
    pub outcome: &'static str,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// Whether it is a public document's, which isolates serve from memory, and which was answered with it.
    #[serde(skip)]
    pub is_document: bool,
    /// The registered client that the request is of, where that has turned out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<&'a str>,
}

impl Entry<'_> {
    /// Whether it tells of a failure of ours, or of nobody who answered.
    pub fn is_error(&self) -> bool {
        !(100..500).contains(&self.status)
    }

    /// The line, where the log is to have it.
    pub fn line(&self, log: Log) -> Option<String> {
        let is_written = match log {
            Log::All => true,
            Log::Requests => !self.is_document,
            Log::Errors => self.is_error(),
            Log::Off => false,
        };
        is_written.then(|| json::text(self))
    }
}

/// Something that went wrong on our side.
#[derive(Debug, Default, Serialize)]
pub struct FaultEntry<'a> {
    /// The number of the request that it happened to.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub request_id: &'a str,
    /// Where it happened, if not to a request: a class of objects, or what was read.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub source: &'a str,
    /// What happened.
    pub fault: &'a str,
}

impl FaultEntry<'_> {
    /// The line, where the log is to have it.
    pub fn line(&self, log: Log) -> Option<String> {
        (log != Log::Off).then(|| json::text(self))
    }
}
