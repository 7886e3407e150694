//! The five invariants, read off the tree itself at the end of a run: one successor; no token outlives its login, unless it is for while the person is
//! away; revocation is final; scope never grows; used counts add up.

use super::expected::Place;
use super::real::client_id;
use super::request::{Id, node};
use super::revoke::Token;
use super::run::Run;
use super::step::{Presented, SCOPES, USERS};
use std::collections::{BTreeMap, BTreeSet};
use treeline::oauth::ids::NodeId;
use treeline::oauth::scope::Scope;
use treeline::oauth::time::Timestamp;
use treeline::session::dump::{DumpTree, GrantNode, TokenNode, UserNode};

const ACCESS: &str = "access_token";
const CODE: &str = "authorization_code";
const REFRESH: &str = "refresh_token";

impl Run {
    /// What has to be so at the end, and after everything that was ever handed out has been presented once more.
    pub fn check_end(&mut self) {
        (0..USERS).for_each(|user| self.real.check_alarm(user));
        let before = self.trees();
        self.check_trees(&before);
        for token in self.all_held() {
            match token {
                Token::Access(token) => self.read(token),
                Token::Refresh(token) => self.refresh(token, 0, None),
            }
        }
        for place in self.codes.clone() {
            self.redeem(place, 0, Presented::Right, Presented::Right);
        }
        self.check();
        let after = self.trees();
        self.check_trees(&after);
        let in_force = nodes(&after, false);
        let has_returned = |node: &&Seen| in_force.contains(*node);
        assert_eq!(nodes(&before, true).iter().find(has_returned), None, "what was revoked is in force");
    }

    fn trees(&self) -> Vec<UserNode> {
        (0..USERS)
            .map(|user| self.real.look(user, DumpTree { client_id: None }).expect("a tree"))
            .collect()
    }

    fn check_trees(&self, trees: &[UserNode]) {
        assert!(self.redeemed.values().all(|times| *times == 1), "a code was redeemed twice");
        assert!(
            self.successors.values().all(|given| given.len() <= 1),
            "two successors: {:?}",
            self.successors
        );
        for (user, tree) in trees.iter().enumerate() {
            let mut dumped = BTreeMap::new();
            for client in &tree.clients {
                for grant in &client.grants {
                    let number = self.number_of(grant);
                    assert_eq!(client.client_id, client_id(self.expected.requests[number].client));
                    self.check_grant((user, number), grant);
                    dumped.insert(number, grant);
                }
            }
            self.check_in_force(user, &dumped);
        }
    }

    fn number_of(&self, grant: &GrantNode) -> usize {
        let number = (0..self.form_ends_at.len()).find(|number| node(Id::Grant, *number as u64) == grant.id);
        number.expect("a grant of this run")
    }

    fn check_grant(&self, place: Place, grant: &GrantNode) {
        let of = |class: &'static str| grant.tokens.iter().filter(move |token| token.class == class);
        // One code, used once at most, and used where it has brought anything.
        let codes: i64 = of(CODE).map(|token| token.used).sum();
        assert!(of(CODE).count() <= 1 && codes <= 1, "{grant:?}");
        assert!(
            grant.tokens.len() == of(CODE).count() || codes == 1,
            "a token without its used code: {grant:?}"
        );
        // One successor.
        let mut parents = BTreeSet::new();
        assert!(of(REFRESH).all(|token| parents.insert(token.based_on)), "two successors: {grant:?}");
        // Every token is one that was handed out.
        for token in grant.tokens.iter().filter(|token| token.class != CODE) {
            self.check_token(place, grant, token);
        }
        let asked = Scope::parse(SCOPES[self.expected.requests[place.1].scope]).expect("a scope");
        assert!(grant.scope.is_subset(&asked), "scope grows: {grant:?}");
        assert!(grant.used >= grant.tokens.len() as i64, "more tokens than counted: {grant:?}");
    }

    fn check_token(&self, place: Place, grant: &GrantNode, token: &TokenNode) {
        // One code may have been redeemed in each of two trees.
        let of_place = |held: &Token| self.expected.place_of(*held) == place;
        let numbered = self
            .all_held()
            .into_iter()
            .filter(of_place)
            .find(|held| self.id_of(*held) == token.id);
        let held = numbered.unwrap_or_else(|| panic!("nobody was given {token:?}"));
        assert!(token.scope.is_subset(&grant.scope), "scope grows: {token:?}");
        assert!(token.expires_at <= grant.expires_at, "{token:?} outlives {grant:?}");
        assert_eq!(token.used, self.uses_of(held), "uses of {token:?}");
        assert_eq!(token.class, if matches!(held, Token::Access(_)) { ACCESS } else { REFRESH });
        let login = &self.expected.logins[self.expected.grants[&place].login];
        assert!(
            token.revoked || !login.revoked || self.expected.is_offline(place.1),
            "{token:?} outlives its login"
        );
    }

    /// How often the holder of a token was told yes.
    fn uses_of(&self, held: Token) -> i64 {
        match held {
            Token::Access(token) => self.expected.counted_uses(token),
            Token::Refresh(_) => i64::from(self.successors.contains_key(&self.id_of(held))),
        }
    }

    /// The dump has every grant that is in force, says of it what is so, and counts what it has minted.
    fn check_in_force(&self, user: usize, dumped: &BTreeMap<usize, &GrantNode>) {
        for (number, (revoked, minted)) in self.expected.grants_in_force(user) {
            let grant = dumped
                .get(&number)
                .unwrap_or_else(|| panic!("grant {number} is missing in {dumped:?}"));
            assert!(self.real.now < grant.expires_at || grant.expires_at == Timestamp(0), "{grant:?}");
            assert_eq!(grant.used, minted, "grant {number} has minted");
            // While it is open, nobody has said yet whether it would outlive its login.
            let is_open = grant.expires_at == Timestamp(0);
            assert!(grant.revoked == revoked || is_open, "grant {number} is revoked");
        }
    }
}

/// Whose tree a node is in, what it is and its id. One form may have made a grant in each of two trees, and a grant and its code have one id.
type Seen = (usize, String, NodeId);

/// All grants and tokens that are revoked, or all that are not.
fn nodes(trees: &[UserNode], revoked: bool) -> BTreeSet<Seen> {
    let mut nodes = BTreeSet::new();
    for (user, tree) in trees.iter().enumerate() {
        for grant in tree.clients.iter().flat_map(|client| &client.grants) {
            let tokens = grant.tokens.iter().map(|token| (token.revoked, &*token.class, token.id));
            let all = tokens.chain([(grant.revoked, "grant", grant.id)]);
            let wanted = all.filter(|(is_revoked, ..)| *is_revoked == revoked);
            nodes.extend(wanted.map(|(_, kind, id)| (user, kind.to_owned(), id)));
        }
    }
    nodes
}
