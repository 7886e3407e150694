//! Revocation by clients and of nodes, in the model and in the real tree.

use super::expected::{Expected, LOGIN_LIFETIME, Place};
use super::real::{client_id, user_name};
use super::request::{Id, node};
use super::run::Run;
use super::step::{CLIENTS, Held, Target, pick};
use treeline::object::Refusal;
use treeline::session::logout::EndSession;
use treeline::session::nodes::{self, RevokeNode};
use treeline::session::revoke::RevokeToken;

/// A token by its number.
#[derive(Clone, Copy, Debug)]
pub enum Token {
    Access(usize),
    Refresh(usize),
}

/// A node by its numbers.
#[derive(Clone, Copy, Debug)]
enum Node {
    User(usize),
    Client(usize, usize),
    Grant(Place),
    Code(Place),
    Token(Token),
    Login(usize),
    Consent(usize, usize),
}

impl Expected {
    pub fn place_of(&self, token: Token) -> Place {
        match token {
            Token::Access(token) => self.access_tokens[token].place,
            Token::Refresh(token) => self.refresh_tokens[token].place,
        }
    }

    pub fn end_of(&self, token: Token) -> i64 {
        match token {
            Token::Access(token) => self.access_tokens[token].ends_at,
            Token::Refresh(token) => self.refresh_tokens[token].ends_at,
        }
    }

    /// A client gives up a token; one that has ended is as unknown as one of another client.
    fn give_up(&mut self, token: Token, client: usize) -> Result<(), Refusal> {
        let place = self.place_of(token);
        if self.now >= self.end_of(token) || self.requests[place.1].client != client {
            return Err(Refusal::NotFound);
        }
        match token {
            Token::Access(token) => self.access_tokens[token].revoked = true,
            Token::Refresh(_) => self.grants.get_mut(&place).expect("a token has a grant").revoked = true,
        }
        Ok(())
    }

    /// Revokes a node. `None` where it depends on the sweep whether its row is still there: then nothing is asked.
    fn revoke_node(&mut self, node: Node) -> Option<Result<(), Refusal>> {
        if let Node::Consent(user, client) = node {
            let gone = self.consents.remove(&(user, client));
            return Some(gone.map(drop).ok_or(Refusal::NotFound));
        }
        if !self.is_there(node)? {
            return Some(Err(Refusal::NotFound));
        }
        if let Node::Client(user, client) = node {
            self.consents.remove(&(user, client));
        }
        if let Node::Grant(place) = node {
            self.consents.remove(&(place.0, self.grants[&place].client));
        }
        match node {
            Node::User(user) => self.revoke_user(user),
            Node::Client(user, client) => self.revoke_grants(user, client),
            Node::Grant(place) => self.grants.get_mut(&place).expect("a grant").revoked = true,
            Node::Code(place) => self.revoke_code(place),
            Node::Token(token) => self.revoke_below(token),
            Node::Login(login) => self.end_login(login),
            Node::Consent(..) => {}
        }
        Some(Ok(()))
    }

    /// Whether a node has a row, where that is sure.
    fn is_there(&self, node: Node) -> Option<bool> {
        let surely = |there: bool| there.then_some(true);
        match node {
            Node::User(_) | Node::Consent(..) => Some(true),
            Node::Client(user, client) => {
                let mut of_client = self.grants.iter().filter(|((of, _), grant)| (*of, grant.client) == (user, client));
                surely(of_client.any(|(_, grant)| self.now < grant.swept_at()))
            }
            Node::Grant(place) => match self.grants.get(&place) {
                Some(grant) => surely(self.now < grant.swept_at()),
                None => Some(false),
            },
            // A code stays as long as its grant.
            Node::Code(place) => surely(self.now < self.grants[&place].swept_at()),
            Node::Token(token) => surely(self.now < self.end_of(token)),
            Node::Login(login) if !self.logins[login].opened => Some(false),
            Node::Login(login) => {
                let mut held = self.grants.values().filter(|grant| grant.login == login);
                surely(self.now < self.logins[login].at + LOGIN_LIFETIME || held.any(|grant| self.now < grant.swept_at()))
            }
        }
    }

    /// Ends a login with what was granted in it. Of what was granted for longer, what has been minted so far ends, but for refresh tokens.
    fn end_login(&mut self, login: usize) {
        if std::mem::replace(&mut self.logins[login].revoked, true) {
            return;
        }
        let given = self
            .grants
            .iter()
            .filter(|(_, grant)| grant.login == login && grant.ends_at.is_some());
        let offline: Vec<Place> = given.map(|(place, _)| *place).filter(|place| self.is_offline(place.1)).collect();
        for place in offline {
            self.codes.get_mut(&place).expect("a given grant has a code").revoked = true;
            let minted = self.access_tokens.iter_mut().filter(|token| token.place == place);
            minted.for_each(|token| token.revoked = true);
        }
    }

