//! A client's own object: the strong copy of its record, written by one hand, and the users who hold a session with it.
//!
//! Ordinary requests read the copy in Workers KV and never come here. The object is asked for a client that is too young to be seen in
//! KV, changes the record, and, when the client ends, tells each of its users' objects so.

use crate::client::change::ChangeRecord;
use crate::client::record::ClientRecord;
use crate::oauth::ids::{ClientId, UserId};
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault, to_json};
use crate::object::{Call, Class, Command, Envelope, OnEmpty, Posting, Refusal, RunFault, Schema, Stop, Sweep, exists, outbox, run};
use serde::{Deserialize, Serialize};

/// How long it is remembered that a client without an end was deleted, in seconds: longer than any command is under way.
const REMEMBER_DELETED: i64 = 30 * 86_400;

const SCHEMA: Schema = Schema {
    create: &[
        "CREATE TABLE client (
            id TEXT PRIMARY KEY, record TEXT NOT NULL, expires_at INTEGER NOT NULL, deleted_at INTEGER) STRICT",
        "CREATE TABLE user (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    ],
};

/// Runs a call on the storage of a client's object.
pub fn dispatch(sql: &impl Sql, call: &Envelope, now: Timestamp) -> Result<String, RunFault> {
    match call.command.as_str() {
        CreateRecord::NAME => run::<CreateRecord>(sql, &SCHEMA, call, now),
        ReadRecord::NAME => run::<ReadRecord>(sql, &SCHEMA, call, now),
        ChangeRecord::NAME => run::<ChangeRecord>(sql, &SCHEMA, call, now),
        DeleteRecord::NAME => run::<DeleteRecord>(sql, &SCHEMA, call, now),
        ListUsers::NAME => run::<ListUsers>(sql, &SCHEMA, call, now),
        AddUser::NAME => run::<AddUser>(sql, &SCHEMA, call, now),
        unknown => Err(RunFault::Call(unknown.to_owned())),
    }
}

/// When the object has something to do by itself: a delivery that is due, or its end.
pub fn next_alarm(sql: &impl Sql) -> Result<Option<Timestamp>, SqlFault> {
    if !exists(sql)? {
        return Ok(None);
    }
    // What is owed is delivered before the object goes, so its end waits for that.
    match outbox::next_due(sql)? {
        Some(due) => Ok(Some(due)),
        None => Ok(Client::load(sql)?.and_then(|client| client.end())),
    }
}

/// Ends the client whose lifetime is over: its users are told first, and then everything goes.
pub fn sweep(sql: &impl Sql, now: Timestamp) -> Result<Sweep, SqlFault> {
    if !exists(sql)? {
        return Ok(Sweep::Keep);
    }
    let Some(client) = Client::load(sql)? else {
        return Ok(Sweep::DeleteAll);
    };
    if client.end().is_none_or(|end| now < end) {
        return Ok(Sweep::Keep);
    }
    if client.deleted_at.is_none() {
        client.delete(sql, now)?;
    }
    Ok(match outbox::next_due(sql)? {
        Some(_) => Sweep::Keep,
        None => Sweep::DeleteAll,
    })
}

/// The one row of the table `client`, without the record.
struct Client {
    id: ClientId,
    expires_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

impl Client {
    fn load(sql: &impl Sql) -> Result<Option<Self>, SqlFault> {
        let rows = sql.exec("SELECT id, expires_at, deleted_at FROM client", &[])?;
        rows.first().map(Self::read).transpose()
    }

    fn read(row: &Row) -> Result<Self, SqlFault> {
        Ok(Self {
            id: ClientId(row.text(0)?),
            expires_at: row.time(1)?,
            deleted_at: row.optional_integer(2)?.map(Timestamp),
        })
    }

    fn end(&self) -> Option<Timestamp> {
        match (self.expires_at, self.deleted_at) {
            (Timestamp(0), deleted_at) => deleted_at.map(|deleted| deleted.plus(REMEMBER_DELETED)),
            (expires_at, _) => Some(expires_at),
        }
    }

