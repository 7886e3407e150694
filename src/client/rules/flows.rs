//! Which flows a client may use.

use crate::client::members::Members;
use crate::client::metadata::GrantType;
use crate::error::ProtocolError;
use crate::oauth::response_type::ResponseType;

/// The registered response types; `code` where the client names none.
pub fn response_types(members: &mut Members) -> Result<Vec<ResponseType>, ProtocolError> {
    let named = members.words("response_types", ResponseType::read)?;
    Ok(named.unwrap_or_else(|| vec![ResponseType::Code]))
}

/// The registered grant types, with those that the response types need (OpenID Connect Dynamic Client Registration, section 2): a client that
/// names fewer is told of all.
pub fn grant_types(members: &mut Members, response_types: &[ResponseType]) -> Result<Vec<GrantType>, ProtocolError> {
    let mut grant_types = members.words("grant_types", GrantType::parse)?.unwrap_or_default();
    let needed = [
        (GrantType::AuthorizationCode, response_types.iter().any(|one| one.has_code())),
        (GrantType::Implicit, response_types.iter().any(|one| one.is_front_channel())),
    ];
    for (grant_type, is_needed) in needed {
        if is_needed && !grant_types.contains(&grant_type) {
            grant_types.push(grant_type);
        }
    }
    // The default of RFC 7591, section 2, where neither says anything.
    if grant_types.is_empty() {
        grant_types.push(GrantType::AuthorizationCode);
    }
    Ok(grant_types)
}
