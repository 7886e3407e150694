//! The key ring's storage and what is done with it in one transaction each. It is the single writer: KV and the isolates have copies, which its revisions put in order.

use crate::jose::alg::Alg;
use crate::jose::keyset::StoredKey;
use crate::jose::keyset::schedule::{ACTIVATION, KeyInfo, Rules, State, next_look, remove_at, state, wants};
use crate::oauth::time::Timestamp;
use crate::object::sql::{Sql, SqlFault, to_json};
use crate::object::{Call, Class, Command, Envelope, Refusal, RunFault, Schema, Stop, create, exists, meta, run, set_meta};
use crate::seal::Sealer;
use serde::{Deserialize, Serialize};

/// How long after a publication that failed the next is tried, in seconds.
pub const RETRY: i64 = 20;

/// The key ring's one name.
pub const KEY_RING: &str = "keys";

const TABLE: &str = "CREATE TABLE provider_key (kid TEXT PRIMARY KEY, stored TEXT NOT NULL) STRICT";
const SCHEMA: Schema = Schema { create: &[TABLE] };

/// Facts of the ring's `meta`: the revision, the one that KV has, and when to look again.
const REVISION: &str = "revision";
const PUBLISHED: &str = "published";
const LOOK_AT: &str = "look_at";

/// All keys of the provider, as the ring gives them out and KV has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// When this became what it is, in seconds since the epoch, or a little more: of two rings the one with the higher number is the newer.
    pub revision: i64,
    /// The keys, in the order in which they were made.
    pub keys: Vec<StoredKey>,
}

impl Ring {
    /// Whether a copy can be used by an isolate that has seen revision `seen`: it is no older, and has a key of each algorithm.
    pub fn serves(&self, seen: i64) -> bool {
        let has = |alg: &Alg| self.keys.iter().any(|key| key.public.alg == *alg);
        self.revision >= seen && Alg::ALL.iter().all(has)
    }

    /// The keys in a state, by algorithm.
    pub fn of_state(&self, wanted: State, now: Timestamp) -> impl Iterator<Item = &StoredKey> {
        self.by_alg().filter(move |key| state(&self.keys, key, now) == wanted)
    }

    fn by_alg(&self) -> impl Iterator<Item = &StoredKey> {
        let of_alg = |alg: &'static Alg| self.keys.iter().filter(move |key| key.public.alg == *alg);
        Alg::ALL.iter().flat_map(of_alg)
    }

    /// The keys as the admin API shows them.
    pub fn info(&self, rules: Rules, now: Timestamp) -> Vec<KeyInfo> {
        let shown = |key: &StoredKey| KeyInfo {
            kid: key.public.kid.clone(),
            alg: key.public.alg,
            usage: key.public.alg.usage(),
            state: state(&self.keys, key, now),
            created_at: key.created_at,
            active_from: key.active_from,
            remove_at: remove_at(&self.keys, key, rules),
        };
        self.by_alg().map(shown).collect()
    }
}

/// Runs a call on the storage of the key ring.
pub fn dispatch(sql: &impl Sql, call: &Envelope, now: Timestamp) -> Result<String, RunFault> {
    match call.command.as_str() {
        ReadKeys::NAME => run::<ReadKeys>(sql, &SCHEMA, call, now),
        unknown => Err(RunFault::Call(unknown.to_owned())),
    }
}

/// A ring of the time when there was one key of each algorithm: its keys go on, and are owed to KV in the form of now.
fn upgrade(sql: &impl Sql) -> Result<(), SqlFault> {
    if sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'signing_key'", &[])?.is_empty() {
        return Ok(());
    }
    for statement in [
        TABLE,
        "INSERT INTO provider_key SELECT kid, json_set(stored, '$.active_from', created_at) FROM signing_key",
        "DROP TABLE signing_key",
    ] {
        sql.exec(statement, &[])?;
    }
    set_meta(sql, REVISION, "1")
}

fn number(sql: &impl Sql, key: &str) -> Result<Option<i64>, SqlFault> {
    Ok(meta(sql, key)?.and_then(|text| text.parse().ok()))
}

fn load(sql: &impl Sql) -> Result<Ring, SqlFault> {
    if !exists(sql)? {
        return Ok(Ring {
            revision: 0,
            keys: Vec::new(),
        });
    }
    upgrade(sql)?;
    let rows = sql.exec("SELECT stored FROM provider_key ORDER BY rowid", &[])?;
    Ok(Ring {
        revision: number(sql, REVISION)?.unwrap_or(0),
        keys: rows.iter().map(|row| row.json(0)).collect::<Result<_, _>>()?,
    })
}

