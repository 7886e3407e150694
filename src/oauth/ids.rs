//! Identifiers. Each is a type of its own, so that one cannot stand where another belongs.

use crate::oauth::base64url;
use crate::precis;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest user name, in bytes after preparation.
pub const USER_ID_LIMIT: usize = 128;

/// The longest client identifier, in bytes; Workers KV refuses keys past 512.
const CLIENT_ID_LIMIT: usize = 128;

/// A user name in the one canonical form of RFC 8265 (UsernameCaseMapped): width-mapped, lower case, NFC. It names the
/// user's Durable Object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// Prepares what a person typed. `None` where RFC 8265 forbids it (spaces, control or zero-width characters, empty),
    /// where it is longer than [`USER_ID_LIMIT`], or where the `;;` that joins ids in a session dump would not part it from the next.
    pub fn from_username(username: &str) -> Option<Self> {
        let parts = |name: &str| !name.contains(";;") && !name.ends_with(';');
        if username.len() > USER_ID_LIMIT || !parts(username) {
            return None;
        }
        // The profile has to be applied until nothing changes (RFC 8264, section 7), or two spellings could name two accounts.
        let once = precis::username_case_mapped(username)?;
        let twice = precis::username_case_mapped(&once)?;
        (twice == once && once.len() <= USER_ID_LIMIT && parts(&once)).then_some(Self(once))
    }

    /// Takes an id that was canonical when it was sealed or stored.
    pub fn from_canonical(id: String) -> Self {
        Self(id)
    }

    /// The canonical name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A client identifier (RFC 6749, section 2.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

impl ClientId {
    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can be the identifier of a client at all: printable and without spaces, and no longer than [`CLIENT_ID_LIMIT`].
    pub fn is_legal(&self) -> bool {
        !self.0.is_empty() && self.0.len() <= CLIENT_ID_LIMIT && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

/// The id of a node in a user's tree (login, grant or token): 128 random bits, so it is known to nobody who was not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub [u8; 16]);

impl NodeId {
    /// The id as 32 hexadecimal digits, the form it has in a session dump.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// Reads an id from its 32 lower-case hexadecimal digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        Self::from_bytes(&base16ct::lower::decode_vec(hex).ok()?)
    }

    /// The id that follows from parts of which at least one is secret or random; `purpose` keeps apart what follows from the same parts.
    pub fn derived(purpose: &str, parts: &[&[u8]]) -> Self {
        let hash = parts
            .iter()
            .fold(Sha256::new_with_prefix(purpose), |hash, part| hash.chain_update(part));
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash.finalize()) {
            *to = from;
        }
        Self(id)
    }

    /// The id in the family of another: the first half is that one's. The tokens of a grant are its family, so they lie side by side where ids are in order.
    #[must_use]
    pub fn within(self, family: Self) -> Self {
        let [_, _, _, _, _, _, _, _, own @ ..] = self.0;
        let [of @ .., _, _, _, _, _, _, _, _] = family.0;
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(of.into_iter().chain(own)) {
            *to = from;
        }
        Self(id)
    }

    /// The first and the last id of the family.
    pub fn family(self) -> [Self; 2] {
        [Self([0; 16]).within(self), Self([u8::MAX; 16]).within(self)]
    }

    /// The id of the access token that the code of the grant with this id buys. Where there is such a token, the code is used.
    #[must_use]
    pub fn heir(self) -> Self {
        Self::derived("heir", &[&self.0]).within(self)
    }

    /// Reads an id from its 16 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl Serialize for NodeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(deserializer)?;
        base64url::decode(&text)
            .and_then(|bytes| Self::from_bytes(&bytes))
            .ok_or_else(|| D::Error::custom("not a node id"))
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
