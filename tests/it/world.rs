//! A world to run the provider in: a clock that is set by hand, a KV that can lag behind, an object for every name, and a count of everything
//! that is touched.
//!
//! ```ignore
//! let world = World::new();
//! let client = world.register(json!({ "redirect_uris": ["https://rp.example/cb"] }));
//! let response = post("/token").basic(&client).form(&[("grant_type", "authorization_code")]).send(&world);
//! world.advance(61);
//! world.run_alarms();
//! assert!(world.faults().is_empty());
//! ```
//! Every step of the platform yields once, so that requests sent together ([`World::send_all`]) really take turns.

pub mod call;
pub mod crypto;
mod keys;
mod objects;
mod platform;
mod ring;
mod sender;
mod storage;
mod web;

pub use call::{Outgoing, Registered, body, delete, get, post, put};
pub use storage::Sqlite;

use futures_util::future::join_all;
use objects::ObjectName;
use platform::yield_once;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use treeline::client::memory::ClientMemory;
use treeline::config::{self, Config};
use treeline::error::Fault;
use treeline::http::{Request, Response};
use treeline::jose::alg::Alg;
use treeline::jose::key_cache::KeyCache;
use treeline::jose::keyset::KeySet;
use treeline::oauth::base64url;
use treeline::oauth::ids::ClientId;
use treeline::oauth::time::Timestamp;
use treeline::object::{Call, Class, Refusal};
use treeline::platform::Platform;
use treeline::platform::refused::Refused;
use treeline::router::{self, Site};
use web::Web;

/// The operator's token of every world.
pub const ADMIN_TOKEN: &str = "the-operators-token-of-this-world-0123456789";

/// The issuer of a world that is not told another: production rules.
pub const ISSUER: &str = "https://login.example.com";

/// The issuer of a developer's machine.
pub const LOCAL_ISSUER: &str = "http://localhost:8787";

/// How often each part of the world has been touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touches {
    pub kv_gets: usize,
    pub kv_puts: usize,
    /// Reads of several keys at once.
    pub kv_bulks: usize,
    pub kv_lists: usize,
    /// Commands by class, such as `UserSession`.
    pub asks: BTreeMap<&'static str, usize>,
}

impl Touches {
    /// Commands to objects of a class.
    pub fn asked(&self, class: Class) -> usize {
        self.asks.get(class.name()).copied().unwrap_or(0)
    }

    /// Commands to objects of any class.
    pub fn all_asked(&self) -> usize {
        self.asks.values().sum()
    }
}

#[derive(Clone)]
struct KvValue {
    text: String,
    ends_at: Option<Timestamp>,
}

type Kv = BTreeMap<String, KvValue>;

/// One provider with everything around it.
pub struct World {
    config: Config,
    site: Site,
    audit_lifetime: i64,
    clock: Cell<i64>,
    random: RefCell<StdRng>,
    kv: RefCell<Kv>,
    /// What readers see while KV lags behind.
    stale_kv: RefCell<Option<Kv>>,
    objects: RefCell<BTreeMap<ObjectName, Rc<Sqlite>>>,
    unreachable: RefCell<BTreeSet<ObjectName>>,
    touches: RefCell<Touches>,
    faults: RefCell<Vec<Fault>>,
    /// The operator's log.
    lines: RefCell<Vec<String>>,
    /// What clients serve.
    pub web: Web,
    key_cache: KeyCache,
    clients: ClientMemory,
    refused: Refused,
    /// For how many turns the next KV write waits.
    slow_put: Cell<usize>,
    /// How many steps of the platform still succeed.
    steps: Cell<Option<usize>>,
    /// After how many steps of the platform one fails.
    lapse: Cell<Option<usize>>,
    /// The keys in the isolate's memory, and since when they are there.
    isolate: RefCell<Option<(Rc<KeySet>, Timestamp)>>,
    /// How many keys of each algorithm have been made.
    generations: RefCell<BTreeMap<Alg, usize>>,
    kv_takes_no_keys: Cell<bool>,
}

