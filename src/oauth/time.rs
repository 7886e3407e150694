//! Time as the protocol counts it: whole seconds since 1970-01-01T00:00:00Z.

use serde::{Deserialize, Serialize};

/// A moment, in seconds since the epoch (NumericDate of RFC 7519). Zero stands for "no end" in `expires_at`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Later than anything: the end of what has none, where a missing end would have to be asked for at every comparison. JSON and storage at the edge
    /// hold no larger whole number.
    pub const FOREVER: Self = Self(9_007_199_254_740_991);

    /// The nearest moment whose year, counted from 1970 on, has four digits: it can be written as a date (RFC 3339).
    pub fn writable(self) -> Self {
        Self(self.0.clamp(0, 253_402_300_799))
    }

    /// The moment `seconds` later; it saturates rather than wraps.
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this moment.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
