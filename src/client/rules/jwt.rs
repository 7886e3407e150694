//! Algorithms that a client registers for what it is sent, for what it sends, and for its assertions (OpenID Connect Dynamic Client
//! Registration, section 2).

use crate::client::members::{Members, invalid};
use crate::client::metadata::{AuthMethod, ClientMetadata, Encryption, JwtProtection};
use crate::error::ProtocolError;
use crate::jose::alg::{ContentEncryption, KeyManagementAlg, SignatureAlg};

/// How ID tokens are signed, RS256 unless the client wants it otherwise, and encrypted.
pub fn id_token(members: &mut Members) -> Result<JwtProtection, ProtocolError> {
    Ok(JwtProtection {
        signing: signing(members, "id_token_signed_response_alg")?.or(Some(SignatureAlg::RS256)),
        encryption: encryption(members, "id_token_encrypted_response_alg", "id_token_encrypted_response_enc")?,
    })
}

/// How userinfo is signed and encrypted, where it is to be a JWT.
pub fn userinfo(members: &mut Members) -> Result<JwtProtection, ProtocolError> {
    Ok(JwtProtection {
        signing: signing(members, "userinfo_signed_response_alg")?,
        encryption: encryption(members, "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc")?,
    })
}

/// How introspection responses are signed and encrypted, where the client asks for a JWT (RFC 9701, section 6).
pub fn introspection(members: &mut Members) -> Result<JwtProtection, ProtocolError> {
    Ok(JwtProtection {
        signing: signing(members, "introspection_signed_response_alg")?,
        encryption: encryption(
            members,
            "introspection_encrypted_response_alg",
            "introspection_encrypted_response_enc",
        )?,
    })
}

/// How request objects are signed and encrypted, where the client binds itself.
pub fn request_object(members: &mut Members) -> Result<JwtProtection, ProtocolError> {
    Ok(JwtProtection {
        signing: signing(members, "request_object_signing_alg")?,
        encryption: encryption(members, "request_object_encryption_alg", "request_object_encryption_enc")?,
    })
}

fn signing(members: &mut Members, name: &str) -> Result<Option<SignatureAlg>, ProtocolError> {
    members.word(name, SignatureAlg::parse)
}

fn encryption(members: &mut Members, alg_name: &str, enc_name: &str) -> Result<Option<Encryption>, ProtocolError> {
    let alg = members.word(alg_name, KeyManagementAlg::parse)?;
    let enc = members.word(enc_name, ContentEncryption::parse)?;
    match (alg, enc) {
        (None, Some(_)) => Err(invalid(enc_name, "not allowed without the alg that belongs to it")),
        (None, None) => Ok(None),
        (Some(alg), enc) => Ok(Some(Encryption {
            alg,
            enc: enc.unwrap_or_default(),
        })),
    }
}

/// Whether the algorithms fit the rest of the registration.
pub fn check(metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    check_assertions(metadata)?;
    check_unsigned(metadata)?;
    check_secrets(metadata)?;
    check_keys(metadata)
}

/// An assertion is signed as its method demands; one that nobody signed proves nothing (OpenID Connect Core, section 9).
fn check_assertions(metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    use SignatureAlg::HS256;
    let fits = match (metadata.token_endpoint_auth_method, metadata.token_endpoint_auth_signing_alg) {
        (_, Some(alg)) if !alg.signs() => false,
        (AuthMethod::ClientSecretJwt, Some(alg)) => alg == HS256,
        (AuthMethod::PrivateKeyJwt, Some(alg)) => alg != HS256,
        _ => true,
    };
    match fits {
        true => Ok(()),
        false => Err(invalid(
            "token_endpoint_auth_signing_alg",
            "does not fit the method of authentication",
        )),
    }
}

/// An unsigned ID token is safe only on the way from the token endpoint (OpenID Connect Core, section 2).
fn check_unsigned(metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    let front_channel = metadata.response_types.iter().any(|one| one.has_id_token());
    if metadata.id_token.signing == Some(SignatureAlg::None) && front_channel {
        return Err(invalid(
            "id_token_signed_response_alg",
            "none is for clients whose ID tokens come from the token endpoint alone",
        ));
    }
    for (member, jwt) in [
        ("userinfo_signed_response_alg", metadata.userinfo),
        ("introspection_signed_response_alg", metadata.introspection),
    ] {
        if !jwt.signing.is_none_or(SignatureAlg::signs) {
            return Err(invalid(member, "none is not supported"));
        }
    }
    Ok(())
}

/// A client that cannot keep a secret can neither sign nor encrypt with one (OpenID Connect Core, section 10).
fn check_secrets(metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    match metadata.token_endpoint_auth_method {
        AuthMethod::None if metadata.needs_secret_for_jwts() => Err(invalid(
            "token_endpoint_auth_method",
            "a client without a secret cannot use algorithms that take one",
        )),
        _ => Ok(()),
    }
}

/// What takes a key of the client's needs one registered.
fn check_keys(metadata: &ClientMetadata) -> Result<(), ProtocolError> {
    let encrypted = [metadata.id_token, metadata.userinfo, metadata.introspection];
    let encrypts = encrypted
        .iter()
        .any(|jwt| jwt.encryption.is_some_and(|one| !one.alg.is_symmetric()));
    let signs = metadata.request_object.signing.is_some_and(SignatureAlg::is_asymmetric);
    let asserts = metadata.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt;
    let has_keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    match (encrypts || signs || asserts) && !has_keys {
        true => Err(invalid(
            "jwks",
            "jwks or jwks_uri is needed for the keys that the registration relies on",
        )),
        false => Ok(()),
    }
}
