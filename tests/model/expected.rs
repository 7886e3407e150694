//! The model: what each command should answer, by plain lists that are never swept. It knows moments and who is below whom, and nothing of rows.

use super::refresh::RefreshToken;
use super::run::Lifetimes;
use super::step::{Asked, CLIENTS, LIMITED, MAX_USAGE, Presented, REFRESHING, SCOPES, USERS};
use std::collections::{BTreeMap, BTreeSet};
use treeline::object::Refusal;

pub const CODE_LIFETIME: i64 = 60;
pub const LOGIN_LIFETIME: i64 = 100;
pub const TOKEN_LIFETIME: i64 = 120;
pub const DOUBLE_SUBMIT: i64 = 2;

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    Authorized,
    LoginNeeded,
    ConsentNeeded,
}

/// A request and whose tree it is in: several people may use one sign-in form.
pub type Place = (usize, usize);

/// What a code or a refresh token has bought: when the person had signed in, when the access token ends, and which refresh token comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    pub auth_time: i64,
    pub token_ends_at: i64,
    pub refresh_token: Option<usize>,
}

/// What was minted: of which request, with which refresh token if not with the code, and until when it is good by itself.
#[derive(Debug)]
pub struct AccessToken {
    pub place: Place,
    pub based_on: Option<usize>,
    pub scope: usize,
    pub ends_at: i64,
    pub revoked: bool,
    /// How often userinfo has answered it.
    pub used: i64,
}

#[derive(Debug)]
pub struct Login {
    user: usize,
    pub at: i64,
    /// Nobody opens a login in a disabled account; the number is used up all the same.
    pub opened: bool,
    pub revoked: bool,
}

#[derive(Debug)]
pub struct Grant {
    pub login: usize,
    pub client: usize,
    form_ends_at: i64,
    /// When it ends; `None` while the person has not said yes.
    pub ends_at: Option<i64>,
    pub revoked: bool,
}

impl Grant {
    /// When its row may go.
    pub fn swept_at(&self) -> i64 {
        self.form_ends_at.max(self.ends_at.unwrap_or(0))
    }
}

#[derive(Debug, Default)]
pub struct Code {
    pub minted_at: i64,
    pub revoked: bool,
    failures: usize,
    pub used: bool,
    /// When it bought something; one that was guessed at too often never did.
    redeemed_at: Option<i64>,
}

#[derive(Debug)]
pub struct Expected {
    pub now: i64,
    lifetimes: Lifetimes,
    pub requests: Vec<Asked>,
    pub disabled: [bool; USERS],
    deleted: [bool; CLIENTS],
    /// The users that a client's object knows of, and the news of users that is under way to it.
    known: BTreeSet<(usize, usize)>,
    under_way: BTreeSet<(usize, usize)>,
    pub logins: Vec<Login>,
    pub grants: BTreeMap<Place, Grant>,
    pub codes: BTreeMap<Place, Code>,
    pub consents: BTreeMap<(usize, usize), BTreeSet<&'static str>>,
    pub access_tokens: Vec<AccessToken>,
    pub refresh_tokens: Vec<RefreshToken>,
}

impl Expected {
    pub fn new(now: i64, lifetimes: Lifetimes) -> Self {
        Self {
            now,
            lifetimes,
            requests: vec![],
            disabled: [false; USERS],
            deleted: [false; CLIENTS],
            known: BTreeSet::new(),
            under_way: BTreeSet::new(),
            logins: vec![],
            grants: BTreeMap::new(),
            codes: BTreeMap::new(),
            consents: BTreeMap::new(),
            access_tokens: vec![],
            refresh_tokens: vec![],
        }
    }

    /// The login that the next sign-in opens.
    pub fn next_login(&self) -> usize {
        self.logins.len()
    }

    pub fn login_user(&self, login: usize) -> usize {
        self.logins[login].user
    }

    pub fn sign_in(&mut self, user: usize, request: usize) -> Result<Came, Refusal> {
        let login = self.logins.len();
        self.logins.push(Login {
            user,
            at: self.now,
            opened: !self.disabled[user],
            revoked: false,
        });
        if self.disabled[user] {
            return Err(Refusal::NotFound);
        }
        self.open((user, request), login);
        if self.requests[request].asks_consent || !self.is_consented(user, request) {
            return Ok(Came::ConsentNeeded);
        }
        self.authorize((user, request)).map(|()| Came::Authorized)
    }

