//! What an isolate remembers of clients, so that hardly any request has to read Workers KV. It is a value that knows no clock and reads nothing: it is told
//! what was read, and when it is asked.

use crate::client::record::ClientRecord;
use crate::oauth::ids::ClientId;
use crate::oauth::time::Timestamp;
use litemap::LiteMap;
use std::cell::RefCell;
use std::rc::Rc;

/// How many clients are remembered.
pub const LIMIT: usize = 500;

/// How long a client is used without a look at Workers KV, in seconds. What KV shows may be [as old again](crate::platform::Platform::kv_get).
pub const FRESH: i64 = 30;

/// The clients by their identifiers. No borrow of it outlives a call, so it can be used between waits.
#[derive(Debug, Default)]
pub struct ClientMemory(RefCell<LiteMap<ClientId, Remembered>>);

/// A client, and when it was read.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The client as it was then.
    pub record: Rc<ClientRecord>,
    /// When that was.
    pub at: Timestamp,
}

impl ClientMemory {
    /// A client that was read a short while ago.
    pub fn recall(&self, id: &ClientId, now: Timestamp) -> Option<Remembered> {
        let remembered = self.0.borrow().get(id).cloned();
        remembered.filter(|remembered| remembered.is_fresh(now))
    }

    /// Remembers a client that has just been read. Where there are too many, those that are not fresh any more go, or else the one that was read first.
    pub fn keep(&self, record: Rc<ClientRecord>, now: Timestamp) {
        let mut all = self.0.borrow_mut();
        if all.len() >= LIMIT && !all.contains_key(&record.client_id) {
            all.retain(|_, remembered| remembered.is_fresh(now));
            if all.len() >= LIMIT {
                let oldest = all.iter().min_by_key(|(_, remembered)| remembered.at).map(|(id, _)| id.clone());
                oldest.map(|oldest| all.remove(&oldest));
            }
        }
        all.insert(record.client_id.clone(), Remembered { record, at: now });
    }

    /// Forgets a client: it has been changed, or is no more.
    pub fn forget(&self, id: &ClientId) {
        self.0.borrow_mut().remove(id);
    }

    /// How many clients are remembered.
    pub fn size(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Remembered {
    fn is_fresh(&self, now: Timestamp) -> bool {
        (0..FRESH).contains(&now.since(self.at))
    }
}
