//! Who has tried too often, as long as an isolate lives: nothing more of theirs is looked at, and nobody is asked about it, until their time is over.

use crate::oauth::time::Timestamp;
use std::cell::RefCell;

/// So many are remembered, the latest ones: whoever is forgotten is counted by its object all the same.
const ROOM: usize = 64;

/// Names with the moments until which they are refused, the latest first.
#[derive(Default)]
pub struct Refused(RefCell<Vec<(String, Timestamp)>>);

impl Refused {
    /// For how many seconds more the one of this name is refused.
    pub fn seconds_left(&self, name: &str, now: Timestamp) -> Option<i64> {
        let refused = self.0.borrow();
        let until = refused.iter().find(|(known, _)| known == name).map(|(_, until)| *until);
        until.map(|until| until.since(now)).filter(|seconds| *seconds > 0)
    }

    /// Refuses the one of this name from now on.
    pub fn add(&self, name: String, until: Timestamp) {
        let mut refused = self.0.borrow_mut();
        refused.retain(|(known, _)| *known != name);
        refused.insert(0, (name, until));
        refused.truncate(ROOM);
    }
}
