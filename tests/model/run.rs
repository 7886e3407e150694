//! One run: every step is taken by the real tree and by the model, and their answers compared.

use super::expected::{CODE_LIFETIME, Came, Expected, LOGIN_LIFETIME, Place, TOKEN_LIFETIME};
use super::real::{Real, client_id, user_name};
use super::refresh::REFRESH_LIFETIMES;
use super::request::{Id, authorization, node, open_login, redeem, wrong};
use super::step::{Asked, CLIENTS, LIMITED, MAX_USAGE, Presented, REFRESHING, SCOPES, Step, USERS, pick};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use treeline::client::home::{DeleteRecord, RevokeClient};
use treeline::oauth::ids::NodeId;
use treeline::oauth::time::Timestamp;
use treeline::object::Refusal;
use treeline::session::account::PutAccount;
use treeline::session::authorize::{self, Authorize};
use treeline::session::consent::{DenyConsent, GiveConsent};
use treeline::session::grant::{Authorization, ConsentPolicy};
use treeline::session::login;
use treeline::session::redeem::RefreshPolicy;

/// The lifetimes that are not always the same.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    pub interaction: i64,
    pub grant: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sweeping {
    Never,
    AsItComes,
    AfterEveryStep,
}

/// A consent page that was shown: the login in which, and the request for which.
type Page = (usize, usize);

pub struct Run {
    pub(super) lifetimes: Lifetimes,
    pub(super) sweeping: Sweeping,
    pub(super) real: Real,
    pub(super) expected: Expected,
    /// Who made each request, and when its forms end.
    pub(super) shown_to: Vec<usize>,
    pub(super) form_ends_at: Vec<i64>,
    pub(super) pages: Vec<Page>,
    pub(super) codes: Vec<Place>,
    /// Every access token: whose it is, its id, and which of the scopes it has.
    pub(super) tokens: Vec<(Place, NodeId, usize)>,
    pub(super) refresh_tokens: Vec<NodeId>,
    pub(super) refused: BTreeSet<(usize, NodeId)>,
    /// Which refresh tokens each one has given.
    pub(super) successors: BTreeMap<NodeId, BTreeSet<usize>>,
    pub(super) redeemed: BTreeMap<Place, usize>,
    /// How many answers there were: every presentation would mint tokens of its own.
    pub(super) presented: u64,
    pub(super) answers: Vec<String>,
}

impl Run {
    pub fn new(lifetimes: Lifetimes, sweeping: Sweeping) -> Self {
        let now = 1_800_000_000;
        Self {
            lifetimes,
            sweeping,
            real: Real::new(Timestamp(now)),
            expected: Expected::new(now, lifetimes),
            shown_to: vec![],
            form_ends_at: vec![],
            pages: vec![],
            codes: vec![],
            tokens: vec![],
            refresh_tokens: vec![],
            refused: BTreeSet::new(),
            successors: BTreeMap::new(),
            redeemed: BTreeMap::new(),
            presented: 0,
            answers: vec![],
        }
    }