    pub fn come_back(&mut self, login: usize, request: usize, max_age: Option<i64>) -> Came {
        let user = self.logins[login].user;
        let age = self.now - self.logins[login].at;
        let too_old = max_age.is_some_and(|max_age| max_age == 0 || age > max_age);
        if !self.is_signed_in(login) || too_old {
            return Came::LoginNeeded;
        }
        if self.requests[request].asks_consent || !self.is_consented(user, request) {
            return Came::ConsentNeeded;
        }
        self.open((user, request), login);
        self.authorize((user, request)).expect("a request of its own");
        Came::Authorized
    }

    pub fn allow(&mut self, login: usize, request: usize) -> Result<(), Refusal> {
        let user = self.logins[login].user;
        if !self.is_signed_in(login) {
            return Err(Refusal::NotFound);
        }
        self.open((user, request), login);
        self.authorize((user, request))?;
        let Asked {
            client, scope, unclaimed, ..
        } = self.requests[request];
        if !unclaimed {
            self.consents.entry((user, client)).or_default().extend(SCOPES[scope].split(' '));
        }
        Ok(())
    }

    pub fn deny(&mut self, login: usize, request: usize) -> Result<(), Refusal> {
        let place = (self.logins[login].user, request);
        match self.grants.get(&place) {
            Some(grant) if grant.ends_at.is_some() => Err(Refusal::AlreadyDone),
            // It cannot be asked for once more by saying no to it first.
            Some(grant) if grant.revoked => Ok(()),
            _ => {
                self.grants.remove(&place);
                Ok(())
            }
        }
    }

    /// What the code buys, if anything.
    pub fn redeem(&mut self, place: Place, client: usize, verifier: Presented, redirect_uri: Presented) -> Option<Bought> {
        let (user, request) = place;
        if self.disabled[user] || self.requests[request].client != client {
            return None;
        }
        let is_dead = self.is_dead(place);
        let code = self.codes.get_mut(&place)?;
        let grant = self.grants.get_mut(&place).expect("a code has a grant");
        let grant_ends_at = grant.ends_at.expect("a code has a given grant");
        let is_challenged = !self.requests[request].unchallenged;
        let verified = match verifier {
            Presented::Right => true,
            Presented::Wrong => false,
            Presented::Absent => !is_challenged,
        };
        let is_right = verified && redirect_uri == Presented::Right;
        if code.used {
            let is_double_submit = is_challenged && is_right && code.redeemed_at.is_some_and(|at| self.now - at < DOUBLE_SUBMIT);
            grant.revoked |= !is_double_submit;
            return None;
        }
        if is_dead || code.revoked || self.now >= code.minted_at + CODE_LIFETIME || self.now >= grant_ends_at {
            return None;
        }
        if !is_right {
            code.failures += 1;
            code.used = code.failures == 5;
            return None;
        }
        code.used = true;
        code.redeemed_at = Some(self.now);
        let auth_time = self.logins[grant.login].at;
        let is_due = client == REFRESHING || self.is_offline(request);
        Some(Bought {
            auth_time,
            token_ends_at: self.mint_access_token(place, grant_ends_at, None, self.requests[request].scope),
            refresh_token: is_due.then(|| self.mint_refresh_token(place, grant_ends_at)),
        })
    }

    /// Mints an access token; gives its end.
    pub fn mint_access_token(&mut self, place: Place, grant_ends_at: i64, based_on: Option<usize>, scope: usize) -> i64 {
        let ends_at = grant_ends_at.min(self.now + TOKEN_LIFETIME);
        self.access_tokens.push(AccessToken {
            place,
            based_on,
            scope,
            ends_at,
            revoked: false,
            used: 0,
        });
        ends_at
    }

    /// Whether an access token is accepted.
    pub fn is_accepted(&self, token: usize) -> bool {
        let token = &self.access_tokens[token];
        let is_limited = self.requests[token.place.1].client == LIMITED;
        let has_use_left = !is_limited || token.used < MAX_USAGE;
        self.now < token.ends_at && has_use_left && !token.revoked && self.is_usable(token.place)
    }

    /// Whether nothing above the tokens of a grant has ended.
    pub fn is_usable(&self, place: Place) -> bool {
        !self.is_dead(place) && !self.disabled[place.0]
    }

    /// Whether a request asks for access that lasts while the person is away.
    pub fn is_offline(&self, request: usize) -> bool {
        SCOPES[self.requests[request].scope].contains("offline_access")
    }

