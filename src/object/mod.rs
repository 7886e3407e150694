//! What every Durable Object of the provider is: a small SQLite database that runs one command at a time.
//!
//! A command is a value. It travels as JSON, runs to its end in one synchronous transaction, and its reply has the type that the command
//! names. The same commands run on a Durable Object's storage at the edge and on SQLite in native tests.

pub mod outbox;
pub mod sql;

use crate::oauth::json;
use crate::oauth::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sql::{Sql, SqlFault};

/// The version of the command format; both sides of a call have to agree.
pub const VERSION: u32 = 1;

/// The classes of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Class {
    /// One per user, named by the canonical user id: the session tree.
    UserSession,
    /// One per client, named by the client_id: the record's strong copy, and the users it reaches.
    Registration,
    /// One per handle: state that ends by itself before a user is known.
    Pending,
    /// One: the provider's keys.
    KeyRing,
}

impl Class {
    /// The class as it is named in logs and in wrangler.toml.
    pub fn name(self) -> &'static str {
        match self {
            Self::UserSession => "UserSession",
            Self::Registration => "Registration",
            Self::Pending => "Pending",
            Self::KeyRing => "KeyRing",
        }
    }

    /// The class of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::UserSession, Self::Registration, Self::Pending, Self::KeyRing];
        all.into_iter().find(|class| class.name() == name)
    }
}

/// Why an object did not do what a command asked. It is an answer, not a failure: what the command wrote is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// There is no such node, account or record, or it is no longer usable.
    NotFound,
    /// The code or token cannot be used so: RFC 6749's `invalid_grant`.
    InvalidGrant,
    /// More is asked for than was granted: RFC 6749's `invalid_scope`.
    InvalidScope,
    /// Too many tries; none is evaluated until the window ends.
    TooMany,
    /// This step of the interaction has been taken before.
    AlreadyDone,
}

/// How a command stops short of its reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// The object says no. The transaction is kept.
    Refused(Refusal),
    /// The storage failed. The transaction is rolled back.
    Failed(SqlFault),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<SqlFault> for Stop {
    fn from(fault: SqlFault) -> Self {
        Self::Failed(fault)
    }
}

/// What a command does where the object holds nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnEmpty {
    /// It is refused with [`Refusal::NotFound`], and nothing is stored.
    Refuse,
    /// It begins the object.
    Create,
}

/// When the commands that a command posts to other objects are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Posting {
    /// By the object's alarm, after the answer.
    ByAlarm,
    /// Before the object answers, so that the answer says that they have arrived. What fails then is left to the alarm.
    BeforeAnswer,
}

/// What a command does to the storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// It looks, and writes with its last statement if at all. So there is nothing to roll back, and no transaction is needed: nothing else runs meanwhile.
    Reads,
    /// It may write.
    Writes,
}

/// What is to become of an object once its alarm has swept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweep {
    /// It still holds something.
    Keep,
    /// Its end has come: its whole storage goes.
    DeleteAll,
}

/// A message to an object, with the type of the reply.
pub trait Call: Serialize + DeserializeOwned {
    /// The class of objects that understand it.
    const CLASS: Class;
    /// Its name on the wire.
    const NAME: &'static str;
    /// What it does to an object that holds nothing.
    const ON_EMPTY: OnEmpty = OnEmpty::Refuse;
    /// What it does to the storage.
    const ACCESS: Access = Access::Writes;
    /// When what it posts to other objects is delivered.
    const POSTING: Posting = Posting::ByAlarm;
    /// What the object answers.
    type Reply: Serialize + DeserializeOwned;
}

/// What an object does with a message. It stands apart from [`Call`] so that a lower layer can send what a higher one carries out.
pub trait Command: Call {
    /// Runs the whole command. Nothing here waits, so nothing comes between.
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<Self::Reply, Stop>;
}

/// A command on its way to an object.
#[derive(Deserialize)]
pub struct Envelope {
    /// [`VERSION`].
    pub v: u32,
    /// [`Call::NAME`].
    pub command: String,
    /// The object's name: it knows itself by it when it runs an alarm.
    pub name: String,
    /// [`Call::ACCESS`].
    pub access: Access,
    /// [`Call::POSTING`].
    pub posting: Posting,
    /// The command.
    pub body: Value,
}

/// Why an object could not run what it was sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunFault {
    /// The call is not in the agreed form, or names a command the class does not have.
    #[error("the call is not understood: {0}")]
    Call(String),
    /// The storage failed.
    #[error(transparent)]
    Sql(#[from] SqlFault),
}

/// Writes a command as the body of a call.
pub fn write_call<C: Call>(name: &str, command: &C) -> String {
    envelope(C::NAME, (C::ACCESS, C::POSTING), name, &json::text(command))
}

