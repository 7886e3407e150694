//! Signatures that have held, as a type: whoever holds a [`Verified`] need not ask who checked.

use crate::error::Fault;
use crate::jose::alg::Alg;
use crate::jose::client_keys::ClientKeys;
use crate::jose::crypto::Crypto;
use crate::jose::jws::{self, Received};

/// A JWS whose signature holds by keys or a secret that the caller named. Only the functions here make one.
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a>(&'a Received<'a>);

impl<'a> Verified<'a> {
    /// Checks a signature by the keys of a client that are for an algorithm.
    pub async fn by_keys<P: Crypto>(crypto: &P, received: &'a Received<'a>, alg: Alg, keys: &ClientKeys) -> Result<Option<Self>, Fault> {
        let fitting = keys.verification(alg, received.header.kid.as_deref());
        let holds = jws::verify(crypto, received, fitting).await?;
        Ok(holds.then_some(Self(received)))
    }

    /// Checks a signature by a secret of both sides.
    pub async fn by_secret<P: Crypto>(crypto: &P, received: &'a Received<'a>, secret: &str) -> Result<Option<Self>, Fault> {
        let holds = jws::verify_secret(crypto, received, secret).await?;
        Ok(holds.then_some(Self(received)))
    }

    /// Whether it is the signature of this very JWS.
    pub fn is_of(&self, received: &Received<'_>) -> bool {
        std::ptr::eq(self.0.signing_input, received.signing_input)
    }
}
