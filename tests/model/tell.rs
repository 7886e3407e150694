//! What userinfo and introspection tell of a token, in the model and in the real tree.

use super::expected::{AccessToken, Expected};
use super::real::{client_id, user_name};
use super::revoke::Token;
use super::run::Run;
use super::step::{CLIENTS, LIMITED, SCOPES};
use treeline::oauth::ids::NodeId;
use treeline::oauth::usage::TokenClass;
use treeline::object::Refusal;
use treeline::session::claims::ReadClaims;
use treeline::session::introspect::{Caller, Introspect};

/// What is told of a token: its scope, and when it ends.
type Told = (String, i64);

impl Expected {
    /// What introspection tells a client.
    fn introspect(&self, token: Token, client: usize) -> Result<Told, Refusal> {
        let request = self.place_of(token).1;
        if !self.is_usable_now(token) || self.requests[request].client != client {
            return Err(Refusal::NotFound);
        }
        Ok((SCOPES[self.scope_of(token)].to_owned(), self.end_of(token)))
    }

    /// Whether a token works: an access token at userinfo, a refresh token for the first time.
    fn is_usable_now(&self, token: Token) -> bool {
        match token {
            Token::Access(token) => self.is_accepted(token),
            Token::Refresh(token) => self.is_unused(token),
        }
    }

    fn scope_of(&self, token: Token) -> usize {
        match token {
            Token::Access(token) => self.access_tokens[token].scope,
            Token::Refresh(token) => self.requests[self.refresh_tokens[token].place.1].scope,
        }
    }

    /// How often userinfo has answered, as far as the tree counts that.
    pub fn counted_uses(&self, token: usize) -> i64 {
        let AccessToken { place, used, .. } = self.access_tokens[token];
        match self.requests[place.1].client {
            LIMITED => used,
            _ => 0,
        }
    }

    /// Userinfo answers, and counts it.
    fn read(&mut self, token: usize) -> Result<String, Refusal> {
        if !self.is_accepted(token) {
            return Err(Refusal::NotFound);
        }
        self.access_tokens[token].used += 1;
        Ok(SCOPES[self.access_tokens[token].scope].to_owned())
    }
}

impl Run {
    pub fn id_of(&self, token: Token) -> NodeId {
        match token {
            Token::Access(token) => self.tokens[token].1,
            Token::Refresh(token) => self.refresh_tokens[token],
        }
    }

    /// Every token there is.
    pub fn all_held(&self) -> Vec<Token> {
        let access = (0..self.tokens.len()).map(Token::Access);
        access.chain((0..self.refresh_tokens.len()).map(Token::Refresh)).collect()
    }

    /// A client shows an access token at userinfo.
    pub fn read(&mut self, token: usize) {
        let (place, token_id, _) = self.tokens[token];
        let seen = self.real.ask(user_name(place.0), ReadClaims { token_id });
        let seen = seen.map(|released| released.scope.to_string());
        let expected = self.expected.read(token);
        self.compare("userinfo", &seen, &expected);
    }

    /// A client asks about a token, as a request does.
    pub fn introspect(&mut self, token: Token, other: usize) {
        let client = (self.expected.requests[self.expected.place_of(token).1].client + other) % CLIENTS;
        let command = self.question(token, client);
        let user = self.expected.place_of(token).0;
        let written = self.real.rows_written(user);
        let seen = self.real.ask(user_name(user), command);
        assert_eq!(self.real.rows_written(user), written, "introspection writes");
        let seen = seen.map(|told| (told.scope.to_string(), told.expires_at.0));
        let expected = self.expected.introspect(token, client);
        self.compare("introspect", &seen, &expected);
    }

    /// No token works that the model says does not, and none that has been refused once ever works again.
    pub fn check(&mut self) {
        for token in self.all_held() {
            let (user, request) = self.expected.place_of(token);
            let client = self.expected.requests[request].client;
            let seen = self.real.look(user, self.question(token, client));
            let seen = seen.map(|told| (told.scope.to_string(), told.expires_at.0));
            let expected = self.expected.introspect(token, client);
            self.compare("a token", &seen, &expected);
            let token_id = self.id_of(token);
            match seen {
                Ok(_) => assert!(!self.refused.contains(&(user, token_id)), "a token that was refused works again"),
                Err(_) => drop(self.refused.insert((user, token_id))),
            }
        }
    }

    fn question(&self, token: Token, client: usize) -> Introspect {
        Introspect {
            token_id: self.id_of(token),
            class: match token {
                Token::Access(_) => TokenClass::AccessToken,
                Token::Refresh(_) => TokenClass::RefreshToken,
            },
            caller: Caller::Client(client_id(client)),
        }
    }
}
