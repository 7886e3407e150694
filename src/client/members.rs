//! The members of a registration request, each taken once and with its type. A member that is null counts as omitted
//! (RFC 7591, section 2), and one that nobody takes is ignored.

use crate::error::{ErrorCode, ProtocolError};
use crate::oauth::locale::is_tag;
use serde_json::{Map, Value};

/// How many elements an array may have.
pub const LIST_LIMIT: usize = 50;

/// The longest text, in bytes, of a member that is kept as it stands.
const TEXT_LIMIT: usize = 2048;

/// The members that have not been taken yet.
pub struct Members(Map<String, Value>);

/// `invalid_client_metadata` for one member.
pub fn invalid(member: &str, reason: &str) -> ProtocolError {
    ProtocolError::new(ErrorCode::InvalidClientMetadata, format!("{member}: {reason}"))
}

impl Members {
    /// Takes a whole request, which has to be an object.
    pub fn of(request: Value) -> Result<Self, ProtocolError> {
        match request {
            Value::Object(members) => Ok(Self(members)),
            _ => Err(ProtocolError::new(
                ErrorCode::InvalidClientMetadata,
                "the request has to be a JSON object",
            )),
        }
    }

    /// A member of any type.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// The first member that nobody has taken.
    pub fn left_over(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }

    /// An object.
    pub fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>, ProtocolError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(invalid(name, "has to be an object")),
        }
    }

    /// Every member whose name begins with `base` and `#`, with what follows: a language (OpenID Connect Dynamic Client Registration,
    /// section 2.1).
    pub fn languages(&self, base: &str) -> Vec<String> {
        let prefix = format!("{base}#");
        self.0
            .keys()
            .filter(|name| name.strip_prefix(&prefix).is_some_and(is_tag))
            .cloned()
            .collect()
    }

    /// Text of any length; the caller bounds it.
    pub fn long_text(&mut self, name: &str) -> Result<Option<String>, ProtocolError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(name, "has to be a string")),
        }
    }

    /// Text that is kept as it stands.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, ProtocolError> {
        self.long_text(name)?.map(|text| plain(name, text)).transpose()
    }

    /// A list of texts of any length; the caller checks each.
    pub fn long_texts(&mut self, name: &str) -> Result<Option<Vec<String>>, ProtocolError> {
        let elements = match self.take(name) {
            None => return Ok(None),
            Some(Value::Array(elements)) => elements,
            Some(_) => return Err(invalid(name, "has to be an array")),
        };
        if elements.len() > LIST_LIMIT {
            return Err(invalid(name, "has too many elements"));
        }
        let texts = elements.into_iter().map(|element| match element {
            Value::String(text) => Ok(text),
            _ => Err(invalid(name, "has to be an array of strings")),
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// A list of texts that are kept as they stand.
    pub fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, ProtocolError> {
        let Some(texts) = self.long_texts(name)? else {
            return Ok(None);
        };
        texts.into_iter().map(|text| plain(name, text)).collect::<Result<_, _>>().map(Some)
    }

    /// One of a set of words.
    pub fn word<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ProtocolError> {
        let known = |text: String| parse(&text).ok_or_else(|| unknown(name));
        self.text(name)?.map(known).transpose()
    }

    /// A list, not empty, of a set of words.
    pub fn words<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<Vec<T>>, ProtocolError> {
        let Some(texts) = self.texts(name)? else {
            return Ok(None);
        };
        if texts.is_empty() {
            return Err(invalid(name, "has to name at least one value"));
        }
        let known = |text: String| parse(&text).ok_or_else(|| unknown(name));
        texts.into_iter().map(known).collect::<Result<_, _>>().map(Some)
    }

    /// A truth value.
    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, ProtocolError> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(invalid(name, "has to be true or false")),
        }
    }

    /// A number of seconds that is not negative.
    pub fn seconds(&mut self, name: &str) -> Result<Option<i64>, ProtocolError> {
        match self.take(name) {
            None => Ok(None),
            Some(value) => match value.as_i64() {
                Some(seconds @ 0..) => Ok(Some(seconds)),
                _ => Err(invalid(name, "has to be a number of seconds")),
            },
        }
    }
}

fn plain(name: &str, text: String) -> Result<String, ProtocolError> {
    if text.len() > TEXT_LIMIT {
        return Err(invalid(name, "is too long"));
    }
    if text.chars().any(char::is_control) {
        return Err(invalid(name, "holds a control character"));
    }
    Ok(text)
}

fn unknown(name: &str) -> ProtocolError {
    invalid(name, "not a value that this provider supports")
}