    /// Takes one step in both worlds.
    pub fn take(&mut self, step: &Step) {
        match step {
            Step::SignIn { user, asked } => {
                let request = self.begin(*user, *asked);
                self.sign_in(*user, request);
            }
            Step::SignInAgain { request, other } => {
                if let Some(request) = pick(request, self.shown_to.len()) {
                    let user = (self.shown_to[request] + usize::from(*other)) % USERS;
                    self.sign_in(user, request);
                }
            }
            Step::Return { login, asked, max_age } => {
                if let Some(login) = pick(login, self.expected.next_login()) {
                    let request = self.begin(self.expected.login_user(login), *asked);
                    self.come_back(login, request, *max_age);
                }
            }
            Step::Consent { page, allow } => {
                if let Some(page) = pick(page, self.pages.len()) {
                    self.consent(self.pages[page], *allow);
                }
            }
            Step::Redeem {
                code,
                other,
                verifier,
                redirect_uri,
            } => {
                if let Some(code) = pick(code, self.codes.len()) {
                    self.redeem(self.codes[code], *other, *verifier, *redirect_uri);
                }
            }
            Step::Guess { code, times } => {
                if let Some(code) = pick(code, self.codes.len()) {
                    let place = self.codes[code];
                    (0..*times).for_each(|_| self.redeem(place, 0, Presented::Wrong, Presented::Right));
                }
            }
            Step::Refresh { token, other, narrowed } => {
                if let Some(token) = pick(token, self.refresh_tokens.len()) {
                    self.refresh(token, *other, *narrowed);
                }
            }
            Step::Use { token } => {
                if let Some(token) = pick(token, self.tokens.len()) {
                    self.read(token);
                }
            }
            Step::Introspect { token, other } => {
                if let Some(token) = self.held(token) {
                    self.introspect(token, *other);
                }
            }
            Step::GiveUp { token, other } => {
                if let Some(token) = self.held(token) {
                    self.give_up(token, *other);
                }
            }
            Step::SignOut { login } => {
                if let Some(login) = pick(login, self.expected.next_login()) {
                    self.sign_out(login);
                }
            }
            Step::RevokeNode(target) => self.revoke_node(target),
            Step::SetDisabled { user, disabled } => {
                let change = PutAccount {
                    password_hash: None,
                    claims: None,
                    disabled: Some(*disabled),
                };
                self.real.ask(user_name(*user), change).expect("an account");
                self.expected.set_disabled(*user, *disabled);
            }
            Step::DeleteClient { client } => {
                self.real.ask(client_id(*client).as_str(), DeleteRecord {}).expect("a client");
                self.expected.delete_client(*client);
            }
            Step::Revoke { user, client } => {
                let client_id = client_id(*client);
                self.real.ask(user_name(*user), RevokeClient { client_id }).expect("an account");
                self.expected.revoke(*user, *client);
            }
            Step::Sweep { user } if self.sweeping == Sweeping::AsItComes => self.real.sweep(*user),
            Step::Sweep { .. } => {}
            Step::Restart { user } => self.real.restart(*user),
            Step::Deliver => {
                self.real.deliver();
                self.expected.deliver();
            }
            Step::Pass { seconds } => {
                self.real.now = self.real.now.plus(*seconds);
                self.expected.now += seconds;
            }
        }
        if self.sweeping == Sweeping::AfterEveryStep {
            (0..USERS).for_each(|user| self.real.sweep(user));
        }
    }

    /// Everything that anybody outside was told.
    pub fn answers(self) -> Vec<String> {
        self.answers
    }

    fn begin(&mut self, user: usize, asked: Asked) -> usize {
        self.shown_to.push(user);
        self.form_ends_at.push(self.expected.now + self.lifetimes.interaction);
        self.expected.requests.push(asked);
        self.form_ends_at.len() - 1
    }

    fn authorization(&self, number: usize) -> Authorization {
        let Asked {
            client,
            scope,
            asks_consent,
            unclaimed,
            unchallenged,
        } = self.expected.requests[number];
        let mut asked = authorization(number as u64, &client_id(client), SCOPES[scope]);
        asked.request.prompt = asks_consent.then(|| "consent".to_owned());
        if unchallenged {
            asked.request.code_challenge = None;
        }
        if client == LIMITED {
            asked.usage_rules.access_token.max_usage = Some(MAX_USAGE);
        }
        Authorization {
            consent: match unclaimed {
                true => ConsentPolicy::AskAlways,
                false => ConsentPolicy::Remembered,
            },
            interaction_lifetime: self.lifetimes.interaction,
            grant_lifetime: self.lifetimes.grant,
            code_lifetime: CODE_LIFETIME,
            ..asked
        }
    }

    /// Whether the endpoints still take the forms of a request.
    fn is_open(&self, number: usize) -> bool {
        self.expected.now < self.form_ends_at[number]
    }