// What is the same for every command stands apart from what is not: the script has the latter once for each.
fn envelope(command: &str, (access, posting): (Access, Posting), name: &str, body: &str) -> String {
    let envelope = json!({ "v": VERSION, "command": command, "name": name, "access": access, "posting": posting }).to_string();
    // The command is text already; it becomes the last member.
    let members = envelope.strip_suffix('}').unwrap_or_default();
    format!(r#"{members},"body":{body}}}"#)
}

fn unreadable(error: json::Unreadable) -> RunFault {
    RunFault::Call(error.to_string())
}

/// Writes an object's answer: the reply, which is JSON already, or why there is none.
fn write_answer(reply: Result<String, Stop>) -> Result<String, RunFault> {
    match reply {
        Ok(reply) => Ok(format!(r#"{{"Ok":{reply}}}"#)),
        Err(Stop::Refused(refusal)) => Ok(json!({ "Refused": refusal }).to_string()),
        Err(Stop::Failed(fault)) => Err(fault.into()),
    }
}

/// Reads an object's answer.
pub fn read_answer<C: Call>(answer: &str) -> Result<Result<C::Reply, Refusal>, RunFault> {
    match open_answer(answer)? {
        Ok(reply) => json::of_value(&reply).map(Ok).map_err(unreadable),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Takes an answer apart: the reply, which is still JSON, or why there is none.
pub fn open_answer(answer: &str) -> Result<Result<Value, Refusal>, RunFault> {
    let mut answer: Value = json::read(answer).map_err(unreadable)?;
    match answer.get_mut("Ok") {
        Some(reply) => Ok(Ok(reply.take())),
        None => json::of_value(answer.get("Refused").unwrap_or(&Value::Null))
            .map(Err)
            .map_err(unreadable),
    }
}

/// Reads the body of a call.
pub fn read_call(call: &str) -> Result<Envelope, RunFault> {
    let envelope: Envelope = json::read(call).map_err(unreadable)?;
    match envelope.v {
        VERSION => Ok(envelope),
        v => Err(RunFault::Call(format!("version {v}"))),
    }
}

/// The schema of a class: how an object of it begins.
pub struct Schema {
    /// Creates every table.
    pub create: &'static [&'static str],
}

/// Runs one command on an object's storage; the caller has opened the transaction and rolls it back on a fault. Gives the answer as JSON.
// Each command is code of its own: an isolate need not compile those that nobody sends.
#[inline(never)]
pub fn run<C: Command>(sql: &impl Sql, schema: &Schema, call: &Envelope, now: Timestamp) -> Result<String, RunFault> {
    let command: C = json::of_value(&call.body).map_err(unreadable)?;
    let done = begin(sql, schema, C::ON_EMPTY, &call.name).and_then(|()| command.run(sql, now));
    write_answer(done.map(|reply| json::text(&reply)))
}

/// Makes sure that the object is there for a command.
fn begin(sql: &impl Sql, schema: &Schema, on_empty: OnEmpty, name: &str) -> Result<(), Stop> {
    match (exists(sql)?, on_empty) {
        (true, _) => Ok(()),
        (false, OnEmpty::Create) => Ok(create(sql, schema, name)?),
        (false, OnEmpty::Refuse) => Err(Refusal::NotFound.into()),
    }
}

/// Begins an object that holds nothing.
pub fn create(sql: &impl Sql, schema: &Schema, name: &str) -> Result<(), SqlFault> {
    sql.exec(
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
        &[],
    )?;
    sql.exec(outbox::TABLE, &[])?;
    for statement in schema.create {
        sql.exec(statement, &[])?;
    }
    set_meta(sql, "schema_version", "1")?;
    set_meta(sql, "name", name)
}

/// Whether the object holds anything.
pub fn exists(sql: &impl Sql) -> Result<bool, SqlFault> {
    if sql.is_known_to_exist() {
        return Ok(true);
    }
    let rows = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta' LIMIT 1", &[])?;
    if !rows.is_empty() {
        sql.note_existence();
    }
    Ok(!rows.is_empty())
}

/// A fact about the whole object, such as its own name.
pub fn meta(sql: &impl Sql, key: &str) -> Result<Option<String>, SqlFault> {
    let rows = sql.exec("SELECT value FROM meta WHERE key = ?", &[key.into()])?;
    rows.first().map(|row| row.text(0)).transpose()
}

/// Keeps a fact about the whole object.
pub fn set_meta(sql: &impl Sql, key: &str, value: &str) -> Result<(), SqlFault> {
    sql.exec(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        &[key.into(), value.into()],
    )?;
    Ok(())
}
