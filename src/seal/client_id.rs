//! Client identifiers that the provider recognises as its own without a look-up: 96 random bits and a MAC of 48. An invented id
//! never reaches a client's object.

use crate::oauth::base64url;
use crate::oauth::ids::ClientId;
use crate::seal::{Sealer, truncated_mac};
use subtle::ConstantTimeEq;

const RANDOM_LENGTH: usize = 12;
const MAC_LENGTH: usize = 6;

impl Sealer {
    /// A new client_id out of random bytes: 24 base64url characters.
    pub fn issue_client_id(&self, random: [u8; RANDOM_LENGTH]) -> ClientId {
        let mac: [u8; MAC_LENGTH] = truncated_mac(&self.present.client_id_key, &[&random]);
        ClientId(base64url::encode([random.as_slice(), &mac].concat()))
    }

    /// Whether this provider issued the client_id, be the client still registered or not.
    pub fn issued(&self, client_id: &ClientId) -> bool {
        let Some(bytes) = base64url::decode(client_id.as_str()) else {
            return false;
        };
        let Some((random, mac)) = bytes.split_at_checked(RANDOM_LENGTH) else {
            return false;
        };
        self.all_keys().any(|keys| {
            let expected: [u8; MAC_LENGTH] = truncated_mac(&keys.client_id_key, &[random]);
            expected.as_slice().ct_eq(mac).into()
        })
    }
}
