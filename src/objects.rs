//! Which module answers for which class of objects.

use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault};
use crate::object::{Class, Envelope, RunFault, Sweep, exists};
use crate::{client, jose, pending, session};

/// Runs a call on the storage of an object; the caller has opened a transaction and rolls it back on a fault.
pub fn dispatch(class: Class, sql: &impl Sql, call: &Envelope, now: Timestamp) -> Result<String, RunFault> {
    match class {
        Class::UserSession => session::dispatch(sql, call, now),
        Class::Registration => client::home::dispatch(sql, call, now),
        Class::Pending => pending::dispatch(sql, call, now),
        Class::KeyRing => jose::keyset::ring::dispatch(sql, call, now),
    }
}

/// Takes an object that comes into memory into the operator's epoch.
pub fn enter(class: Class, sql: &impl Sql, epoch: Timestamp, now: Timestamp) -> Result<(), SqlFault> {
    match class {
        Class::UserSession => session::epoch::enter(sql, epoch, now),
        Class::Registration | Class::Pending | Class::KeyRing => Ok(()),
    }
}

/// When the object has to wake by itself.
pub fn next_alarm(class: Class, sql: &impl Sql, now: Timestamp) -> Result<Option<Timestamp>, SqlFault> {
    if !exists(sql)? {
        return Ok(None);
    }
    match class {
        Class::UserSession => session::next_alarm(sql, now),
        Class::Registration => client::home::next_alarm(sql),
        Class::Pending => pending::next_alarm(sql),
        Class::KeyRing => jose::keyset::ring::next_alarm(sql),
    }
}

/// Removes what has ended.
pub fn sweep(class: Class, sql: &impl Sql, now: Timestamp) -> Result<Sweep, SqlFault> {
    if !exists(sql)? {
        return Ok(Sweep::Keep);
    }
    match class {
        Class::UserSession => session::sweep(sql, now),
        Class::Registration => client::home::sweep(sql, now),
        Class::Pending => pending::sweep(sql, now),
        // What the ring does when it wakes takes more than a transaction: platform/ring.rs.
        Class::KeyRing => Ok(Sweep::Keep),
    }
}
