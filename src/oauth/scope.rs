//! Scope: a set of scope tokens (RFC 6749, section 3.3), kept in the order in which it was asked for.

use serde::{Deserialize, Serialize};

/// A list of distinct scope tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(Vec<String>);

/// The text holds a character that no scope token may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IllegalScope;

impl Scope {
    /// Parses a space-separated list.
    pub fn parse(text: &str) -> Result<Self, IllegalScope> {
        let mut tokens: Vec<String> = Vec::new();
        for token in text.split(' ').filter(|token| !token.is_empty()) {
            // NQCHAR of RFC 6749, appendix A.
            let legal = |c: char| matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e');
            if !token.chars().all(legal) {
                return Err(IllegalScope);
            }
            if !tokens.iter().any(|known| known == token) {
                tokens.push(token.to_owned());
            }
        }
        Ok(Self(tokens))
    }

    /// Whether `token` is in the set.
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|known| known == token)
    }

    /// Whether every token of this set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|token| other.contains(token))
    }

    /// This set with the tokens of `other` added.
    pub fn union(mut self, other: &Self) -> Self {
        for token in &other.0 {
            if !self.contains(token) {
                self.0.push(token.clone());
            }
        }
        self
    }

    /// Only the tokens that `keep` accepts.
    pub fn filter(mut self, keep: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|token| keep(token));
        self
    }

    /// The tokens, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}
