//! A Durable Object's SQLite as [`Sql`].

use crate::edge::thrown;
use crate::oauth::time::Timestamp;
use crate::object::sql::{Row, Sql, SqlFault, Value};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::{SqlStorage, SqlStorageValue};

/// The storage of the object that runs.
pub struct EdgeSql {
    /// Its database.
    pub storage: SqlStorage,
    /// [`Sql::audit_lifetime`].
    pub audit_lifetime: i64,
    /// The earliest that [`Sql::wake_by`] has been told since somebody took it.
    pub wake_by: Rc<Cell<Option<Timestamp>>>,
}

impl Sql for EdgeSql {
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault> {
        let parameters: Vec<SqlStorageValue> = parameters.iter().map(to_storage).collect();
        let cursor = self.storage.exec(statement, parameters).map_err(fault)?;
        cursor
            .raw()
            .map(|row| {
                let values = row.map_err(fault)?.into_iter().map(from_storage).collect::<Result<_, _>>()?;
                Ok(Row(values))
            })
            .collect()
    }

    fn wake_by(&self, at: Timestamp) {
        let earliest = self.wake_by.get().map_or(at, |known| known.min(at));
        self.wake_by.set(Some(earliest));
    }

    fn audit_lifetime(&self) -> i64 {
        self.audit_lifetime
    }
}

fn fault(error: worker::Error) -> SqlFault {
    SqlFault(error.to_string())
}

fn to_storage(value: &Value) -> SqlStorageValue {
    match value {
        Value::Null => SqlStorageValue::Null,
        Value::Integer(number) => SqlStorageValue::Integer(*number),
        Value::Text(text) => SqlStorageValue::String(text.clone()),
        Value::Blob(bytes) => SqlStorageValue::Blob(bytes.clone()),
    }
}

fn from_storage(value: SqlStorageValue) -> Result<Value, SqlFault> {
    Ok(match value {
        SqlStorageValue::Null => Value::Null,
        SqlStorageValue::Integer(number) => Value::Integer(number),
        // JavaScript has one kind of number; our tables have only whole ones.
        SqlStorageValue::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Value::Integer(number as i64),
        SqlStorageValue::String(text) => Value::Text(text),
        SqlStorageValue::Blob(bytes) => Value::Blob(bytes),
        SqlStorageValue::Boolean(_) | SqlStorageValue::Float(_) => return Err(SqlFault("a value of a type that no table has".to_owned())),
    })
}

/// Runs `work` in one transaction: a fault rolls everything back. The worker crate does not bind `transactionSync`, so it is called by name.
pub fn in_transaction<T: 'static>(
    storage: &worker::Storage,
    sql: EdgeSql,
    work: impl FnOnce(&EdgeSql) -> Result<T, SqlFault> + 'static,
) -> Result<T, SqlFault> {
    let raw: &JsValue = storage.as_raw().as_ref();
    let transaction: js_sys::Function = js_sys::Reflect::get(raw, &"transactionSync".into())
        .and_then(|member| member.dyn_into())
        .map_err(|error| SqlFault(thrown(&error)))?;
    let result = Rc::new(std::cell::RefCell::new(None));
    let slot = Rc::clone(&result);
    let body = Closure::once(move || -> Result<JsValue, JsValue> {
        let outcome = work(&sql);
        let failure = outcome.as_ref().err().map(|fault| JsValue::from_str(&fault.0));
        slot.replace(Some(outcome));
        // To throw is the one way to roll back.
        failure.map_or(Ok(JsValue::UNDEFINED), Err)
    });
    let returned = transaction.call1(raw, body.as_ref());
    match (result.take(), returned) {
        (Some(outcome), Ok(_)) => outcome,
        (Some(Err(fault)), Err(_)) => Err(fault),
        (_, Err(error)) => Err(SqlFault(thrown(&error))),
        (None, Ok(_)) => Err(SqlFault("the transaction did not run".to_owned())),
    }
}
