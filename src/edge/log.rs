//! The operator's log, as the runtime has it.

use crate::config::Log;
use crate::edge::variable;
use crate::error::Fault;
use crate::platform::log::{Entry, FaultEntry};
use worker::Env;

/// Writes the line of a request.
pub fn entry(log: Log, entry: &Entry<'_>) {
    match entry.line(log) {
        Some(line) if entry.is_error() => worker::console_error!("{line}"),
        Some(line) => worker::console_log!("{line}"),
        None => {}
    }
}

/// Writes the line of a fault.
pub fn fault(log: Log, entry: &FaultEntry<'_>) {
    if let Some(line) = entry.line(log) {
        worker::console_error!("{line}");
    }
}

/// The same, where nothing but the Worker's bindings is at hand. What cannot be read as `LOG` hides nothing.
pub fn fault_of(env: &Env, source: &str, what: &str) {
    let log = Log::read(variable(env, "LOG").as_deref()).unwrap_or(Log::All);
    let entry = FaultEntry {
        source,
        fault: what,
        ..FaultEntry::default()
    };
    fault(log, &entry);
}

/// The Worker cannot start.
pub fn misconfigured(what: &Fault) {
    let entry = FaultEntry {
        source: "configuration",
        fault: &what.to_string(),
        ..FaultEntry::default()
    };
    fault(Log::All, &entry);
}
