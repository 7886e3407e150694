//! The storage of an object: SQLite, by whichever engine the object runs on.

use crate::oauth::ids::NodeId;
use crate::oauth::json;
use crate::oauth::time::Timestamp;

/// One value of a row or a parameter. Tables are STRICT and hold only these.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Value {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Integer(time.0)
    }
}

impl From<NodeId> for Value {
    fn from(id: NodeId) -> Self {
        Self::Blob(id.0.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The storage did not do what it was asked, or gave what the schema does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sql: {0}")]
// One word: nearly every line of a command hands it on.
#[allow(clippy::box_collection)]
pub struct SqlFault(Box<String>);

impl SqlFault {
    /// A fault for the operator's log, with what the storage said.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(Box::new(reason.into()))
    }

    /// What the storage said.
    pub fn reason(&self) -> &str {
        &self.0
    }
}

/// One row of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row(pub Vec<Value>);

impl Row {
    /// The column as text.
    pub fn text(&self, column: usize) -> Result<String, SqlFault> {
        self.optional_text(column)?.ok_or_else(|| wrong(column, "text"))
    }

    /// The column as text, or `None` for NULL.
    pub fn optional_text(&self, column: usize) -> Result<Option<String>, SqlFault> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Null) => Ok(None),
            _ => Err(wrong(column, "text")),
        }
    }

    /// The column as an integer.
    pub fn integer(&self, column: usize) -> Result<i64, SqlFault> {
        self.optional_integer(column)?.ok_or_else(|| wrong(column, "an integer"))
    }

    /// The column as an integer, or `None` for NULL.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, SqlFault> {
        match self.0.get(column) {
            Some(Value::Integer(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(wrong(column, "an integer")),
        }
    }

    /// The column as a moment.
    pub fn time(&self, column: usize) -> Result<Timestamp, SqlFault> {
        self.integer(column).map(Timestamp)
    }

    /// The column as a node id.
    pub fn node(&self, column: usize) -> Result<NodeId, SqlFault> {
        self.optional_node(column)?.ok_or_else(|| wrong(column, "a node id"))
    }

    /// The column as a node id, or `None` for NULL.
    pub fn optional_node(&self, column: usize) -> Result<Option<NodeId>, SqlFault> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => NodeId::from_bytes(bytes).map(Some).ok_or_else(|| wrong(column, "a node id")),
            Some(Value::Null) => Ok(None),
            _ => Err(wrong(column, "a node id")),
        }
    }

    /// The column as JSON of a known shape.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<T, SqlFault> {
        json::read(self.text(column)?).map_err(|_| wrong(column, "the expected JSON"))
    }

    /// The column as JSON of a known shape, where it is not NULL.
    pub fn optional_json<T: serde::de::DeserializeOwned>(&self, column: usize) -> Result<Option<T>, SqlFault> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.json(column).map(Some),
        }
    }
}

fn wrong(column: usize, expected: &str) -> SqlFault {
    SqlFault::new(format!("column {column} is not {expected}"))
}

/// A SQLite database, one statement at a time.
pub trait Sql {
    /// Runs one statement with its parameters and gives every row of its answer.
    fn exec(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Row>, SqlFault>;

    /// Says that what has just been written wants the object awake by some moment. An object that looks at all it has when it wakes needs not look
    /// after every command.
    fn wake_by(&self, at: Timestamp);

    /// Whether the object has been found to hold something before: it does until its whole storage goes.
    fn is_known_to_exist(&self) -> bool {
        false
    }

    /// The object has been found to hold something.
    fn note_existence(&self) {}

    /// How long the entries of an audit trail are kept, in seconds, as the operator wants it of every object; 0 where none are written.
    fn audit_lifetime(&self) -> i64;
}

/// Writes a value as JSON for a TEXT column.
pub fn to_json(value: &impl serde::Serialize) -> Value {
    Value::Text(json::text(value))
}
