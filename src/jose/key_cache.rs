//! What an isolate remembers of the keys that clients serve at their `jwks_uri`. It is a value that knows no clock and fetches nothing: it says when to,
//! and is told what came of it.

use crate::jose::client_keys::ClientKeys;
use crate::oauth::time::Timestamp;
use litemap::LiteMap;
use std::cell::RefCell;

/// Of how many addresses the keys are kept.
pub const LIMIT: usize = 200;

/// How long keys are used without asking for newer ones, in seconds.
pub const FRESH: i64 = 300;

/// How long keys are used while newer ones cannot be had, in seconds.
pub const USABLE: i64 = 3600;

/// The shortest time between two fetches of one address that signatures by unknown keys cause, and between one that failed and the next, in seconds.
pub const INTERVAL: i64 = 10;

/// The keys by their addresses. No borrow of it outlives a call, so it can be used between waits.
#[derive(Debug, Default)]
pub struct KeyCache(RefCell<LiteMap<String, Kept>>);

#[derive(Clone, Debug, Default)]
struct Kept {
    /// The keys, and when they came.
    keys: Option<(ClientKeys, Timestamp)>,
    /// When a fetch last failed.
    failed_at: Option<Timestamp>,
    /// When an unknown key last caused a fetch.
    asked_at: Option<Timestamp>,
}

/// What is to be done about the keys of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// These are to be used, without a fetch.
    Use(ClientKeys),
    /// They are to be fetched.
    Fetch,
}

impl KeyCache {
    /// What to do where keys are needed.
    pub fn advise(&self, address: &str, now: Timestamp) -> Advice {
        let kept = self.kept(address);
        let is_fresh = kept.keys.as_ref().is_some_and(|(_, at)| now.since(*at) < FRESH);
        match is_fresh || within(kept.failed_at, now) {
            true => Advice::Use(kept.usable(now)),
            false => Advice::Fetch,
        }
    }

    /// Whether a signature that none of the kept keys made is worth a fetch now. Who is told so has to fetch: the next one waits.
    pub fn may_ask_again(&self, address: &str, now: Timestamp) -> bool {
        self.change(address, |kept| {
            let may = !within(kept.asked_at, now);
            if may {
                kept.asked_at = Some(now);
            }
            may
        })
    }

    /// Keeps what a fetch gave, `None` where it gave no keys, and tells what is to be used.
    pub fn keep(&self, address: &str, fetched: Option<ClientKeys>, now: Timestamp) -> ClientKeys {
        self.change(address, |kept| {
            match fetched {
                Some(keys) => (kept.keys, kept.failed_at) = (Some((keys, now)), None),
                None => kept.failed_at = Some(now),
            }
            kept.usable(now)
        })
    }

    /// How many addresses are remembered.
    pub fn size(&self) -> usize {
        self.0.borrow().len()
    }

    fn kept(&self, address: &str) -> Kept {
        self.0.borrow().get(address).cloned().unwrap_or_default()
    }

    /// Changes what is known of an address; where there are too many, the one that was heard of longest ago goes.
    fn change<T>(&self, address: &str, change: impl FnOnce(&mut Kept) -> T) -> T {
        let mut all = self.0.borrow_mut();
        if all.len() >= LIMIT && !all.contains_key(address) {
            let oldest = all
                .iter()
                .min_by_key(|(_, kept)| kept.heard_at())
                .map(|(address, _)| address.clone());
            oldest.map(|oldest| all.remove(&oldest));
        }
        let mut kept = all.remove(address).unwrap_or_default();
        let outcome = change(&mut kept);
        all.insert(address.to_owned(), kept);
        outcome
    }
}

impl Kept {
    fn usable(&self, now: Timestamp) -> ClientKeys {
        let young = self.keys.as_ref().filter(|(_, at)| now.since(*at) < USABLE);
        young.map(|(keys, _)| keys.clone()).unwrap_or_default()
    }

    fn heard_at(&self) -> Option<Timestamp> {
        self.keys.as_ref().map(|(_, at)| *at).max(self.failed_at).max(self.asked_at)
    }
}

fn within(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| now.since(at) < INTERVAL)
}
