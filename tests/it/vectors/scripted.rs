//! Cryptography whose randomness is written down beforehand, so that encryptions come out as a specification printed them.

use crate::world::crypto::rust_crypto;
use std::cell::RefCell;
use std::collections::VecDeque;

/// What is drawn, in this order: a content key or the private half of an ephemeral key, then an initialisation vector.
pub struct Scripted(RefCell<VecDeque<Vec<u8>>>);

impl Scripted {
    pub fn new(draws: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self(RefCell::new(draws.into_iter().collect()))
    }

    fn fill(&self, buffer: &mut [u8]) {
        buffer.copy_from_slice(&self.0.borrow_mut().pop_front().expect("a draw that was foreseen"));
    }

    pub fn assert_all_drawn(&self) {
        assert!(self.0.borrow().is_empty());
    }
}

rust_crypto!(Scripted);
