//! A Durable Object's SQLite as [`Sql`].

use crate::edge::bridge::bridge;
use crate::edge::storage::{Memory, Storage};
use crate::edge::task::prepare;
use crate::edge::thrown;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault, Value};
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The storage of the object that runs.
#[derive(Clone)]
pub struct EdgeSql {
    /// Its storage.
    pub storage: Storage,
    /// [`Sql::audit_lifetime`].
    pub audit_lifetime: i64,
    /// What the object remembers.
    pub memory: Memory,
    /// The earliest that [`Sql::wake_by`] has been told since somebody took it.
    pub wake_by: Rc<Cell<Option<Timestamp>>>,
}

impl Sql for EdgeSql {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let parameters = parameters.iter().map(to_storage).collect();
        let cells = bridge(|bridge| bridge.exec(&self.storage, statement, parameters)).map_err(fault)?;
        let Some((columns, cells)) = cells.split_last() else {
            return Ok(Vec::new());
        };
        let columns = columns.as_f64().map_or(1, |columns| columns as usize).max(1);
        cells
            .chunks(columns)
            .map(|row| row.iter().map(from_storage).collect::<Result<_, _>>().map(Row))
            .collect()
    }

    fn wake_by(&self, at: Timestamp) {
        let earliest = self.wake_by.get().map_or(at, |known| known.min(at));
        self.wake_by.set(Some(earliest));
    }

    fn is_known_to_exist(&self) -> bool {
        self.memory.exists().unwrap_or(false)
    }

    fn note_existence(&self) {
        self.memory.set_exists(true);
    }

    fn audit_lifetime(&self) -> i64 {
        self.audit_lifetime
    }
}

fn fault(error: JsValue) -> SqlFault {
    SqlFault::new(thrown(&error))
}

fn to_storage(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(number) => (*number as f64).into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => Uint8Array::from(bytes.as_slice()).into(),
    }
}

fn from_storage(value: &JsValue) -> Result<Value, SqlFault> {
    if let Some(text) = value.as_string() {
        return Ok(Value::Text(text));
    }
    match value.as_f64() {
        // JavaScript has one kind of number; our tables have only whole ones, and none that it could not tell from the next.
        Some(number) if number.fract() == 0.0 && number.abs() <= js_sys::Number::MAX_SAFE_INTEGER => Ok(Value::Integer(number as i64)),
        None if value.is_null() => Ok(Value::Null),
        None if value.is_object() => Ok(Value::Blob(Uint8Array::new(value).to_vec())),
        _ => Err(SqlFault::new("a value of a type that no table has".to_owned())),
    }
}

/// Runs `work` in one transaction: a fault rolls everything back.
pub fn in_transaction<T: 'static>(sql: EdgeSql, work: impl FnOnce(&EdgeSql) -> Result<T, SqlFault> + 'static) -> Result<T, SqlFault> {
    let gained = Rc::new(Cell::new(None));
    let slot = Rc::clone(&gained);
    let work = move |sql: &EdgeSql| {
        slot.set(Some(work(sql)?));
        Ok(())
    };
    transact(sql, Box::new(work))?;
    gained.take().ok_or_else(did_not_run)
}

fn did_not_run() -> SqlFault {
    SqlFault::new("the transaction did not run".to_owned())
}

type Work = dyn FnOnce(&EdgeSql) -> Result<(), SqlFault>;

// What is the same for every transaction stands apart: the script has the rest once for each.
fn transact(sql: EdgeSql, work: Box<Work>) -> Result<(), SqlFault> {
    let (storage, memory) = (sql.storage.clone(), sql.memory.clone());
    let result = Rc::new(RefCell::new(None));
    let slot = Rc::clone(&result);
    let work = prepare(move || {
        let outcome = work(&sql);
        let failure = outcome.as_ref().err().map(|fault| JsValue::from_str(fault.reason()));
        slot.replace(Some(outcome));
        // To throw is the one way to roll back.
        failure.map_or(Ok(JsValue::UNDEFINED), Err)
    });
    let returned = bridge(|bridge| bridge.transact(&storage, work));
    if returned.is_err() {
        // What was found may have been what was rolled back.
        memory.set_exists(false);
    }
    match (result.take(), returned) {
        (Some(outcome), Ok(_)) => outcome,
        (Some(Err(fault)), Err(_)) => Err(fault),
        (_, Err(error)) => Err(fault(error)),
        (None, Ok(_)) => Err(did_not_run()),
    }
}
