//! What may happen next.

use proptest::prelude::*;
use proptest::sample::Index;

pub const USERS: usize = 2;
pub const CLIENTS: usize = 3;
pub const SCOPES: [&str; 4] = ["openid", "openid email", "openid phone", "openid offline_access"];

/// The client that has registered refresh tokens; the others get them with `offline_access`.
pub const REFRESHING: usize = 1;

/// The client whose access tokens may be used so often, and no more.
pub const LIMITED: usize = 2;
pub const MAX_USAGE: i64 = 3;

/// Which of `count` things an index means: mostly one of the last three, for what is long over seldom answers anything but no.
pub fn pick(index: &Index, count: usize) -> Option<usize> {
    if count == 0 {
        return None;
    }
    let drawn = index.index(count * 5);
    Some(match drawn < count {
        true => drawn,
        false => count - 1 - drawn % count.min(3),
    })
}

/// What a client asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub client: usize,
    pub scope: usize,
    pub asks_consent: bool,
    /// At a redirect URI that anybody's software could claim: an earlier consent does not count.
    pub unclaimed: bool,
    /// Without a PKCE challenge.
    pub unchallenged: bool,
}

/// How a client presents something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presented {
    Right,
    Wrong,
    Absent,
}

/// A token that a client holds.
#[derive(Clone, Debug)]
pub enum Held {
    Access(Index),
    Refresh(Index),
}

/// What the operator revokes.
#[derive(Clone, Debug)]
pub enum Target {
    User(usize),
    Client(usize, usize),
    Grant(Index),
    Code(Index),
    Token(Held),
    Login(Index),
    Consent(usize, usize),
}

/// One step. An [`Index`] picks one of what there is by then ([`pick`]); where there is none, nothing happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// A person opens the sign-in page of a new request, and signs in.
    SignIn {
        user: usize,
        asked: Asked,
    },
    /// An earlier sign-in form is sent once more, by whom it was shown to or by somebody else.
    SignInAgain {
        request: Index,
        other: bool,
    },
    /// A new request in a browser that holds a login.
    Return {
        login: Index,
        asked: Asked,
        max_age: Option<i64>,
    },
    /// The person presses a button of a consent page that was shown, now or long ago.
    Consent {
        page: Index,
        allow: bool,
    },
    /// A client presents a code.
    Redeem {
        code: Index,
        /// Zero for the client that the code is for.
        other: usize,
        verifier: Presented,
        redirect_uri: Presented,
    },
    /// A client presents a code wrongly, again and again.
    Guess {
        code: Index,
        times: usize,
    },
    /// A client presents a refresh token, new or old.
    Refresh {
        token: Index,
        /// Zero for the client that the token is for.
        other: usize,
        /// What the scope is to be narrowed to: one of [`SCOPES`].
        narrowed: Option<usize>,
    },
    /// A client shows an access token at userinfo.
    Use {
        token: Index,
    },
    /// A client asks about a token.
    Introspect {
        token: Held,
        /// Zero for the client that the token is for.
        other: usize,
    },
    /// A client gives up a token.
    GiveUp {
        token: Held,
        /// Zero for the client that the token is for.
        other: usize,
    },
    /// A node of the tree is revoked.
    RevokeNode(Target),
    /// A person signs out.
    SignOut {
        login: Index,
    },
    SetDisabled {
        user: usize,
        disabled: bool,
    },
    DeleteClient {
        client: usize,
    },
    /// A client's session with one user is revoked, and the client stays.
    Revoke {
        user: usize,
        client: usize,
    },
    Sweep {
        user: usize,
    },
    /// The object of a user is dropped from memory.
    Restart {
        user: usize,
    },
    /// Every message that is under way arrives.
    Deliver,
    Pass {
        seconds: i64,
    },
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..48)
}

fn asked() -> impl Strategy<Value = Asked> {
    let rarely = || prop::bool::weighted(0.1);
    let unchallenged = prop::bool::weighted(0.3);
    (0..CLIENTS, 0..SCOPES.len(), rarely(), rarely(), unchallenged).prop_map(|(client, scope, asks_consent, unclaimed, unchallenged)| {
        Asked {
            client,
            scope,
            asks_consent,
            unclaimed,
            unchallenged,
        }
    })
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![any::<Index>().prop_map(Held::Access), any::<Index>().prop_map(Held::Refresh)]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        1 => (0..USERS).prop_map(Target::User),
        1 => (0..USERS, 0..CLIENTS).prop_map(|(user, client)| Target::Client(user, client)),
        2 => any::<Index>().prop_map(Target::Grant),
        2 => any::<Index>().prop_map(Target::Code),
        4 => held().prop_map(Target::Token),
        3 => any::<Index>().prop_map(Target::Login),
        1 => (0..USERS, 0..CLIENTS).prop_map(|(user, client)| Target::Consent(user, client)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let presented = || prop_oneof![8 => Just(Presented::Right), 1 => Just(Presented::Wrong), 1 => Just(Presented::Absent)];
    let other = || prop_oneof![8 => Just(0), 1 => 1..CLIENTS];
    let narrowed = prop_oneof![3 => Just(None), 1 => (0..SCOPES.len()).prop_map(Some)];
    let max_age = prop_oneof![3 => Just(None), 1 => prop_oneof![Just(0), Just(1), Just(100)].prop_map(Some)];
    let seconds = prop_oneof![
        3 => prop_oneof![Just(1), Just(2), Just(30), Just(39), Just(40)],
        2 => prop_oneof![Just(59), Just(60), Just(100), Just(120)],
        1 => prop_oneof![Just(200), Just(300), Just(1000)],
    ];
    prop_oneof![
        5 => (0..USERS, asked()).prop_map(|(user, asked)| Step::SignIn { user, asked }),
        2 => (any::<Index>(), prop::bool::weighted(0.2)).prop_map(|(request, other)| Step::SignInAgain { request, other }),
        3 => (any::<Index>(), asked(), max_age).prop_map(|(login, asked, max_age)| Step::Return { login, asked, max_age }),
        6 => (any::<Index>(), prop::bool::weighted(0.9)).prop_map(|(page, allow)| Step::Consent { page, allow }),
        8 => (any::<Index>(), other(), presented(), presented())
            .prop_map(|(code, other, verifier, redirect_uri)| Step::Redeem { code, other, verifier, redirect_uri }),
        1 => (any::<Index>(), 1..6_usize).prop_map(|(code, times)| Step::Guess { code, times }),
        8 => (any::<Index>(), other(), narrowed).prop_map(|(token, other, narrowed)| Step::Refresh { token, other, narrowed }),
        2 => any::<Index>().prop_map(|token| Step::Use { token }),
        2 => (held(), other()).prop_map(|(token, other)| Step::Introspect { token, other }),
        1 => (held(), other()).prop_map(|(token, other)| Step::GiveUp { token, other }),
        3 => target().prop_map(Step::RevokeNode),
        2 => any::<Index>().prop_map(|login| Step::SignOut { login }),
        1 => (0..USERS, prop::bool::weighted(0.4)).prop_map(|(user, disabled)| Step::SetDisabled { user, disabled }),
        1 => (0..CLIENTS).prop_map(|client| Step::DeleteClient { client }),
        1 => (0..USERS, 0..CLIENTS).prop_map(|(user, client)| Step::Revoke { user, client }),
        3 => (0..USERS).prop_map(|user| Step::Sweep { user }),
        1 => (0..USERS).prop_map(|user| Step::Restart { user }),
        2 => Just(Step::Deliver),
        5 => seconds.prop_map(|seconds| Step::Pass { seconds }),
    ]
}
