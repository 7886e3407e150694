//! The end of an account: everything of it goes, and its name is free again.

use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, Refusal, Stop, meta};
use crate::session::revoke;
use crate::session::schema::SCHEMA;
use serde::{Deserialize, Serialize};

/// What clients are owed is kept until they have it.
const OWED: &str = "delivery";

/// Deletes the account, whose sessions end first as when all of them are revoked; refused where there is none.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeleteAccount {}

impl Call for DeleteAccount {
    const CLASS: Class = Class::UserSession;
    const NAME: &'static str = "DeleteAccount";
    type Reply = ();
}

impl Command for DeleteAccount {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        if meta(sql, "account")?.is_none() {
            return Err(Refusal::NotFound.into());
        }
        revoke::everything(sql, now)?;
        for table in tables().filter(|table| *table != OWED) {
            sql.exec(&format!("DELETE FROM {table}"), &[])?;
        }
        sql.exec("DELETE FROM delivery WHERE progress <> 'pending'", &[])?;
        // Whose object it is, those that are owed something still have to be told.
        sql.exec("DELETE FROM meta WHERE key NOT IN ('schema_version', 'name')", &[])?;
        sql.wake_by(now);
        Ok(())
    }
}

/// Every table of a user's object.
fn tables() -> impl Iterator<Item = &'static str> {
    let created = SCHEMA.create.iter().filter_map(|statement| statement.strip_prefix("CREATE TABLE "));
    created.filter_map(|rest| rest.split(' ').next())
}
