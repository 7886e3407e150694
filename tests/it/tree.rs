//! The session tree as storage: what is swept and what stays, the one alarm, what is owed to other objects, and what a fault leaves behind.

mod alarm;
mod bounded;
mod faults;
mod flat;
mod owed;
mod plans;
pub mod request;
mod revoked;
mod swept;
mod trail;

use crate::flow::party::{Party, enrol};
use crate::world::{Sqlite, World};
use std::collections::BTreeMap;
use treeline::oauth::ids::ClientId;
use treeline::object::sql::{Sql, SqlFault};
use treeline::object::{Class, Sweep, exists};
use treeline::objects;
use treeline::platform::Platform;

/// Runs the sweep of a user's object, as its alarm does, whenever it is due.
pub fn sweep(world: &World, user: &str) -> Sweep {
    let storage = world.storage(Class::UserSession, user);
    let swept = storage.transaction(|sql| objects::sweep(Class::UserSession, sql, world.now()));
    let swept = swept.expect("a sweep");
    if swept == Sweep::DeleteAll {
        delete_all(&storage);
    }
    swept
}

/// Leaves a database without any table, as `deleteAll` does.
fn delete_all(storage: &Sqlite) {
    for table in tables(storage) {
        storage.exec(&format!("DROP TABLE \"{table}\""), &[]).expect("DROP TABLE");
    }
    assert_eq!(exists(storage), Ok(false));
}

fn tables(storage: &Sqlite) -> Vec<String> {
    let rows = storage.exec("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", &[]);
    rows.expect("tables").iter().map(|row| row.text(0).expect("a name")).collect()
}

/// How many rows each table of a user's object has; tables without rows are left out.
fn rows(world: &World, user: &str) -> BTreeMap<String, i64> {
    let storage = world.storage(Class::UserSession, user);
    let count =
        |table: &String| -> Result<i64, SqlFault> { storage.exec(&format!("SELECT count(*) FROM \"{table}\""), &[])?[0].integer(0) };
    let counted = tables(&storage).into_iter().map(|table| {
        let rows = count(&table).expect("a count");
        (table, rows)
    });
    counted.filter(|(_, rows)| *rows > 0).collect()
}

/// The same of the tree alone. The audit trail, which goes by age, stands beside it, and so do the logins that are over and stay as its entries.
fn tree_rows(world: &World, user: &str) -> BTreeMap<String, i64> {
    let mut rows = rows(world, user);
    rows.remove("audit");
    if let Some(logins) = rows.remove("login") {
        let storage = world.storage(Class::UserSession, user);
        let over = "SELECT count(*) FROM login WHERE entry IS NOT NULL AND expires_at <= ? AND id NOT IN (SELECT login_id FROM grant_)";
        let over = storage.exec(over, &[world.now().into()]).expect("a count")[0]
            .integer(0)
            .expect("a number");
        rows.extend((logins > over).then(|| ("login".to_owned(), logins - over)));
    }
    rows
}

/// How many entries the audit trail has.
fn entries(world: &World, user: &str) -> i64 {
    let storage = world.storage(Class::UserSession, user);
    let count = "SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM login WHERE entry IS NOT NULL)";
    storage.exec(count, &[]).expect("a count")[0].integer(0).expect("a number")
}

/// A user with an account, and a client.
fn scene(user: &str) -> (World, ClientId) {
    let world = World::new();
    enrol(&world, user);
    let client_id = id(&Party::register(&world));
    (world, client_id)
}

fn id(party: &Party) -> ClientId {
    ClientId(party.client.id().to_owned())
}
