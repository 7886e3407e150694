//! What the operator has bound to the Worker, looked up once for an isolate.

use crate::config::{Log, audit_lifetime};
use crate::edge::counters::Dataset;
use crate::edge::kv::KvNamespace;
use crate::edge::limiter::Limiter;
use crate::object::Class;
use js_sys::{JSON, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

/// The bindings of wrangler.toml.
pub struct Bindings {
    env: Env,
    /// `KV`.
    pub kv: Option<KvNamespace>,
    /// `ANALYTICS`.
    pub dataset: Option<Dataset>,
    /// `RATE_LIMITER`.
    pub limiter: Option<Limiter>,
    /// `LOG`. What cannot be read hides nothing.
    pub log: Log,
    /// `AUDIT_LIFETIME`, in seconds. A value that makes no sense has stopped the provider already.
    pub audit_lifetime: i64,
    objects: [JsValue; 4],
}

thread_local! {
    static BINDINGS: RefCell<Option<Rc<Bindings>>> = const { RefCell::new(None) };
}

impl Bindings {
    /// Those of an environment; every one of an isolate is the same.
    pub fn of(env: Env) -> Rc<Self> {
        if let Some(known) = BINDINGS.with_borrow(Clone::clone) {
            return known;
        }
        let bindings = Rc::new(Self {
            kv: object(&env, "KV"),
            dataset: object(&env, "ANALYTICS"),
            limiter: object(&env, "RATE_LIMITER"),
            log: Log::read(variable(&env, "LOG").as_deref()).unwrap_or(Log::All),
            audit_lifetime: audit_lifetime(variable(&env, "AUDIT_LIFETIME")).unwrap_or_default(),
            objects: ["USERS", "REGISTRATIONS", "PENDING", "KEYS"].map(|name| object(&env, name).unwrap_or(JsValue::UNDEFINED)),
            env,
        });
        BINDINGS.set(Some(Rc::clone(&bindings)));
        bindings
    }

    /// A variable or secret of the Worker. What wrangler.toml has without quotes, a number or a table, counts as its JSON.
    pub fn variable(&self, name: &str) -> Option<String> {
        variable(&self.env, name)
    }

    /// The objects of a class.
    pub fn objects(&self, class: Class) -> &JsValue {
        let [users, registrations, pending, keys] = &self.objects;
        match class {
            Class::UserSession => users,
            Class::Registration => registrations,
            Class::Pending => pending,
            Class::KeyRing => keys,
        }
    }
}

fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &name.into()).ok()?;
    value.as_string().or_else(|| JSON::stringify(&value).ok()?.as_string())
}

fn object<T: JsCast>(env: &Env, name: &str) -> Option<T> {
    let binding = Reflect::get(env, &name.into()).ok()?;
    binding.is_object().then(|| binding.unchecked_into())
}
