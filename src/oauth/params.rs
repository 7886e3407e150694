//! Request parameters: `application/x-www-form-urlencoded` pairs of a query or a body (RFC 6749, appendix B).

use percent_encoding::percent_decode_str;

/// Why a text is no list of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8;

/// A parameter that may stand once stands more than once (RFC 6749, section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated(pub &'static str);

/// Parameters in the order in which they were sent. A parameter without a value counts as omitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Parses a query string or a form body.
    pub fn parse(text: &str) -> Result<Self, NotUtf8> {
        let mut params = Self::default();
        params.extend(text)?;
        Ok(params)
    }

    /// Adds the pairs of another source, so that a parameter given in query and body counts as repeated.
    pub fn extend(&mut self, text: &str) -> Result<(), NotUtf8> {
        // form_urlencoded replaces what is no UTF-8 by U+FFFD; here it is an error.
        percent_decode_str(text).decode_utf8().map_err(|_| NotUtf8)?;
        let pairs = form_urlencoded::parse(text.as_bytes());
        self.0.extend(
            pairs
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.into_owned(), value.into_owned())),
        );
        Ok(())
    }

    /// The value of a parameter that may stand once.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, Repeated> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Repeated(name)),
        }
    }

    /// Every value of a parameter that may repeat.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Takes a parameter out, however often it stands there.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }

    /// Puts one value in the place of all that a parameter has; an empty one leaves everything as it is, because it counts as omitted.
    pub fn replace(&mut self, name: &str, value: String) {
        if !value.is_empty() {
            self.remove(name);
            self.0.push((name.to_owned(), value));
        }
    }

    /// Every pair.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Adds pairs to the query of an address that has no fragment.
pub fn append<'a>(address: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{}", encode(pairs))
}

/// Writes pairs as a query string.
pub fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    // Clients differ in how they read "+"; "%20" is a space for all of them.
    encoded.replace('+', "%20")
}
