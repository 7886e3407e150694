//! What clients prove with their keys, and what is fetched on their word: assertions, request objects, key sets, sector lists.

mod addresses;
mod assertion_claims;
mod assertions;
mod encrypted;
mod hostile;
mod jwks;
mod merged;
mod once;
pub mod party;
mod request_objects;
mod sectors;
