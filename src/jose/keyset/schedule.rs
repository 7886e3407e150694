//! When a key is made, when it signs and when it goes. All of it derives from the times that are kept with the keys and from the clock, so no
//! state can be wrong. docs/decisions/0010-keys-follow-one-another.md has the reasons for the numbers.

use crate::jose::alg::{Alg, Usage};
use crate::jose::keyset::StoredKey;
use crate::oauth::time::Timestamp;
use serde::Serialize;

/// How long an isolate uses the keys that it has before it looks for newer ones, in seconds.
pub const FRESH: i64 = 60;

/// From a key's publication to its first signature, in seconds. KV shows a write everywhere after 60, an isolate looks after [`FRESH`], and
/// caches keep the JWKS for 300; the rest is for what is late.
pub const ACTIVATION: i64 = 900;

/// The most that the ring lets pass before it looks at itself, in seconds: another `KEY_LIFETIME` is noticed by then.
const DAY: i64 = 86_400;

/// What the operator has a say in, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How long a key signs before its successor is made; 0 for ever.
    pub lifetime: i64,
    /// How long a key stays published after its successor has begun to sign.
    pub retention: i64,
}

/// What a key does at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It signs.
    Active,
    /// It is published and will sign.
    Next,
    /// It has signed, and is published for what it has signed.
    Retired,
}

/// One key as the admin API shows it; `use` as in its JWK (RFC 7517, section 4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct KeyInfo {
    pub kid: String,
    pub alg: Alg,
    #[serde(rename = "use")]
    pub usage: Usage,
    pub state: State,
    pub created_at: Timestamp,
    pub active_from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove_at: Option<Timestamp>,
}

/// The key that takes over from this one, where there is one.
fn successor<'a>(keys: &'a [StoredKey], key: &StoredKey) -> Option<&'a StoredKey> {
    let later = |other: &&StoredKey| other.public.alg == key.public.alg && other.active_from > key.active_from;
    keys.iter().filter(later).min_by_key(|other| other.active_from)
}

/// What a key of a ring does now.
pub fn state(keys: &[StoredKey], key: &StoredKey, now: Timestamp) -> State {
    match successor(keys, key) {
        _ if now < key.active_from => State::Next,
        Some(other) if other.active_from <= now => State::Retired,
        _ => State::Active,
    }
}

/// When a key goes: known as soon as it has a successor.
pub fn remove_at(keys: &[StoredKey], key: &StoredKey, rules: Rules) -> Option<Timestamp> {
    successor(keys, key).map(|other| other.active_from.plus(rules.retention))
}

/// When a key has signed long enough, unless it has a successor.
fn due_at(key: &StoredKey, rules: Rules) -> Option<Timestamp> {
    (rules.lifetime > 0).then(|| key.active_from.plus(rules.lifetime))
}

/// Whether an algorithm needs a new key: it has none, or none waits and the newest has signed long enough, which is at once to `rotate`.
pub fn wants(keys: &[StoredKey], alg: Alg, rotate: bool, rules: Rules, now: Timestamp) -> bool {
    let of_alg = keys.iter().filter(|key| key.public.alg == alg);
    of_alg.max_by_key(|key| key.active_from).is_none_or(|newest| {
        let due = due_at(newest, rules).is_some_and(|at| at <= now);
        newest.active_from <= now && (rotate || due)
    })
}

/// When the ring has to look at itself again.
pub fn next_look(keys: &[StoredKey], rules: Rules, now: Timestamp) -> Timestamp {
    let changes = keys
        .iter()
        .filter_map(|key| remove_at(keys, key, rules).or_else(|| due_at(key, rules)));
    changes.chain([now.plus(DAY)]).min().unwrap_or(now)
}
