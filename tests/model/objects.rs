//! The objects of a run as they are at its beginning: two accounts and three clients. Opening five databases takes longer than a run takes, so a thread
//! opens them once and winds them back, with what SQLite has prepared for them.

use super::real::{client_id, user_name};
use super::step::{CLIENTS, USERS};
use super::storage::Sqlite;
use serde_json::json;
use std::cell::RefCell;
use treeline::client::home::CreateRecord;
use treeline::client::policy::ClientPolicy;
use treeline::client::record::ClientRecord;
use treeline::client::rules;
use treeline::oauth::time::Timestamp;
use treeline::object::sql::Sql;
use treeline::object::{Call, RunFault, read_call, write_call};
use treeline::objects;
use treeline::session::account::PutAccount;

thread_local! {
    static IDLE: RefCell<Vec<Objects>> = const { RefCell::new(vec![]) };
}

pub struct Objects {
    pub users: Vec<Object>,
    pub clients: Vec<Object>,
}

impl Objects {
    /// Those that a run before has left, or new ones.
    pub fn take(now: Timestamp) -> Self {
        match IDLE.with_borrow_mut(Vec::pop) {
            Some(objects) => {
                objects.users.iter().chain(&objects.clients).for_each(Object::rewind);
                objects
            }
            None => Self::new(now),
        }
    }

    /// Leaves them to the next run, with the connections that they had at first.
    pub fn leave(mut self) {
        self.users.iter_mut().for_each(|user| user.reopened = None);
        IDLE.with_borrow_mut(|idle| idle.push(self));
    }

    fn new(now: Timestamp) -> Self {
        let user = |user: usize| {
            let account = PutAccount {
                password_hash: None,
                claims: None,
                disabled: None,
            };
            Object::new(user_name(user), &account, now)
        };
        let client = |client: usize| {
            let record = ClientRecord {
                client_salt: None,
                client_id: client_id(client),
                issued_at: now,
                expires_at: Timestamp(0),
                sealed_secret: None,
                sealed_registration_token: String::new(),
                metadata: rules::register(json!({ "redirect_uris": ["https://rp.example/cb"] }), false).expect("metadata"),
                policy: ClientPolicy::default(),
            };
            Object::new(client_id(client).as_str(), &CreateRecord { record }, now)
        };
        Self {
            users: (0..USERS).map(user).collect(),
            clients: (0..CLIENTS).map(client).collect(),
        }
    }
}

pub struct Object {
    storage: Sqlite,
    /// The storage since the object was dropped from memory.
    reopened: Option<Sqlite>,
    tables: Vec<String>,
    /// Those of the tables that hold something at the beginning.
    filled: Vec<String>,
}

impl Object {
    fn new<C: Call>(name: &str, first: &C, now: Timestamp) -> Self {
        let storage = Sqlite::default();
        let call = write_call(name, first);
        let begun: Result<String, RunFault> = storage.transaction(|sql| objects::dispatch(C::CLASS, sql, &read_call(&call)?, now));
        begun.expect("no fault");
        let rows = storage.exec("SELECT name FROM sqlite_master WHERE type = 'table'", &[]);
        let tables: Vec<String> = rows.expect("tables").iter().map(|row| row.text(0).expect("a name")).collect();
        let mut filled = vec![];
        for table in &tables {
            let statement = format!("CREATE TEMP TABLE first_{table} AS SELECT * FROM main.{table}");
            storage.exec(&statement, &[]).expect("a copy");
            let first = storage.exec(&format!("SELECT 1 FROM temp.first_{table}"), &[]);
            if !first.expect("rows").is_empty() {
                filled.push(table.clone());
            }
        }
        Self {
            storage,
            reopened: None,
            tables,
            filled,
        }
    }

    fn rewind(&self) {
        let rewound = self.storage.transaction(|sql| {
            for table in &self.tables {
                sql.exec(&format!("DELETE FROM main.{table}"), &[])?;
            }
            for table in &self.filled {
                sql.exec(&format!("INSERT INTO main.{table} SELECT * FROM temp.first_{table}"), &[])?;
            }
            Ok::<_, RunFault>(())
        });
        rewound.expect("no fault");
    }

    pub fn storage(&self) -> &Sqlite {
        self.reopened.as_ref().unwrap_or(&self.storage)
    }

    /// It is dropped from memory, and opened again on the same storage.
    pub fn restart(&mut self) {
        self.reopened = Some(self.storage().reopened());
    }
}

#[test]
fn a_run_begins_with_nothing_of_the_one_before() {
    let now = Timestamp(1);
    let dump = |objects: &Objects| -> Vec<String> {
        let all = objects.users.iter().chain(&objects.clients);
        all.map(|object| object.storage().dump()).collect()
    };
    let mut objects = Objects::take(now);
    let first = dump(&objects);
    let storage = objects.users[0].storage();
    storage
        .exec("INSERT INTO try (kind, count, until) VALUES ('password', 1, 1)", &[])
        .expect("a row");
    storage.exec("DELETE FROM meta WHERE key = 'account'", &[]).expect("no row");
    objects.users[0].restart();
    assert_ne!(dump(&objects), first);
    objects.leave();
    assert_eq!(dump(&Objects::take(now)), first);
}
