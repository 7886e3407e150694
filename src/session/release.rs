//! Claims with the values that the user has for them.

use crate::oauth::claim::is_protocol_claim;
use crate::oauth::claims_request::{Wanted, accepts};
use crate::object::sql::{Sql, SqlFault};
use crate::session::account::profile;
use serde_json::{Map, Value};

/// The values of the wanted claims, in their order. Those that the user has no value for, or none that is wished for, are left out (OpenID
/// Connect Core, section 5.5.1). The subject is not among them, since it is the grant's, nor is anything else that a profile cannot say.
pub fn values(sql: &impl Sql, wanted: &Wanted) -> Result<Map<String, Value>, SqlFault> {
    if wanted.keys().all(|claim| is_protocol_claim(claim)) {
        return Ok(Map::new());
    }
    let known = profile(sql)?;
    let of_person = wanted.iter().filter(|(claim, _)| !is_protocol_claim(claim));
    let released = of_person.filter_map(|(claim, wish)| {
        let (name, value) = known.iter().find(|(name, _)| same_claim(name, claim))?;
        accepts(wish, value).then(|| (name.clone(), value.clone()))
    });
    Ok(released.collect())
}

/// Claims are the same where their names are; language tags compare without case (OpenID Connect Core, section 5.2).
fn same_claim(known: &str, wanted: &str) -> bool {
    match (known.split_once('#'), wanted.split_once('#')) {
        (Some((known, tag)), Some((wanted, range))) => known == wanted && tag.eq_ignore_ascii_case(range),
        _ => known == wanted,
    }
}
