//! What may be used once and is known by a name, such as a client's assertion: the object of that name remembers that it has been used.

use crate::oauth::time::Timestamp;
use crate::object::sql::Sql;
use crate::object::{Call, Class, Command, OnEmpty, Refusal, Stop};
use serde::{Deserialize, Serialize};

/// Takes the one use; refused with [`Refusal::AlreadyDone`] ever after, until it ends.
#[derive(Debug, Serialize, Deserialize)]
pub struct UseOnce {
    /// When nothing needs to be remembered any more: what was used is refused for its age from then on.
    pub expires_at: Timestamp,
}

impl Call for UseOnce {
    const CLASS: Class = Class::Pending;
    const NAME: &'static str = "UseOnce";
    const ON_EMPTY: OnEmpty = OnEmpty::Create;
    type Reply = ();
}

impl Command for UseOnce {
    fn run(self, sql: &impl Sql, now: Timestamp) -> Result<(), Stop> {
        // The alarm may be late, and a name may come again for something new.
        sql.exec("DELETE FROM used WHERE ends_at <= ?", &[now.into()])?;
        if !sql.exec("SELECT 1 FROM used", &[])?.is_empty() {
            return Err(Refusal::AlreadyDone.into());
        }
        sql.exec("INSERT INTO used (ends_at) VALUES (?)", &[self.expires_at.into()])?;
        Ok(())
    }
}
