//! What all classes of Durable Objects do: run a command in one transaction, keep the one alarm, deliver what they owe others.

use crate::edge::bindings::Bindings;
use crate::edge::call;
use crate::edge::log;
use crate::edge::platform::EdgePlatform;
use crate::edge::sql::{EdgeSql, in_transaction};
use crate::edge::storage::{Memory, ObjectState};
use crate::edge::thrown;
use crate::error::Fault;
use crate::oauth::time::Timestamp;
use crate::object::sql::SqlFault;
use crate::object::{Access, Class, Envelope, Posting, RunFault, Sweep, exists, outbox, read_call};
use crate::objects;
use crate::platform::Platform;
use std::fmt::Display;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use worker::Env;

/// A Durable Object of some class, about one call or alarm.
pub struct Runtime {
    class: Class,
    /// The object's state and storage.
    pub state: ObjectState,
    /// The Worker's bindings.
    pub bindings: Rc<Bindings>,
    sql: EdgeSql,
}

impl Runtime {
    /// The object as the runtime gives it.
    pub fn new(class: Class, env: Env, state: ObjectState, memory: Memory) -> Self {
        let bindings = Bindings::of(env);
        let sql = EdgeSql {
            storage: state.storage(),
            audit_lifetime: bindings.audit_lifetime,
            memory,
            wake_by: Rc::default(),
        };
        Self {
            class,
            state,
            bindings,
            sql,
        }
    }

    /// The object's database.
    pub fn sql(&self) -> &EdgeSql {
        &self.sql
    }

    /// What a request would run on here.
    pub fn platform(&self) -> Result<EdgePlatform, Fault> {
        EdgePlatform::new(|| Rc::clone(&self.bindings))
    }

    /// Runs `work` in one transaction.
    pub fn transaction<T: 'static>(&self, work: impl FnOnce(&EdgeSql) -> Result<T, SqlFault> + 'static) -> Result<T, SqlFault> {
        in_transaction(self.sql.clone(), work)
    }

    /// Answers a call; `None` where there was a fault, which is in the log. Nothing waits until the transaction has ended, so nothing comes between.
    pub async fn answer(&self, call: &str) -> Option<String> {
        match read_call(call) {
            Ok(call) => self.answer_call(call).await,
            Err(fault) => self.refuse(&fault),
        }
    }

    /// Answers a call that has been read.
    pub async fn answer_call(&self, call: Envelope) -> Option<String> {
        let posting = call.posting;
        match self.run(call) {
            Ok(answer) => match self.follow(posting).await {
                Ok(()) => Some(answer),
                Err(error) => self.refuse(&thrown(&error)),
            },
            Err(fault) => self.refuse(&fault),
        }
    }

    fn refuse(&self, fault: &impl Display) -> Option<String> {
        self.report(fault);
        None
    }

    /// Does what a command has wanted to happen after it.
    async fn follow(&self, posting: Posting) -> Result<(), JsValue> {
        self.set_alarm().await?;
        match posting {
            Posting::BeforeAnswer => self.deliver().await,
            Posting::ByAlarm => Ok(()),
        }
    }

    fn run(&self, call: Envelope) -> Result<String, RunFault> {
        let class = self.class;
        let epoch = self.epoch();
        if epoch.is_none() && call.access == Access::Reads {
            return objects::dispatch(class, &self.sql, &call, now());
        }
        let answer = self.transaction(move |sql| {
            if let Some(epoch) = epoch {
                objects::enter(class, sql, epoch, now())?;
            }
            // A call that is not understood writes nothing, so it needs no rollback.
            match objects::dispatch(class, sql, &call, now()) {
                Ok(answer) => Ok(Ok(answer)),
                Err(RunFault::Sql(fault)) => Err(fault),
                Err(fault) => Ok(Err(fault)),
            }
        })??;
        if epoch.is_some() {
            self.sql.memory.set_has_entered(true);
        }
        Ok(answer)
    }

    /// The epoch that the object may not be in yet.
    fn epoch(&self) -> Option<Timestamp> {
        match self.sql.memory.has_entered() {
            Some(true) => None,
            _ => Some(self.platform().ok()?.config().epoch),
        }
    }

    /// Nothing is known of the next alarm.
    pub fn alarm_has_come(&self) {
        self.sql.memory.set_alarm(None);
    }

    /// The alarm has come: what is due is delivered, and what has ended is removed. It may come more than once, and comes again where this fails.
    pub async fn wake(&self) -> Result<(), JsValue> {
        let done = self.tend().await;
        if let Err(error) = &done {
            self.report(&thrown(error));
        }
        done
    }

    async fn tend(&self) -> Result<(), JsValue> {
        self.alarm_has_come();
        self.deliver().await?;
        let class = self.class;
        let swept = self.transaction(move |sql| objects::sweep(class, sql, now()));
        if swept.map_err(failed)? == Sweep::DeleteAll {
            self.sql.memory.set_exists(false);
            self.sql.storage.delete_all().await?;
        }
        self.set_alarm().await
    }

    /// Delivers what is due. What is not answered stays and is tried again.
    async fn deliver(&self) -> Result<(), JsValue> {
        let sql = self.sql();
        if !exists(sql).map_err(failed)? {
            return Ok(());
        }
        let due = outbox::due(sql, now()).map_err(failed)?;
        let calls = due
            .iter()
            .map(|delivery| call::send(&self.bindings, delivery.class, &delivery.name, &delivery.call));
        let answers = futures_util::future::join_all(calls).await;
        for (delivery, answer) in due.iter().zip(answers) {
            match answer {
                Ok(_) => outbox::delivered(sql, delivery),
                Err(fault) => {
                    self.report(&fault);
                    outbox::failed(sql, delivery, now())
                }
            }
            .map_err(failed)?;
        }
        self.set_alarm().await
    }

    /// Notes something that went wrong at the object itself, for the operator.
    pub fn report(&self, fault: &impl Display) {
        log::fault_of(self.bindings.log, self.class.name(), &fault.to_string());
    }

    /// Sets the one alarm where it has to come sooner than it is set for.
    pub async fn set_alarm(&self) -> Result<(), JsValue> {
        let now = now();
        // To look costs less than to write: a call that changes nothing writes nothing, on an object that was dropped from memory as well.
        let known = match self.sql.memory.alarm() {
            Some(known) => Some(Timestamp(known as i64)),
            None => self.sql.storage.get_alarm().await?,
        };
        self.remember(known);
        // A user may have much, which is looked through when an alarm has come or is missing; while there is one, the commands say what they want.
        let next = match (self.class, known) {
            (Class::UserSession, Some(_)) => self.sql.wake_by.take(),
            _ => objects::next_alarm(self.class, self.sql(), now).map_err(failed)?,
        };
        let Some(next) = next.filter(|next| known.is_none_or(|known| *next < known)) else {
            return Ok(());
        };
        self.remember(Some(next));
        self.sql.storage.set_alarm(next.max(now)).await
    }

    fn remember(&self, alarm: Option<Timestamp>) {
        self.sql.memory.set_alarm(alarm.map(|at| at.0 as f64));
    }
}

/// The time at this object.
pub fn now() -> Timestamp {
    Timestamp((js_sys::Date::now() / 1000.0) as i64)
}

/// A fault of the storage, as JavaScript is thrown it.
pub fn failed(fault: impl Display) -> JsValue {
    js_sys::Error::new(&fault.to_string()).into()
}
