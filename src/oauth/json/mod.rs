//! JSON as types: a text is parsed to a tree in one place ([`treeline_wire::json`]), and the tree is read as a type in another.

mod typed;

pub use typed::Unreadable;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Serializer, Value};
use treeline_wire::json::tree;
use typed::{Typed, Unknown};

/// How deep arrays and objects of a peer may nest.
const PEER_DEPTH: usize = 16;

/// How deep our own may: what a peer has sent stands in them.
const OWN_DEPTH: usize = 64;

/// Parses a JSON text of a peer. The error says where the text is wrong and repeats nothing of it.
pub fn parse(text: &[u8]) -> Result<Value, serde_json::Error> {
    tree(text, PEER_DEPTH)
}

/// Reads a JSON text of a peer as a type.
pub fn parse_as<T: DeserializeOwned>(text: &[u8]) -> Result<T, Unreadable> {
    of_value(&parse(text).map_err(|_| Unreadable)?)
}

/// Reads a JSON text of our own as a type.
pub fn read<T: DeserializeOwned>(text: impl AsRef<[u8]>) -> Result<T, Unreadable> {
    of_value(&tree(text.as_ref(), OWN_DEPTH).map_err(|_| Unreadable)?)
}

/// Reads a value as a type.
pub fn of_value<T: DeserializeOwned>(value: &Value) -> Result<T, Unreadable> {
    T::deserialize(Typed::new(value, Unknown::Ignored))
}

/// Reads a value as a type that has each of its members, for whoever writes one to be told of a slip.
pub fn exactly<T: DeserializeOwned>(value: &Value) -> Result<T, Unreadable> {
    T::deserialize(Typed::new(value, Unknown::Refused))
}

/// Reads a JSON text of the operator's likewise.
pub fn read_exactly<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    exactly(&tree(text.as_bytes(), OWN_DEPTH).map_err(|_| Unreadable)?)
}

/// A map as an object and nothing else, for `#[serde(with)]`: by itself it is an array where it is empty, and may be read of one.
pub mod members {
    use super::of_value;
    use litemap::LiteMap;
    use serde::de::{DeserializeOwned, Error};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::{Map, Value};

    /// Writes it.
    pub fn serialize<V: Serialize, S: Serializer>(map: &LiteMap<String, V>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(map.iter())
    }

    /// Reads it.
    pub fn deserialize<'de, V: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<LiteMap<String, V>, D::Error> {
        let members = Map::<String, Value>::deserialize(deserializer)?;
        let read = members
            .iter()
            .map(|(name, value)| of_value(value).map(|value| (name.clone(), value)));
        read.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

/// Writes a value of our own. There is nothing in it that JSON cannot say: the names of members are texts.
pub fn text(value: &impl Serialize) -> String {
    written(&|serializer| value.serialize(serializer).is_ok())
}

// What does not depend on the type stands apart: the script has the rest once for each.
fn written(write: &dyn Fn(&mut Serializer<&mut Vec<u8>>) -> bool) -> String {
    let mut text = Vec::with_capacity(128);
    let is_whole = write(&mut Serializer::new(&mut text));
    String::from_utf8(text).ok().filter(|_| is_whole).unwrap_or_default()
}

/// A value of our own in JSON's own types. It goes by way of its text: what writes that is in the script for every type, and nothing else has to be.
pub fn value_of(value: &impl Serialize) -> Value {
    tree(text(value).as_bytes(), OWN_DEPTH).unwrap_or_default()
}
