//! The `claims` parameter (OpenID Connect Core, section 5.5): single claims, asked for at a place, with wishes for their values.

use crate::oauth::json;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How many claims one place may be asked for.
const LIMIT: usize = 100;

/// The longest name of a claim that is looked for, in bytes.
const NAME_LIMIT: usize = 100;

/// Claims by name, each with what is wished of it: null, or an object with `essential`, `value`, `values`. In the form of a session dump.
pub type Wanted = Map<String, Value>;

/// What a request asks for by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// At the UserInfo endpoint.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub userinfo: Wanted,
    /// In the ID token.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub id_token: Wanted,
}

impl ClaimsRequest {
    /// Reads the parameter; the error is the reason, for the developer. Members that OpenID Connect does not define are ignored.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let value = json::parse(text.as_bytes()).map_err(|_| "claims is not sound JSON")?;
        let Value::Object(mut places) = value else {
            return Err("claims is not a JSON object");
        };
        let request = Self {
            userinfo: place(places.remove("userinfo"))?,
            id_token: place(places.remove("id_token"))?,
        };
        match request.names_one_subject() {
            true => Ok(request),
            false => Err("claims: sub has to be the same string in both places"),
        }
    }

    fn names_one_subject(&self) -> bool {
        let first = self.subjects().next();
        first.is_none_or(Value::is_string) && self.subjects().all(|subject| Some(subject) == first)
    }

    /// The subjects that the places name.
    fn subjects(&self) -> impl Iterator<Item = &Value> {
        let places = [&self.id_token, &self.userinfo].into_iter();
        places.filter_map(|place| place.get("sub")?.get("value"))
    }

    /// The subject that the ID token or userinfo has to be of (section 5.5.1).
    pub fn subject(&self) -> Option<&str> {
        self.subjects().next()?.as_str()
    }

    /// Whether the answer may be of a subject (section 5.5.1).
    pub fn accepts_subject(&self, subject: &str) -> bool {
        let places = [&self.id_token, &self.userinfo];
        let wishes = places.iter().filter_map(|place| place.get("sub"));
        wishes.into_iter().all(|wish| accepts(wish, &subject.into()))
    }

    /// Whether the authentication context classes that the request cannot do without leave room for `acr` (section 5.5.1.1).
    pub fn accepts_acr(&self, acr: &str) -> bool {
        match self.id_token.get("acr") {
            Some(wish) if is_essential(wish) => accepts(wish, &acr.into()),
            _ => true,
        }
    }
}

/// Whether a claim's value is one that a wish asks for.
pub fn accepts(wish: &Value, value: &Value) -> bool {
    match (wish.get("value"), wish.get("values").and_then(Value::as_array)) {
        (Some(only), _) => only == value,
        (None, Some(several)) => several.contains(value),
        (None, None) => true,
    }
}

fn is_essential(wish: &Value) -> bool {
    wish.get("essential") == Some(&Value::Bool(true))
}

fn place(value: Option<Value>) -> Result<Wanted, &'static str> {
    let mut claims = match value {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Object(claims)) => claims,
        Some(_) => return Err("claims: userinfo and id_token have to be objects"),
    };
    match claims.len() <= LIMIT && claims.values().all(is_wish) {
        true => {
            claims.retain(|name, _| is_name(name));
            Ok(claims)
        }
        false => Err("claims: a claim has to be null or an object with essential, value or values"),
    }
}

/// Whether a claim can have the name, which a person will read. What nobody could have is as good as what nobody has (section 5.5).
fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_-.:/#@".contains(c);
    !name.is_empty() && name.len() <= NAME_LIMIT && name.chars().all(legal)
}

fn is_wish(wish: &Value) -> bool {
    let Value::Object(members) = wish else {
        return wish.is_null();
    };
    members.iter().all(|(name, value)| match name.as_str() {
        "essential" => value.is_boolean(),
        "values" => value.is_array(),
        _ => true,
    })
}