/// When the ring has to wake by itself: to try again to publish, or because a key's time has come.
pub fn next_alarm(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    let revision = number(sql, REVISION)?;
    Ok(match revision == number(sql, PUBLISHED)? {
        true => number(sql, LOOK_AT)?.map(Timestamp),
        // A revision is as old as the try to publish it.
        false => revision.map(|revision| Timestamp(revision).plus(RETRY)),
    })
}

/// The keys there are; refused where none have been made yet.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadKeys {
    /// Whether every key is to have a successor: whoever runs the ring makes those that are lacking before it runs this.
    pub rotate: bool,
}

impl Call for ReadKeys {
    const CLASS: Class = Class::KeyRing;
    const NAME: &'static str = "ReadKeys";
    type Reply = Ring;
}

impl Command for ReadKeys {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<Self::Reply, Stop> {
        let ring = load(sql)?;
        match ring.keys.is_empty() {
            true => Err(Refusal::NotFound.into()),
            false => Ok(ring),
        }
    }
}

/// For which algorithms keys are to be made. To `rotate`, every key that has no successor gets one, due or not.
pub fn plan(sql: &impl Sql, rotate: bool, rules: Rules, now: Timestamp) -> Result<Vec<Alg>, SqlFault> {
    let keys = load(sql)?.keys;
    let wanted = Alg::ALL.iter().copied();
    Ok(wanted.filter(|alg| wants(&keys, *alg, rotate, rules, now)).collect())
}

/// What the ring keeps its keys by.
#[derive(Clone)]
pub struct Keeping {
    /// How long keys sign and stay.
    pub rules: Rules,
    /// Seals their private halves.
    pub sealer: Sealer,
}

/// Keeps keys that have been planned, where they are still wanted (the first to come wins), removes those whose time is over, seals anew what was sealed
/// under an earlier secret, and gives the ring where it has to be published. An algorithm's first key signs at once, because there is no other; a later one when everybody has seen it.
pub fn keep(sql: &impl Sql, keys: Vec<StoredKey>, rotate: bool, keeping: &Keeping, now: Timestamp) -> Result<Option<Ring>, SqlFault> {
    let rules = keeping.rules;
    let mut ring = load(sql)?;
    if !exists(sql)? {
        create(sql, &SCHEMA, KEY_RING)?;
    }
    let mut changed = number(sql, PUBLISHED)?.unwrap_or(0) != ring.revision;
    if changed {
        // Who reads KV has not seen the keys that wait, so their wait begins anew.
        let waiting = ring.keys.iter_mut().filter(|key| now < key.active_from);
        waiting.for_each(|key| key.active_from = now.plus(ACTIVATION));
    }
    for mut key in keys {
        let alg = key.public.alg;
        if wants(&ring.keys, alg, rotate, rules, now) {
            let first = !ring.keys.iter().any(|other| other.public.alg == alg);
            key.created_at = now;
            key.active_from = if first { now } else { now.plus(ACTIVATION) };
            ring.keys.push(key);
            changed = true;
        }
    }
    let all = ring.keys.clone();
    ring.keys.retain(|key| remove_at(&all, key, rules).is_none_or(|at| now < at));
    changed |= ring.keys.len() < all.len();
    for key in &mut ring.keys {
        changed |= key.reseal(&keeping.sealer);
    }
    set_meta(sql, LOOK_AT, &next_look(&ring.keys, rules, now).0.to_string())?;
    if !changed {
        return Ok(None);
    }
    ring.revision = now.0.max(ring.revision.saturating_add(1));
    set_meta(sql, REVISION, &ring.revision.to_string())?;
    sql.exec("DELETE FROM provider_key", &[])?;
    for key in &ring.keys {
        sql.exec(
            "INSERT INTO provider_key (kid, stored) VALUES (?, ?)",
            &[key.public.kid.as_str().into(), to_json(key)],
        )?;
    }
    Ok(Some(ring))
}

/// Notes which revision has been put into KV: none where that failed. Gives the ring where it has changed meanwhile: of two puts that were on
/// their way together the older may have come last.
pub fn note_put(sql: &impl Sql, put: Option<i64>) -> Result<Option<Ring>, SqlFault> {
    let ring = load(sql)?;
    if put.is_some_and(|revision| revision != ring.revision) {
        return Ok(Some(ring));
    }
    set_meta(sql, PUBLISHED, &put.unwrap_or(0).to_string())?;
    Ok(None)
}
