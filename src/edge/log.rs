//! The operator's log, as the runtime has it.

use crate::config::Log;
use crate::edge::bridge::bridge;
use crate::error::Fault;
use crate::platform::log::{Entry, FaultEntry};

/// Writes the line of a request.
pub fn entry(log: Log, entry: &Entry<'_>) {
    if let Some(line) = entry.line(log) {
        bridge(|bridge| bridge.log(&line, entry.is_error()));
    }
}

/// Writes the line of a fault.
pub fn fault(log: Log, entry: &FaultEntry<'_>) {
    if let Some(line) = entry.line(log) {
        bridge(|bridge| bridge.log(&line, true));
    }
}

/// The same, where it has happened to no request.
pub fn fault_of(log: Log, source: &str, what: &str) {
    let entry = FaultEntry {
        source,
        fault: what,
        ..FaultEntry::default()
    };
    fault(log, &entry);
}

/// The Worker cannot start.
pub fn misconfigured(what: &Fault) {
    fault_of(Log::All, "configuration", &what.to_string());
}
