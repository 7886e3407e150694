//! Client authentication (RFC 6749, section 2.3; RFC 7521, section 4.2): the part that neither waits nor stores. Whoever holds an
//! [`AuthenticatedClient`] has passed through [`Credentials::verify`] or, with an assertion, through [`Credentials::prove`] and [`Proved::admit`].

use crate::client::assertion::{self, Assertion, Once};
use crate::client::metadata::AuthMethod;
use crate::client::record::ClientRecord;
use crate::error::{Challenge, Error, ErrorCode, ProtocolError, protocol};
use crate::jose::verified::Verified;
use crate::oauth::base64url;
use crate::oauth::ids::ClientId;
use crate::oauth::params::{Params, Repeated};
use crate::oauth::time::Timestamp;
use crate::object::Refusal;
use crate::seal::{Sealer, same_secret};
use percent_encoding::percent_decode_str;
use std::ops::Deref;
use std::rc::Rc;
use zeroize::Zeroizing;

/// What a request presents to authenticate its client.
pub struct Credentials<'a> {
    client_id: ClientId,
    secret: Zeroizing<String>,
    method: AuthMethod,
    assertion: Option<Assertion<'a>>,
}

/// A client whose assertion is sound; whether it was used before is not known yet.
pub struct Proved {
    client: Rc<ClientRecord>,
    once: Once,
    method: AuthMethod,
}

/// A client that has proved who it is; a public one has shown its client_id.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthenticatedClient(Rc<ClientRecord>);

impl Deref for AuthenticatedClient {
    type Target = ClientRecord;

    fn deref(&self) -> &ClientRecord {
        &self.0
    }
}

/// Where a request may present credentials.
pub struct Presented<'a> {
    /// The value of the `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The query, where nothing secret belongs (RFC 6749, section 2.3.1).
    pub query: &'a str,
    /// The parameters of the body.
    pub params: &'a Params,
}

impl<'a> Credentials<'a> {
    /// Reads the credentials of a request, whichever of the registered methods it uses.
    pub fn read(presented: &Presented<'a>) -> Result<Self, Error> {
        let Presented {
            authorization,
            query,
            params,
        } = presented;
        let in_query = Params::parse(query).unwrap_or_default();
        if SECRET_PARAMETERS.iter().any(|name| in_query.all(name).next().is_some()) {
            return Err(refusal(AuthMethod::ClientSecretPost));
        }
        let client_id = params.one("client_id").map_err(repeated)?;
        let secret = params.one("client_secret").map_err(repeated)?;
        let assertion = params.one("client_assertion").map_err(repeated)?;
        let assertion_type = params.one("client_assertion_type").map_err(repeated)?;
        match (authorization, secret, assertion.or(assertion_type)) {
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                Err(protocol(ErrorCode::InvalidRequest, "more than one way of client authentication"))
            }
            (Some(header), None, None) => Self::basic(header, client_id),
            (None, Some(secret), None) => Self::from_body(client_id, secret, AuthMethod::ClientSecretPost),
            (None, None, None) => Self::from_body(client_id, "", AuthMethod::None),
            (None, None, Some(_)) => assertion
                .filter(|_| assertion_type == Some(assertion::TYPE))
                .and_then(|text| Self::asserted(client_id, text))
                .ok_or_else(|| refusal(AuthMethod::PrivateKeyJwt)),
        }
    }

    /// An assertion, which names its client; a client_id beside it has to be the same (RFC 7521, section 4.2).
    fn asserted(client_id: Option<&str>, text: &'a str) -> Option<Self> {
        let assertion = Assertion::read(text)?;
        let own = assertion.client_id().clone();
        client_id.is_none_or(|other| other == own.as_str()).then(|| Self {
            client_id: own,
            secret: Zeroizing::default(),
            method: assertion.method(),
            assertion: Some(assertion),
        })
    }

    /// HTTP Basic, whose user name and password are each form-urlencoded (RFC 6749, section 2.3.1).
    fn basic(header: &str, body_client_id: Option<&str>) -> Result<Self, Error> {
        let refused = || refusal(AuthMethod::ClientSecretBasic);
        let (client_id, secret) = decode_basic(header).ok_or_else(refused)?;
        if body_client_id.is_some_and(|other| other != client_id) {
            return Err(protocol(ErrorCode::InvalidRequest, "client_id is not the one that authenticates"));
        }
        Ok(Self {
            client_id: ClientId(client_id),
            secret: Zeroizing::new(secret),
            method: AuthMethod::ClientSecretBasic,
            assertion: None,
        })
    }

    fn from_body(client_id: Option<&str>, secret: &str, method: AuthMethod) -> Result<Self, Error> {
        let client_id = client_id.ok_or_else(|| refusal(method))?;
        Ok(Self {
            client_id: ClientId(client_id.to_owned()),
            secret: Zeroizing::new(secret.to_owned()),
            method,
            assertion: None,
        })
    }

    /// The client that the credentials claim to be of.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The assertion, where that is what is presented.
    pub fn assertion(&self) -> Option<&Assertion<'a>> {
        self.assertion.as_ref()
    }

    /// Checks a secret against the record of a client that has not ended. Whether the client is unknown, has registered another method or has another
    /// secret, the answer is the same and takes the same steps.
    pub fn verify(&self, sealer: &Sealer, client: Option<Rc<ClientRecord>>) -> Result<AuthenticatedClient, Error> {
        let kept = client.as_ref().and_then(|client| client.secret(sealer));
        let secret = kept.unwrap_or_else(|| nobodys_secret(sealer, &self.client_id));
        let proved = same_secret(&secret, &self.secret);
        match client {
            Some(client)
                if client.client_id == self.client_id
                    && self.assertion.is_none()
                    && client.metadata.token_endpoint_auth_method == self.method
                    && (proved || self.method == AuthMethod::None) =>
            {
                Ok(AuthenticatedClient(client))
            }
            _ => Err(refusal(self.method)),
        }
    }

    /// Checks an assertion whose signature holds, if it does, against the record of a client that has not ended. `audience` is what we are called.
    pub fn prove(
        &self,
        client: Option<Rc<ClientRecord>>,
        verified: Option<Verified<'_>>,
        audience: &[String],
        now: Timestamp,
    ) -> Result<Proved, Error> {
        let proved = match (&self.assertion, client, verified) {
            (Some(assertion), Some(client), Some(verified)) if assertion.fits(&client) && verified.is_of(assertion.received()) => {
                assertion.once(audience, now).map(|once| Proved {
                    client,
                    once,
                    method: self.method,
                })
            }
            _ => None,
        };
        proved.ok_or_else(|| refusal(self.method))
    }
}

