//! Refreshing, in the model and in the real tree.

use super::expected::{Bought, Expected, Place, TOKEN_LIFETIME};
use super::real::{client_id, user_name};
use super::request::{Id, node};
use super::run::Run;
use super::step::{CLIENTS, SCOPES};
use treeline::oauth::claims_request::Wanted;
use treeline::oauth::scope::Scope;
use treeline::object::Refusal;
use treeline::session::mint::{Minted, Narrowed, RefreshLifetimes};
use treeline::session::refresh::RefreshTokens;

pub const REFRESH_LIFETIMES: RefreshLifetimes = RefreshLifetimes { all: 250, idle: 150 };
const GRACE: i64 = 30;

#[derive(Debug)]
pub struct RefreshToken {
    pub place: Place,
    pub ends_at: i64,
    /// Which token has taken its place, and since when.
    superseded: Option<(usize, i64)>,
    pub revoked: bool,
}

impl RefreshToken {
    /// Which token has taken its place.
    pub fn successor(&self) -> Option<usize> {
        self.superseded.map(|(successor, _)| successor)
    }
}

impl Expected {
    /// Mints a refresh token; gives its number.
    pub fn mint_refresh_token(&mut self, place: Place, grant_ends_at: i64) -> usize {
        self.refresh_tokens.push(RefreshToken {
            place,
            ends_at: grant_ends_at
                .min(self.codes[&place].minted_at + REFRESH_LIFETIMES.all)
                .min(self.now + REFRESH_LIFETIMES.idle),
            superseded: None,
            revoked: false,
        });
        self.refresh_tokens.len() - 1
    }

    /// What a refresh token buys.
    pub fn refresh(&mut self, token: usize, client: usize, narrowed: Option<usize>) -> Result<Bought, Refusal> {
        let RefreshToken {
            place,
            ends_at,
            superseded,
            revoked,
        } = self.refresh_tokens[token];
        let asked = self.requests[place.1];
        if asked.client != client || self.now >= ends_at || revoked || !self.is_usable(place) {
            return Err(Refusal::InvalidGrant);
        }
        if superseded.is_some_and(|(_, since)| self.now - since >= GRACE) {
            self.grants.get_mut(&place).expect("a refresh token has a grant").revoked = true;
            return Err(Refusal::InvalidGrant);
        }
        if superseded.is_some_and(|(next, _)| !self.is_live(next)) {
            return Err(Refusal::InvalidGrant);
        }
        let granted: Vec<&str> = SCOPES[asked.scope].split(' ').collect();
        if narrowed.is_some_and(|narrowed| !SCOPES[narrowed].split(' ').all(|token| granted.contains(&token))) {
            return Err(Refusal::InvalidScope);
        }
        let grant = &self.grants[&place];
        let grant_ends_at = grant.ends_at.expect("a refresh token has a given grant");
        let auth_time = self.logins[grant.login].at;
        let successor = match superseded {
            Some((successor, _)) => successor,
            None => {
                let successor = self.mint_refresh_token(place, grant_ends_at);
                self.refresh_tokens[token].superseded = Some((successor, self.now));
                successor
            }
        };
        Ok(Bought {
            auth_time,
            token_ends_at: self.mint_access_token(place, grant_ends_at, Some(token), narrowed.unwrap_or(asked.scope)),
            refresh_token: Some(successor),
        })
    }

    /// Whether a refresh token can be used for the first time.
    pub fn is_unused(&self, token: usize) -> bool {
        self.refresh_tokens[token].superseded.is_none() && self.is_live(token)
    }

    fn is_live(&self, token: usize) -> bool {
        let token = &self.refresh_tokens[token];
        self.now < token.ends_at && !token.revoked && self.is_usable(token.place)
    }
}

impl Run {
    /// Presents a refresh token in both worlds.
    pub fn refresh(&mut self, token: usize, other: usize, narrowed: Option<usize>) {
        let place = self.expected.refresh_tokens[token].place;
        let asked = self.expected.requests[place.1];
        let client = (asked.client + other) % CLIENTS;
        let number = self.presented;
        // No code has a number of these: each of its tokens is one that a code has not bought.
        let access_token_id = node(Id::AccessToken, 1_000_000 + number);
        let command = RefreshTokens {
            refresh_token_id: self.refresh_tokens[token],
            client_id: client_id(client),
            successor_id: node(Id::RefreshToken, number),
            refresh_lifetimes: REFRESH_LIFETIMES,
            grace: GRACE,
            access_token_id,
            access_token_lifetime: TOKEN_LIFETIME,
            narrowed: narrowed.map(|scope| Narrowed {
                scope: Scope::parse(SCOPES[scope]).expect("a scope"),
                userinfo: Wanted::new(),
            }),
        };
        let seen = self.real.ask(user_name(place.0), command).map(|minted| self.bought(&minted));
        let expected = self.expected.refresh(token, client, narrowed);
        self.compare("refresh", &seen, &expected);
        if let Ok(bought) = seen {
            self.tokens.push((place, access_token_id, narrowed.unwrap_or(asked.scope)));
            let presented = self.refresh_tokens[token];
            self.successors.entry(presented).or_default().extend(bought.refresh_token);
        }
    }

    /// What was minted, with the refresh token by its number.
    pub fn bought(&mut self, minted: &Minted) -> Bought {
        let refresh_token = minted.refresh_token.map(|id| {
            let known = self.refresh_tokens.iter().position(|known| *known == id);
            known.unwrap_or_else(|| {
                self.refresh_tokens.push(id);
                self.refresh_tokens.len() - 1
            })
        });
        Bought {
            auth_time: minted.auth_time.0,
            token_ends_at: minted.access_token.expect("an access token").expires_at.0,
            refresh_token,
        }
    }
}