    fn sign_in(&mut self, user: usize, number: usize) {
        if !self.is_open(number) {
            return;
        }
        let login = self.expected.next_login();
        let mut command = open_login(login as u64, self.authorization(number));
        command.sign_in.lifetime = LOGIN_LIFETIME;
        let seen = self.real.ask(user_name(user), command).map(|progress| match progress {
            login::Progress::Authorized(_) => Came::Authorized,
            login::Progress::ConsentNeeded => Came::ConsentNeeded,
        });
        let expected = self.expected.sign_in(user, number);
        self.compare("sign in", &seen, &expected);
        match seen {
            Ok(Came::Authorized) => self.codes.push((user, number)),
            Ok(Came::ConsentNeeded) => self.pages.push((login, number)),
            _ => {}
        }
    }

    fn come_back(&mut self, login: usize, number: usize, max_age: Option<i64>) {
        let user = self.expected.login_user(login);
        let command = Authorize {
            login_id: node(Id::Login, login as u64),
            max_age,
            authorization: self.authorization(number),
        };
        let seen = self.real.ask(user_name(user), command).map(|progress| match progress {
            authorize::Progress::Authorized(_) => Came::Authorized,
            authorize::Progress::LoginNeeded => Came::LoginNeeded,
            authorize::Progress::ConsentNeeded => Came::ConsentNeeded,
        });
        let expected = Ok(self.expected.come_back(login, number, max_age));
        self.compare("come back", &seen, &expected);
        match seen {
            Ok(Came::Authorized) => self.codes.push((user, number)),
            Ok(Came::ConsentNeeded) => self.pages.push((login, number)),
            _ => {}
        }
    }

    fn consent(&mut self, (login, number): Page, allow: bool) {
        if !self.is_open(number) {
            return;
        }
        let user = self.expected.login_user(login);
        let (seen, expected) = match allow {
            true => {
                let command = GiveConsent {
                    login_id: node(Id::Login, login as u64),
                    authorization: self.authorization(number),
                };
                let seen = self.real.ask(user_name(user), command).map(drop);
                (seen, self.expected.allow(login, number))
            }
            false => {
                let grant_id = node(Id::Grant, number as u64);
                (
                    self.real.ask(user_name(user), DenyConsent { grant_id }),
                    self.expected.deny(login, number),
                )
            }
        };
        self.compare("consent", &seen, &expected);
        if allow && seen.is_ok() {
            self.codes.push((user, number));
        }
    }

    pub fn redeem(&mut self, place: Place, other: usize, verifier: Presented, redirect_uri: Presented) {
        let (user, number) = place;
        let client = (self.expected.requests[number].client + other) % CLIENTS;
        let mut command = redeem(number as u64, &client_id(client));
        command.access_token_lifetime = TOKEN_LIFETIME;
        command.refresh_token_id = node(Id::RefreshToken, self.presented);
        command.refresh_lifetimes = REFRESH_LIFETIMES;
        if client == REFRESHING {
            command.refresh = RefreshPolicy::Always;
        }
        let token_id = command.grant_id.heir();
        match verifier {
            Presented::Right if self.expected.requests[number].unchallenged => command.challenge = None,
            Presented::Right => {}
            Presented::Wrong => command.challenge = Some(wrong()),
            Presented::Absent => command.challenge = None,
        }
        match redirect_uri {
            Presented::Right => {}
            Presented::Wrong => command.redirect_uri = Some("https://rp.example/other".to_owned()),
            Presented::Absent => command.redirect_uri = None,
        }
        let seen = self.real.ask(user_name(user), command);
        let seen = seen.map(|minted| self.bought(&minted));
        let expected = self
            .expected
            .redeem(place, client, verifier, redirect_uri)
            .ok_or(Refusal::InvalidGrant);
        self.compare("redeem", &seen, &expected);
        if seen.is_ok() {
            *self.redeemed.entry(place).or_default() += 1;
            self.tokens.push((place, token_id, self.expected.requests[number].scope));
        }
    }

    pub fn compare<T: Debug + PartialEq>(&mut self, what: &str, seen: &Result<T, Refusal>, expected: &Result<T, Refusal>) {
        self.presented += 1;
        // What is compared with another run is not held against the model too: it would be the other property that fails.
        match self.sweeping {
            Sweeping::AsItComes => assert_eq!(seen, expected, "{what}"),
            Sweeping::Never | Sweeping::AfterEveryStep => self.answers.push(format!("{what}: {seen:?}")),
        }
    }
}
