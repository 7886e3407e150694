//! Sealed locators: a code, a token's `jti`, a `sid` or the session cookie tells the provider, and nobody else, which user's object
//! holds which node. Anything else is refused before an object is touched.

use crate::oauth::ids::{NodeId, UserId};
use crate::seal::{Kind, Sealer};

/// User names are padded to a multiple of this many bytes, so that a token's length tells nothing about the name.
const NAME_BLOCK: usize = 32;

/// Where a node is: the user's object, and the node in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator {
    /// Names the user's object.
    pub user: UserId,
    /// The node in that object.
    pub node: NodeId,
}

impl Locator {
    /// The locator as text. The same locator gives the same text.
    pub fn seal(&self, sealer: &Sealer, kind: Kind<'_>) -> String {
        let name = self.user.as_str().as_bytes();
        let mut plain = self.node.0.to_vec();
        plain.extend_from_slice(name);
        let padded = name.len().saturating_add(1).next_multiple_of(NAME_BLOCK);
        // ISO/IEC 7816-4 padding: one marker byte, then zeros.
        plain.push(0x80);
        plain.resize(padded.saturating_add(self.node.0.len()), 0);
        sealer.seal(kind, &plain)
    }

    /// Reads a text back; `None` where it is not one of this provider's locators of that kind.
    pub fn open(sealer: &Sealer, kind: Kind<'_>, text: &str) -> Option<Self> {
        let plain = sealer.open(kind, text)?;
        let (node, name) = plain.split_at_checked(16)?;
        let end = name.iter().rposition(|byte| *byte == 0x80)?;
        let name = std::str::from_utf8(name.get(..end)?).ok()?;
        Some(Self {
            user: UserId::from_canonical(name.to_owned()),
            node: NodeId::from_bytes(node)?,
        })
    }
}
