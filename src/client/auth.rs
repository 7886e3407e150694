//! Client authentication (RFC 6749, section 2.3): the part that neither waits nor stores. Whoever holds an [`AuthenticatedClient`] has
//! passed through [`Credentials::verify`].

use crate::client::metadata::AuthMethod;
use crate::client::record::ClientRecord;
use crate::error::{Challenge, Error, ErrorCode, ProtocolError, protocol};
use crate::oauth::ids::ClientId;
use crate::oauth::params::{Params, Repeated};
use crate::seal::{Sealer, same_secret};
use base64ct::{Base64, Encoding};
use percent_encoding::percent_decode_str;
use std::ops::Deref;
use zeroize::Zeroizing;

/// What a request presents to authenticate its client.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    client_id: ClientId,
    secret: Zeroizing<String>,
    method: AuthMethod,
}

/// A client that has proved who it is; a public one has shown its client_id.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthenticatedClient(ClientRecord);

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

impl Credentials {
    /// Reads the credentials of a request, whichever of the registered methods it uses.
    pub fn read(presented: &Presented<'_>) -> Result<Self, Error> {
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
        let assertion = params.all("client_assertion").next().is_some();
        match (authorization, secret, assertion) {
            (Some(_), Some(_), _) | (Some(_), _, true) | (_, Some(_), true) => {
                Err(protocol(ErrorCode::InvalidRequest, "more than one way of client authentication"))
            }
            (Some(header), None, false) => Self::basic(header, client_id),
            (None, Some(secret), false) => Self::from_body(client_id, secret, AuthMethod::ClientSecretPost),
            (None, None, false) => Self::from_body(client_id, "", AuthMethod::None),
            // No client can have registered an assertion, so there is nobody to ask for.
            (None, None, true) => Err(refusal(AuthMethod::ClientSecretPost)),
        }
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
        })
    }

    fn from_body(client_id: Option<&str>, secret: &str, method: AuthMethod) -> Result<Self, Error> {
        let client_id = client_id.ok_or_else(|| refusal(method))?;
        Ok(Self {
            client_id: ClientId(client_id.to_owned()),
            secret: Zeroizing::new(secret.to_owned()),
            method,
        })
    }

    /// The client that the credentials claim to be of.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Checks the credentials against the record of a client that has not ended. Whether the client is unknown, has registered another method or has another
    /// secret, the answer is the same and takes the same steps.
    pub fn verify(self, sealer: &Sealer, client: Option<ClientRecord>) -> Result<AuthenticatedClient, Error> {
        let kept = client.as_ref().and_then(|client| client.secret(sealer));
        let secret = kept.unwrap_or_else(|| nobodys_secret(sealer, &self.client_id));
        let proved = same_secret(&secret, &self.secret);
        match client {
            Some(client)
                if client.client_id == self.client_id
                    && client.metadata.token_endpoint_auth_method == self.method
                    && (proved || self.method == AuthMethod::None) =>
            {
                Ok(AuthenticatedClient(client))
            }
            _ => Err(refusal(self.method)),
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
    let bytes = Zeroizing::new(Base64::decode_vec(encoded.trim_matches(' ')).ok()?);
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