    /// What the dump has to say of a grant that has not ended: whether it is revoked, and how many tokens it has minted.
    pub fn grants_in_force(&self, user: usize) -> BTreeMap<usize, (bool, i64)> {
        let of_user = self.grants.iter().filter(|((of, _), _)| *of == user);
        let in_force = of_user.filter(|(_, grant)| self.now < grant.ends_at.unwrap_or(grant.form_ends_at));
        let seen = in_force.map(|(place, grant)| {
            let access_tokens = self.access_tokens.iter().filter(|token| token.place == *place).count();
            let refresh_tokens = self.refresh_tokens.iter().filter(|token| token.place == *place).count();
            let minted = i64::from(grant.ends_at.is_some()) + (access_tokens + refresh_tokens) as i64;
            (place.1, (self.is_dead(*place) || self.disabled[user], minted))
        });
        seen.collect()
    }

    pub fn set_disabled(&mut self, user: usize, disabled: bool) {
        self.disabled[user] = disabled;
        if disabled {
            self.revoke_user(user);
        }
    }

    /// Ends every login of a user, and what would outlive them.
    pub fn revoke_user(&mut self, user: usize) {
        self.logins
            .iter_mut()
            .filter(|login| login.user == user)
            .for_each(|login| login.revoked = true);
        for ((of, request), grant) in &mut self.grants {
            let is_offline = SCOPES[self.requests[*request].scope].contains("offline_access");
            grant.revoked |= *of == user && is_offline && grant.ends_at.is_some();
        }
    }

    pub fn delete_client(&mut self, client: usize) {
        if !std::mem::replace(&mut self.deleted[client], true) {
            for user in 0..USERS {
                if self.known.contains(&(user, client)) {
                    self.revoke(user, client);
                }
            }
        }
    }

    /// What is under way arrives: news of a user at a deleted client comes back as a revocation.
    pub fn deliver(&mut self) {
        for (user, client) in std::mem::take(&mut self.under_way) {
            match self.deleted[client] {
                true => self.revoke(user, client),
                false => drop(self.known.insert((user, client))),
            }
        }
    }

    /// Ends all that the client has of the user so far, and the consent.
    pub fn revoke(&mut self, user: usize, client: usize) {
        self.revoke_grants(user, client);
        self.consents.remove(&(user, client));
    }

    /// Ends the client's session with the user.
    pub fn revoke_grants(&mut self, user: usize, client: usize) {
        let of_client = self
            .grants
            .iter_mut()
            .filter(|((of, _), grant)| *of == user && grant.client == client);
        of_client.for_each(|(_, grant)| grant.revoked = true);
    }

    fn is_signed_in(&self, login: usize) -> bool {
        let Login { user, at, opened, revoked } = self.logins[login];
        opened && !revoked && !self.disabled[user] && self.now < at + LOGIN_LIFETIME
    }

    fn is_consented(&self, user: usize, request: usize) -> bool {
        let Asked {
            client, scope, unclaimed, ..
        } = self.requests[request];
        let consented = self.consents.get(&(user, client));
        !unclaimed && consented.is_some_and(|known| SCOPES[scope].split(' ').all(|token| known.contains(token)))
    }

    fn open(&mut self, place: Place, login: usize) {
        let client = self.requests[place.1].client;
        // More news than the tree sends: a client that knows the user already learns nothing by it.
        self.under_way.insert((place.0, client));
        let grant = self.grants.entry(place).or_insert(Grant {
            login,
            client,
            form_ends_at: self.now + self.lifetimes.interaction,
            ends_at: None,
            revoked: false,
        });
        if grant.ends_at.is_none() {
            grant.login = login;
        }
    }

    fn authorize(&mut self, place: Place) -> Result<(), Refusal> {
        let now = self.now;
        let grant = self.grants.get_mut(&place).expect("an open grant");
        if grant.ends_at.is_none() && !grant.revoked {
            grant.ends_at = Some(now + self.lifetimes.grant);
            let code = Code {
                minted_at: now,
                ..Code::default()
            };
            self.codes.insert(place, code);
            return Ok(());
        }
        let is_waiting = |code: &Code| !code.used && !code.revoked && now < code.minted_at + CODE_LIFETIME;
        let is_over = grant.ends_at.is_some_and(|ends_at| now >= ends_at);
        match self.codes.get(&place).is_some_and(is_waiting) && !grant.revoked && !is_over {
            true => Ok(()),
            false => Err(Refusal::AlreadyDone),
        }
    }

    pub fn is_dead(&self, place: Place) -> bool {
        self.grants
            .get(&place)
            .is_none_or(|grant| grant.revoked || (self.logins[grant.login].revoked && !self.is_offline(place.1)))
    }
}