impl Proved {
    /// Where the use of the assertion has to be noted.
    pub fn once(&self) -> &Once {
        &self.once
    }

    /// Lets the client in, if this was the first use of its assertion.
    pub fn admit(self, first_use: Result<(), Refusal>) -> Result<AuthenticatedClient, Error> {
        match first_use {
            Ok(()) => Ok(AuthenticatedClient(self.client)),
            Err(_) => Err(refusal(self.method)),
        }
    }
}

/// Parameters that authenticate a client and so have no place in an address.
const SECRET_PARAMETERS: [&str; 2] = ["client_secret", "client_assertion"];

/// The one answer to a client that has not authenticated; only HTTP Basic gets a challenge (RFC 6749, section 5.2).
fn refusal(method: AuthMethod) -> Error {
    let error = ProtocolError::new(ErrorCode::InvalidClient, "client authentication failed");
    match method {
        AuthMethod::ClientSecretBasic => Challenge::basic(error).into(),
        _ => error.into(),
    }
}

fn repeated(Repeated(name): Repeated) -> Error {
    protocol(ErrorCode::InvalidRequest, format!("{name} is given more than once"))
}

/// What credentials are compared with where there is no secret: it takes about as long to make as a secret takes to open.
fn nobodys_secret(sealer: &Sealer, client_id: &ClientId) -> Zeroizing<String> {
    const LENGTH: usize = 43;
    Zeroizing::new(ClientRecord::seal_secret(sealer, client_id, &"0".repeat(LENGTH)))
}

fn decode_basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = Zeroizing::new(base64url::decode_base64(encoded.trim_matches(' '))?);
    let (id, secret) = std::str::from_utf8(&bytes).ok()?.split_once(':')?;
    Some((form_decode(id)?, form_decode(secret)?))
}

/// Undoes form-urlencoding; `None` where a percent sign does not begin an escape, or the result is no UTF-8.
fn form_decode(text: &str) -> Option<String> {
    let mut escapes = text.split('%').skip(1);
    let sound = escapes.all(|rest| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit()));
    if !sound {
        return None;
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(|text| text.into_owned())
}
