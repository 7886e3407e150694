//! From a JSON tree to a type. serde_json reads a type straight from the text, with a parser of its own for every type and a message for every
//! mistake; here the text is parsed in one place, and of a tree that does not fit it is only told that it does not. A struct is told its members in the
//! order in which it declares them, so it does not have to find out which comes next. The script is much smaller for it.

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};
use std::fmt;
use std::{ptr, slice};

/// The JSON is not sound, or not of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the JSON is not of the expected form")
    }
}

impl std::error::Error for Unreadable {}

impl de::Error for Unreadable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// What becomes of a member that a struct does not have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Nobody looks at it.
    Ignored,
    /// It is a mistake.
    Refused,
}

/// Stands for a member that is not there: an optional one is none, and nothing else can be read of it.
static ABSENT: Value = Value::Null;

fn is_absent(value: &Value) -> bool {
    ptr::eq(value, &raw const ABSENT)
}

/// A part of a tree.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    value: &'a Value,
    unknown: Unknown,
}

impl<'a> Typed<'a> {
    /// A whole tree.
    pub fn new(value: &'a Value, unknown: Unknown) -> Self {
        Self { value, unknown }
    }

    /// The value, for whoever takes any.
    fn present(self) -> Result<&'a Value, Unreadable> {
        match is_absent(self.value) {
            true => Err(Unreadable),
            false => Ok(self.value),
        }
    }

    /// A part of this one.
    fn part(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }
}

impl<'de> Deserializer<'de> for Typed<'_> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.present()? {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(number), _) => visitor.visit_i64(number),
                (_, Some(number)) => visitor.visit_u64(number),
                _ => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_bool(self.value.as_bool().ok_or(Unreadable)?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_i64(self.value.as_i64().ok_or(Unreadable)?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_u64(self.value.as_u64().ok_or(Unreadable)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(self.value.as_str().ok_or(Unreadable)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.value.as_null().ok_or(Unreadable)?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let elements = self.value.as_array().ok_or(Unreadable)?;
        visitor.visit_seq(&mut Elements {
            of: self,
            rest: elements.iter(),
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Unreadable> {
        match self.value.as_array() {
            Some(elements) if elements.len() == length => self.deserialize_seq(visitor),
            _ => Err(Unreadable),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        let members = self.value.as_object().ok_or(Unreadable)?;
        visitor.visit_map(Members {
            of: self,
            rest: members.iter(),
            value: &Value::Null,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(self, _: &str, names: &'static [&'static str], visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_seq(&mut Declared::new(self, names)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Unreadable> {
        match self.value {
            Value::String(name) => visitor.visit_enum(Variant {
                name,
                content: self.part(&Value::Null),
            }),
            Value::Object(members) if members.len() == 1 => {
                let (name, content) = members.iter().next().ok_or(Unreadable)?;
                visitor.visit_enum(Variant {
                    name,
                    content: self.part(content),
                })
            }
            _ => Err(Unreadable),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        self.present()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! { i8 i16 i32 u8 u16 u64 f32 f64 char bytes byte_buf unit_struct tuple_struct }
}

struct Elements<'a> {
    of: Typed<'a>,
    rest: slice::Iter<'a, Value>,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Unreadable;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        self.rest.next().map(|element| seed.deserialize(self.of.part(element))).transpose()
    }
}

/// The members of a struct in the order in which it declares them.
struct Declared<'a> {
    of: Typed<'a>,
    names: slice::Iter<'static, &'static str>,
    members: &'a Map<String, Value>,
    /// What we have written stands in that order already, but for members that are left out.
    rest: serde_json::map::Iter<'a>,
}

impl<'a> Declared<'a> {
    fn new(of: Typed<'a>, names: &'static [&'static str]) -> Result<Self, Unreadable> {
        let members = of.value.as_object().ok_or(Unreadable)?;
        if of.unknown == Unknown::Refused && !members.keys().all(|name| names.contains(&name.as_str())) {
            return Err(Unreadable);
        }
        Ok(Self {
            of,
            names: names.iter(),
            members,
            rest: members.iter(),
        })
    }

    /// The next member, or [`ABSENT`]; `None` where there are no more.
    fn next(&mut self) -> Option<&'a Value> {
        let name = self.names.next()?;
        let before = self.rest.clone();
        match self.rest.next() {
            Some((next, value)) if next == name => return Some(value),
            _ => self.rest = before,
        }
        Some(self.members.get(*name).unwrap_or(&ABSENT))
    }
}

impl<'de> SeqAccess<'de> for Declared<'_> {
    type Error = Unreadable;

    /// Where a member is absent that is not optional, the struct has a default of its own or does without being read.
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unreadable> {
        let Some(value) = self.next() else {
            return Ok(None);
        };
        match seed.deserialize(self.of.part(value)) {
            Err(_) if is_absent(value) => Ok(None),
            read => read.map(Some),
        }
    }
}

struct Members<'a> {
    of: Typed<'a>,
    rest: serde_json::map::Iter<'a>,
    value: &'a Value,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Unreadable;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unreadable> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = value;
        seed.deserialize(Name(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self.of.part(self.value))
    }
}

/// The name of a member or of a variant.
struct Name<'a>(&'a str);

impl<'de> Deserializer<'de> for Name<'_> {
    type Error = Unreadable;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unreadable> {
        visitor.visit_str(self.0)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct seq tuple tuple_struct map
        struct enum identifier ignored_any
    }
}

struct Variant<'a> {
    name: &'a str,
    content: Typed<'a>,
}

impl<'de, 'a> EnumAccess<'de> for Variant<'a> {
    type Error = Unreadable;
    type Variant = Content<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<'a>), Unreadable> {
        Ok((seed.deserialize(Name(self.name))?, Content(self.content)))
    }
}

/// What a variant holds.
struct Content<'a>(Typed<'a>);

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = Unreadable;

    fn unit_variant(self) -> Result<(), Unreadable> {
        self.0.value.as_null().ok_or(Unreadable)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Unreadable> {
        seed.deserialize(self.0)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Unreadable> {
        self.0.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, names: &'static [&'static str], visitor: V) -> Result<V::Value, Unreadable> {
        self.0.deserialize_struct("", names, visitor)
    }
}
