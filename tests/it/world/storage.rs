//! SQLite in memory as the storage of an object.

use rusqlite::backup::Backup;
use rusqlite::types::{ToSqlOutput, Value as SqliteValue, ValueRef};
use rusqlite::{Connection, StatementStatus};
use std::cell::Cell;
use treeline::oauth::time::Timestamp;
use treeline::object::sql::{Row, Sql, SqlFault, Value};

/// One object's database.
pub struct Sqlite {
    connection: Connection,
    steps: Cell<u64>,
    audit_lifetime: i64,
    /// When the object's alarm is set for, as the edge would have it; `None` where that is not known.
    #[allow(dead_code, reason = "tests/it asks")]
    pub alarm: Cell<Option<Timestamp>>,
}

impl Default for Sqlite {
    fn default() -> Self {
        let connection = Connection::open_in_memory().expect("SQLite in memory");
        // More than any object has: none is prepared twice.
        connection.set_prepared_statement_cache_capacity(128);
        Self {
            connection,
            steps: Cell::new(0),
            audit_lifetime: 90 * 86_400,
            alarm: Cell::new(None),
        }
    }
}

impl Sqlite {
    /// A database whose audit trail is kept for so long.
    #[allow(dead_code, reason = "tests/it asks")]
    pub fn with_audit_lifetime(audit_lifetime: i64) -> Self {
        Self {
            audit_lifetime,
            ..Self::default()
        }
    }

    /// Runs a whole command in a transaction, which is rolled back where it fails.
    pub fn transaction<T, E: From<SqlFault>>(&self, command: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.exec("BEGIN IMMEDIATE", &[])?;
        let result = command(self);
        self.exec(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }, &[])?;
        result
    }

    /// The same pages under a new connection, which knows nothing of the old one: what is left when an object is dropped from memory.
    #[allow(dead_code, reason = "tests/model.rs asks")]
    pub fn reopened(&self) -> Self {
        let mut reopened = Self::default();
        let copied = Backup::new(&self.connection, &mut reopened.connection).and_then(|backup| backup.step(-1));
        copied.expect("every page");
        reopened
    }

    /// How many steps SQLite has taken, ever: what all statements have cost, in no unit of time.
    #[allow(dead_code, reason = "tests/it asks")]
    pub fn steps(&self) -> u64 {
        self.steps.get()
    }

    /// How many rows have been written, ever.
    #[allow(dead_code, reason = "tests/model.rs asks")]
    pub fn rows_written(&self) -> u64 {
        self.connection.total_changes()
    }

    /// Every row of every table, as text.
    pub fn dump(&self) -> String {
        let tables = self
            .exec("SELECT name FROM sqlite_master WHERE type = 'table'", &[])
            .expect("tables");
        let mut dump = String::new();
        for table in tables {
            let table = table.text(0).expect("a name");
            for row in self.exec(&format!("SELECT * FROM \"{table}\""), &[]).expect("rows") {
                dump += &format!("  {table} {:?}\n", row.0);
            }
        }
        dump
    }
}

impl Sql for Sqlite {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let fault = |error: rusqlite::Error| SqlFault::new(format!("{error} in {statement}"));
        let mut prepared = self.connection.prepare_cached(statement).map_err(fault)?;
        let columns = prepared.column_count();
        let parameters: Vec<ToSqlOutput<'_>> = parameters.iter().map(to_sqlite).collect();
        let rows = prepared
            .query_map(rusqlite::params_from_iter(parameters), |row| {
                (0..columns)
                    .map(|column| Ok(from_sqlite(row.get_ref(column)?)))
                    .collect::<Result<_, _>>()
                    .map(Row)
            })
            .map_err(fault)?;
        let rows = rows.collect::<Result<_, _>>().map_err(fault);
        let steps = u64::try_from(prepared.reset_status(StatementStatus::VmStep)).unwrap_or_default();
        self.steps.set(self.steps.get() + steps);
        rows
    }

    fn wake_by(&self, at: Timestamp) {
        let alarm = self.alarm.get();
        self.alarm.set(alarm.map(|known| known.min(at)));
    }

    fn audit_lifetime(&self) -> i64 {
        self.audit_lifetime
    }
}

fn to_sqlite(value: &Value) -> ToSqlOutput<'_> {
    match value {
        Value::Null => ToSqlOutput::Owned(SqliteValue::Null),
        Value::Integer(number) => ToSqlOutput::Owned(SqliteValue::Integer(*number)),
        Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        Value::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
    }
}

fn from_sqlite(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(number) => panic!("a STRICT table holds no {number}"),
    }
}