    /// Marks the client as deleted, drops its record, and owes every user the news.
    fn delete(&self, sql: &impl Sql, now: Timestamp) -> Result<(), SqlFault> {
        sql.exec("UPDATE client SET deleted_at = ?, record = 'null'", &[now.into()])?;
        for row in sql.exec("SELECT id FROM user", &[])? {
            self.revoke_at(sql, &row.text(0)?, now)?;
        }
        sql.exec("DELETE FROM user", &[])?;
        Ok(())
    }

    fn revoke_at(&self, sql: &impl Sql, user: &str, now: Timestamp) -> Result<(), SqlFault> {
        let revoke = RevokeClient {
            client_id: self.id.clone(),
        };
        outbox::post(sql, user, &revoke, now)
    }
}

/// Begins a client. Sent again it changes nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct CreateRecord {
    /// The record.
    pub record: ClientRecord,
}

impl Call for CreateRecord {
    const CLASS: Class = Class::Registration;
    const NAME: &'static str = "CreateRecord";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    type Reply = ();
}

impl Command for CreateRecord {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<(), Stop> {
        sql.exec(
            "INSERT INTO client (id, record, expires_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            &[
                self.record.client_id.as_str().into(),
                to_json(&self.record),
                self.record.expires_at.into(),
            ],
        )?;
        Ok(())
    }
}

/// Reads the record; refused where the client has been deleted.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadRecord {}

impl Call for ReadRecord {
    const CLASS: Class = Class::Registration;
    const NAME: &'static str = "ReadRecord";
    type Reply = ClientRecord;
}

impl Command for ReadRecord {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<ClientRecord, Stop> {
        let rows = sql.exec("SELECT record FROM client WHERE deleted_at IS NULL", &[])?;
        let row = rows.first().ok_or(Refusal::NotFound)?;
        Ok(row.json(0)?)
    }
}

/// Deletes the client (RFC 7592, section 2.3) and revokes what it holds at each of its users. Sent again it changes nothing.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeleteRecord {}

impl Call for DeleteRecord {
    const CLASS: Class = Class::Registration;
    const NAME: &'static str = "DeleteRecord";
    const POSTING: Posting = Posting::BeforeAnswer;
    type Reply = ();
}

impl Command for DeleteRecord {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        let client = Client::load(sql)?.ok_or(Refusal::NotFound)?;
        if client.deleted_at.is_none() {
            client.delete(sql, now)?;
        }
        Ok(())
    }
}

/// Notes that a user has a session with the client. If the client has been deleted meanwhile, the user's object is told so.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddUser {
    /// The user.
    pub user_id: UserId,
    /// The client that the object is of.
    pub client_id: ClientId,
}

impl Call for AddUser {
    const CLASS: Class = Class::Registration;
    const NAME: &'static str = "AddUser";
    type Reply = ();
}

impl Command for AddUser {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        let client = Client::load(sql)?
            .filter(|client| client.id == self.client_id)
            .ok_or(Refusal::NotFound)?;
        if client.deleted_at.is_some() {
            client.revoke_at(sql, self.user_id.as_str(), now)?;
            return Ok(());
        }
        sql.exec(
            "INSERT INTO user (id) VALUES (?) ON CONFLICT DO NOTHING",
            &[self.user_id.as_str().into()],
        )?;
        Ok(())
    }
}

/// Lists the users who have a session with the client, in the order of their names.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListUsers {
    /// The name after which the list begins.
    pub after: String,
    /// The most users that are listed.
    pub limit: usize,
}

impl Call for ListUsers {
    const CLASS: Class = Class::Registration;
    const NAME: &'static str = "ListUsers";
    type Reply = Vec<UserId>;
}

impl Command for ListUsers {
    fn run(self, sql: &impl Sql, _: Timestamp) -> Result<Vec<UserId>, Stop> {
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX);
        let rows = sql.exec(
            "SELECT id FROM user WHERE id > ? ORDER BY id LIMIT ?",
            &[self.after.into(), limit.into()],
        )?;
        let users = rows.iter().map(|row| Ok(UserId::from_canonical(row.text(0)?)));
        Ok(users.collect::<Result<_, SqlFault>>()?)
    }
}

/// Tells a user's object that a client has ended: everything below that client session is revoked from then on, and what comes later too.
/// The object of the user carries it out.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokeClient {
    /// The client that has ended.
    pub client_id: ClientId,
}

impl Call for RevokeClient {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "RevokeClient";
    type Reply = ();
}
