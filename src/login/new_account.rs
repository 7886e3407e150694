//! What somebody types who wants an account, and what of it can be used.

use crate::oauth::ids::UserId;
use crate::password;
use serde_json::{Map, Value};

/// The shortest password that a person may choose, in characters (NIST SP 800-63B, section 5.1.1.2).
const SHORTEST_PASSWORD: usize = 8;

/// The longest name and the longest email address (RFC 5321, section 4.5.3.1.3), in bytes.
const LONGEST: usize = 254;

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Field {
    Username,
    Password,
    Name,
    Email,
}

/// The form as it was filled in; what was left out is empty.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs)]
pub struct NewAccount<'a> {
    pub username: &'a str,
    pub password: &'a str,
    pub name: &'a str,
    pub email: &'a str,
}

impl NewAccount<'_> {
    /// The account's canonical name, or the first field that cannot be used.
    pub fn check(&self) -> Result<UserId, Field> {
        let user = UserId::from_username(self.username).ok_or(Field::Username)?;
        if !is_good_password(self.password) {
            return Err(Field::Password);
        }
        if !is_text(self.name) {
            return Err(Field::Name);
        }
        if !self.email.is_empty() && !is_email(self.email) {
            return Err(Field::Email);
        }
        Ok(user)
    }

    /// What the account says of the person (OpenID Connect Core, section 5.1). Nobody has proved that the address is theirs.
    pub fn claims(&self) -> Map<String, Value> {
        let mut claims = Map::new();
        if !self.name.trim().is_empty() {
            claims.insert("name".to_owned(), self.name.trim().into());
        }
        if !self.email.is_empty() {
            claims.insert("email".to_owned(), self.email.into());
            claims.insert("email_verified".to_owned(), false.into());
        }
        claims
    }
}

/// Whether a person may choose a password.
pub fn is_good_password(text: &str) -> bool {
    text.chars().count() >= SHORTEST_PASSWORD && password::is_allowed(text)
}

fn is_text(text: &str) -> bool {
    text.len() <= LONGEST && !text.chars().any(char::is_control)
}

/// Whether a text could be an address: which addresses exist is only known to those who deliver there.
fn is_email(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    is_text(text) && text.rsplit_once('@').is_some_and(|(local, host)| is_part(local) && is_part(host))
}
