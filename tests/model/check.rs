//! What has to be so after any step.

use super::real::{client_id, user_name};
use super::request::{Id, node};
use super::run::Run;
use super::step::{SCOPES, USERS};
use std::collections::BTreeMap;
use treeline::oauth::ids::NodeId;
use treeline::oauth::time::Timestamp;
use treeline::object::Refusal;
use treeline::session::claims::ReadClaims;
use treeline::session::dump::DumpTree;

impl Run {
    /// No token works that the model says does not, and none that has been refused once ever works again.
    pub fn check(&mut self) {
        for (number, (place, token_id, scope)) in self.tokens.clone().into_iter().enumerate() {
            let read = self.real.ask(user_name(place.0), ReadClaims { token_id });
            self.compare(
                "a token",
                &read.as_ref().map(|_| ()).map_err(|refusal| *refusal),
                &self.token(number),
            );
            match read {
                Ok(released) => {
                    assert_eq!(released.scope.to_string(), SCOPES[scope], "scope never grows");
                    assert!(!self.refused.contains(&token_id), "a token that was refused works again");
                }
                Err(_) => drop(self.refused.insert(token_id)),
            }
        }
        assert!(
            self.redeemed.values().all(|times| *times == 1),
            "a code was redeemed twice: {:?}",
            self.redeemed
        );
    }

    fn token(&self, number: usize) -> Result<(), Refusal> {
        self.expected.is_accepted(number).then_some(()).ok_or(Refusal::NotFound)
    }

    /// The dump has every grant that is in force, says of it what is so, and counts what it has minted.
    pub fn check_counts(&self) {
        for user in 0..USERS {
            let tree = self.real.ask(user_name(user), DumpTree { client_id: None }).expect("a tree");
            let numbers: BTreeMap<NodeId, usize> = (0..self.form_ends_at.len())
                .map(|number| (node(Id::Grant, number as u64), number))
                .collect();
            let mut dumped: BTreeMap<usize, (bool, i64)> = BTreeMap::new();
            for client in &tree.clients {
                for grant in &client.grants {
                    let number = numbers[&grant.id];
                    assert_eq!(client.client_id, client_id(self.expected.requests[number].client));
                    let codes: i64 = grant
                        .tokens
                        .iter()
                        .filter(|token| token.class == "authorization_code")
                        .map(|token| token.used)
                        .sum();
                    let bought = grant.tokens.iter().filter(|token| token.class != "authorization_code").count();
                    assert!(codes <= 1, "{grant:?}");
                    assert!(bought == 0 || codes == 1, "a token without its used code: {grant:?}");
                    let is_in_force = self.real.now < grant.expires_at || grant.expires_at == Timestamp(0);
                    if is_in_force {
                        dumped.insert(number, (grant.revoked, grant.used));
                    }
                }
            }
            let expected = self.expected.grants_in_force(user);
            for (number, said) in &expected {
                let dumped = dumped
                    .get(number)
                    .unwrap_or_else(|| panic!("grant {number} is missing in {dumped:?}"));
                assert_eq!(dumped.1, said.1, "grant {number} has minted");
                // Whether a replay marks a grant of which nothing is left may depend on what was swept.
                assert!(
                    dumped.0 == said.0 || !self.expected.has_use((user, *number)),
                    "grant {number} is revoked"
                );
            }
        }
    }
}