fn named(list: &[(&str, &str)], name: &str) -> Option<String> {
    list.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

impl World {
    /// A provider in production: [`ISSUER`].
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// A provider on a developer's machine: [`LOCAL_ISSUER`].
    pub fn local() -> Self {
        Self::with(&[("ISSUER", LOCAL_ISSUER)])
    }

    /// A provider with some variables set otherwise.
    pub fn with(variables: &[(&str, &str)]) -> Self {
        Self::at(1_800_000_000, variables)
    }

    /// A provider with variables of its own that begins at a moment, in seconds since the epoch.
    pub fn at(now: i64, variables: &[(&str, &str)]) -> Self {
        let config = Self::config_of(variables);
        let world = Self {
            site: Site::new(&config),
            audit_lifetime: config::audit_lifetime(named(variables, "AUDIT_LIFETIME")).expect("a sound lifetime"),
            config,
            clock: Cell::new(now),
            random: RefCell::new(StdRng::seed_from_u64(1)),
            kv: RefCell::default(),
            stale_kv: RefCell::default(),
            objects: RefCell::default(),
            unreachable: RefCell::default(),
            touches: RefCell::default(),
            faults: RefCell::default(),
            lines: RefCell::default(),
            web: Web::default(),
            key_cache: KeyCache::default(),
            clients: ClientMemory::default(),
            refused: Refused::default(),
            slow_put: Cell::new(0),
            steps: Cell::new(None),
            lapse: Cell::new(None),
            isolate: RefCell::default(),
            generations: RefCell::default(),
            kv_takes_no_keys: Cell::default(),
        };
        world.isolate_keys().expect("the first keys");
        world
    }

    /// The same provider, deployed anew with other variables: what is stored stays, and what was in memory is gone.
    pub fn redeployed(self, variables: &[(&str, &str)]) -> Self {
        let config = Self::config_of(variables);
        Self {
            site: Site::new(&config),
            config,
            isolate: RefCell::default(),
            key_cache: KeyCache::default(),
            clients: ClientMemory::default(),
            ..self
        }
    }

    /// The time, in seconds, as a variable has it.
    pub fn now_text(&self) -> String {
        self.clock.get().to_string()
    }

    fn config_of(variables: &[(&str, &str)]) -> Config {
        let seal_key = base64url::encode([7; 32]);
        let defaults = [
            ("ISSUER", ISSUER),
            ("SEAL_KEY", &seal_key),
            ("SUBJECT_SALT", "the salt of this world"),
            ("ADMIN_TOKEN", ADMIN_TOKEN),
            ("REGISTRATION", "open"),
        ];
        let variable = |name: &str| named(variables, name).or_else(|| named(&defaults, name));
        Config::load(&variable).expect("a sound configuration")
    }

    /// Answers a request as the Worker does.
    pub async fn answer(&self, request: &Request) -> Response {
        router::answer(self, &self.site, request).await
    }

    /// Sends a request and waits for the response.
    pub fn send(&self, request: &Request) -> Response {
        pollster::block_on(self.answer(request))
    }

    /// Sends requests all at once: their steps take turns.
    pub fn send_all(&self, requests: &[Request]) -> Vec<Response> {
        pollster::block_on(join_all(requests.iter().map(|request| self.answer(request))))
    }

    /// Sends requests that begin one after another: each waits for as many turns as stand with it. Going through the numbers tries every
    /// order of their steps.
    pub fn send_staggered(&self, requests: &[(usize, Request)]) -> Vec<Response> {
        let wait_and_send = async |turns: &usize, request: &Request| {
            for _ in 0..*turns {
                yield_once().await;
            }
            self.answer(request).await
        };
        pollster::block_on(join_all(requests.iter().map(|(turns, request)| wait_and_send(turns, request))))
    }

    /// Sends a command to an object, as the protocol does.
    pub fn ask<C: Call>(&self, name: &str, command: C) -> Result<C::Reply, Refusal> {
        pollster::block_on(Platform::ask(self, name, command)).expect("the object answers")
    }

    /// Registers a client that has to be accepted.
    pub fn register(&self, metadata: Value) -> Registered {
        let response = post("/registration").json(&metadata).send(self);
        assert_eq!(response.status, 201, "{}", response.body.as_str());
        Registered(body(&response))
    }

    /// Moves the clock. Nothing else happens: alarms may be late.
    pub fn advance(&self, seconds: i64) {
        self.clock.set(self.clock.get() + seconds);
    }

    /// Makes readers of KV see what is in it now, whatever is written from now on: a miss stays a miss.
    pub fn freeze_kv(&self) {
        *self.stale_kv.borrow_mut() = Some(self.kv.borrow().clone());
    }

    /// Lets KV catch up.
    pub fn thaw_kv(&self) {
        *self.stale_kv.borrow_mut() = None;
    }

    /// Lets the next `steps` steps of the platform (each a KV operation or a command) succeed, and every later one fail, as if the provider
    /// died there.
    pub fn die_after(&self, steps: usize) {
        self.steps.set(Some(steps));
    }

    /// Lets one step of the platform fail, after so many that succeed: KV or an object is away for a moment.
    pub fn lapse_after(&self, steps: usize) {
        self.lapse.set(Some(steps));
    }

    /// Makes the next write to KV arrive so many turns late.
    pub fn slow_next_put(&self, turns: usize) {
        self.slow_put.set(turns);
    }

    /// Undoes [`Self::die_after`].
    pub fn revive(&self) {
        self.steps.set(None);
    }

    /// Makes an object refuse every call, or takes that back.
    pub fn set_reachable(&self, class: Class, name: &str, reachable: bool) {
        let key = (class.name(), name.to_owned());
        let mut unreachable = self.unreachable.borrow_mut();
        match reachable {
            true => unreachable.remove(&key),
            false => unreachable.insert(key),
        };
    }

    /// The next request comes in at an isolate that has read of no client yet.
    pub fn forget_clients(&self) {
        for id in self.stored(Class::Registration) {
            self.clients.forget(&ClientId(id));
        }
    }

    /// What has been touched since the last call of this.
    pub fn take_touches(&self) -> Touches {
        self.touches.take()
    }

    /// What went wrong on the provider's side.
    pub fn faults(&self) -> Vec<Fault> {
        self.faults.borrow().clone()
    }

    /// The lines of the operator's log since the last call of this.
    pub fn take_lines(&self) -> Vec<String> {
        self.lines.take()
    }

    /// The text of a KV value as it lies there.
    pub fn kv_text(&self, key: &str) -> Option<String> {
        self.kv.borrow().get(key).map(|value| value.text.clone())
    }

    /// Loses everything that lies in KV.
    pub fn lose_kv(&self) {
        self.kv.borrow_mut().clear();
    }

    /// Puts a text into KV behind the provider's back.
    pub fn set_kv(&self, key: &str, text: &str) {
        let value = KvValue {
            text: text.to_owned(),
            ends_at: None,
        };
        self.kv.borrow_mut().insert(key.to_owned(), value);
    }

    /// Everything that lies in storage, as text: KV and every table of every object.
    pub fn dump(&self) -> String {
        let mut dump = String::new();
        for (key, value) in self.kv.borrow().iter() {
            dump += &format!("kv {key} = {}\n", value.text);
        }
        for ((class, name), sql) in self.objects.borrow().iter() {
            dump += &format!("{class} {name}\n{}", sql.dump());
        }
        dump
    }
}
