//! Client assertions: a JWT by which a client says who it is (RFC 7521, section 4.2; RFC 7523, section 3; OpenID Connect Core, section 9). This is the part
//! that neither waits nor stores.

use crate::client::metadata::AuthMethod;
use crate::client::record::ClientRecord;
use crate::jose::alg::SignatureAlg;
use crate::jose::jws::{self, Received};
use crate::oauth::ids::ClientId;
use crate::oauth::time::Timestamp;
use crate::oauth::{base64url, json, jwt_claims};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The one `client_assertion_type` (RFC 7523, section 2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far from now an assertion may have been issued or may end, in seconds.
const LONGEST: i64 = 86_400;

/// The media type of a request object: one is no assertion, though the same key signs both (RFC 9101, section 10.8).
const REQUEST_OBJECT: &str = "oauth-authz-req+jwt";

/// An assertion taken apart; nothing in it is trusted yet.
#[derive(Debug)]
pub struct Assertion<'a> {
    received: Received<'a>,
    alg: SignatureAlg,
    client_id: ClientId,
    claims: Map<String, Value>,
}

/// An assertion is used once: the name of the object that knows, and until when it has to.
#[derive(Debug, PartialEq, Eq)]
pub struct Once {
    /// The object: the client and the hash of the `jti`.
    pub name: String,
    /// From then on the assertion is refused for its age.
    pub expires_at: Timestamp,
}

impl<'a> Assertion<'a> {
    /// Takes an assertion apart; `None` where it is no signed JWT that a client makes about itself.
    pub fn read(text: &'a str) -> Option<Self> {
        let received = jws::parse(text)?;
        let alg = SignatureAlg::parse(&received.header.alg).filter(|alg| *alg != SignatureAlg::None)?;
        let typ = received.header.typ.as_deref().unwrap_or_default().to_ascii_lowercase();
        if typ.ends_with(REQUEST_OBJECT) {
            return None;
        }
        let Ok(Value::Object(claims)) = json::parse(&received.payload) else {
            return None;
        };
        let issuer = claims.get("iss")?.as_str()?.to_owned();
        (claims.get("sub")?.as_str()? == issuer).then_some(Self {
            client_id: ClientId(issuer),
            received,
            alg,
            claims,
        })
    }

    /// The client that it claims to be of.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// How it is signed, by its own word.
    pub fn alg(&self) -> SignatureAlg {
        self.alg
    }

    /// The JWS that it is.
    pub fn received(&self) -> &Received<'a> {
        &self.received
    }

    /// The method of authentication that it is one of.
    pub fn method(&self) -> AuthMethod {
        match self.alg {
            SignatureAlg::HS256 => AuthMethod::ClientSecretJwt,
            _ => AuthMethod::PrivateKeyJwt,
        }
    }

    /// Whether it is of this client, and is signed as the client has registered.
    pub fn fits(&self, client: &ClientRecord) -> bool {
        let metadata = &client.metadata;
        client.client_id == self.client_id
            && metadata.token_endpoint_auth_method == self.method()
            && metadata.token_endpoint_auth_signing_alg.is_none_or(|alg| alg == self.alg)
    }

    /// Checks what it says beyond who it is of: for us and nobody else, of now, and to be used once. `audience` is what we are called.
    pub fn once(&self, audience: &[String], now: Timestamp) -> Option<Once> {
        let claims = &self.claims;
        let aud = jwt_claims::audience(claims)?;
        let for_us = !aud.is_empty() && aud.iter().all(|one| audience.iter().any(|own| own == one));
        let expires_at = jwt_claims::time(claims, "exp").ok()??;
        let issued_at = jwt_claims::time(claims, "iat").ok()?;
        let young = issued_at.is_none_or(|at| at <= now.plus(jwt_claims::SKEW) && now.since(at) <= LONGEST);
        let jti = claims.get("jti")?.as_str().filter(|jti| !jti.is_empty())?;
        let holds = for_us && young && jwt_claims::is_current(claims, now) && expires_at.since(now) <= LONGEST;
        holds.then(|| Once {
            name: format!("assertion/{}/{}", self.client_id.as_str(), base64url::encode(Sha256::digest(jti))),
            expires_at: expires_at.plus(jwt_claims::SKEW),
        })
    }
}