    /// A code with all that was minted since: there is one code in a grant.
    fn revoke_code(&mut self, place: Place) {
        self.codes.get_mut(&place).expect("a code").revoked = true;
        let access_tokens = self.access_tokens.iter_mut().filter(|token| token.place == place);
        access_tokens.for_each(|token| token.revoked = true);
        let refresh_tokens = self.refresh_tokens.iter_mut().filter(|token| token.place == place);
        refresh_tokens.for_each(|token| token.revoked = true);
    }

    /// A token with all that it has minted, and what that has minted.
    fn revoke_below(&mut self, token: Token) {
        let mut next = match token {
            Token::Access(token) => {
                self.access_tokens[token].revoked = true;
                None
            }
            Token::Refresh(token) => Some(token),
        };
        while let Some(token) = next {
            self.refresh_tokens[token].revoked = true;
            let minted = self.access_tokens.iter_mut().filter(|minted| minted.based_on == Some(token));
            minted.for_each(|minted| minted.revoked = true);
            next = self.refresh_tokens[token].successor();
        }
    }
}

impl Run {
    /// The token that a step means.
    pub fn held(&self, held: &Held) -> Option<Token> {
        match held {
            Held::Access(index) => pick(index, self.tokens.len()).map(Token::Access),
            Held::Refresh(index) => pick(index, self.refresh_tokens.len()).map(Token::Refresh),
        }
    }

    /// A client gives up a token in both worlds.
    pub fn give_up(&mut self, token: Token, other: usize) {
        let place = self.expected.place_of(token);
        let client = (self.expected.requests[place.1].client + other) % CLIENTS;
        let command = RevokeToken {
            token_id: self.id_of(token),
            client_id: client_id(client),
        };
        let seen = self.real.ask(user_name(place.0), command);
        let expected = self.expected.give_up(token, client);
        self.compare("give up", &seen, &expected);
    }

    /// Revokes a node in both worlds.
    pub fn revoke_node(&mut self, target: &Target) {
        let Some(node) = self.target(target) else {
            return;
        };
        let Some(expected) = self.expected.revoke_node(node) else {
            return;
        };
        let (user, node) = self.named(node);
        let seen = self.real.ask(user_name(user), RevokeNode { node });
        self.compare("revoke a node", &seen, &expected);
    }

    /// A person signs out in both worlds.
    pub fn sign_out(&mut self, login: usize) {
        if self.expected.revoke_node(Node::Login(login)) != Some(Ok(())) {
            return;
        }
        let user = self.expected.login_user(login);
        let command = EndSession {
            login_id: Some(node(Id::Login, login as u64)),
            ..EndSession::default()
        };
        let seen = self.real.ask(user_name(user), command).map(drop);
        self.compare("sign out", &seen, &Ok(()));
    }

    fn target(&self, target: &Target) -> Option<Node> {
        Some(match target {
            Target::User(user) => Node::User(*user),
            Target::Client(user, client) => Node::Client(*user, *client),
            Target::Grant(index) => {
                let request = pick(index, self.shown_to.len())?;
                Node::Grant((self.shown_to[request], request))
            }
            Target::Code(index) => Node::Code(self.codes[pick(index, self.codes.len())?]),
            Target::Token(held) => Node::Token(self.held(held)?),
            Target::Login(index) => Node::Login(pick(index, self.expected.next_login())?),
            Target::Consent(user, client) => Node::Consent(*user, *client),
        })
    }

    /// Whose tree a node is in, and what it is called there.
    fn named(&self, of: Node) -> (usize, nodes::Node) {
        match of {
            Node::User(user) => (user, nodes::Node::User),
            Node::Client(user, client) => (user, nodes::Node::Client(client_id(client))),
            Node::Grant((user, request)) => (user, nodes::Node::Grant(node(Id::Grant, request as u64))),
            Node::Code((user, request)) => (user, nodes::Node::Token(node(Id::Grant, request as u64))),
            Node::Token(token) => (self.expected.place_of(token).0, nodes::Node::Token(self.id_of(token))),
            Node::Login(login) => (self.expected.login_user(login), nodes::Node::Login(node(Id::Login, login as u64))),
            Node::Consent(user, client) => (user, nodes::Node::Consent(client_id(client))),
        }
    }
}
