//! What all classes of Durable Objects do: run a command in one transaction, keep the one alarm, deliver what they owe others.

use crate::config::audit_lifetime;
use crate::edge::call;
use crate::edge::log;
use crate::edge::platform::EdgePlatform;
use crate::edge::sql::{EdgeSql, in_transaction};
use crate::edge::variable;
use crate::oauth::time::Timestamp;
use crate::object::sql::SqlFault;
use crate::object::{Class, Posting, RunFault, Sweep, exists, outbox, read_call};
use crate::objects;
use crate::platform::Platform;
use std::cell::Cell;
use std::fmt::Display;
use std::rc::Rc;
use worker::{Env, Request, Response, Result, State};

/// A Durable Object of some class.
pub struct Runtime {
    class: Class,
    /// The object's state and storage.
    pub state: State,
    /// The Worker's bindings.
    pub env: Env,
    audit_lifetime: i64,
    /// What the commands have wanted since the alarm was set last.
    wake_by: Rc<Cell<Option<Timestamp>>>,
    /// When the alarm is known to be set for; in memory only, so it may be unknown.
    alarm: Cell<Option<Timestamp>>,
    /// Whether it is known to be in the operator's epoch: another one comes with a deployment, which ends every object in memory.
    has_entered: Cell<bool>,
}

impl Runtime {
    /// The object as the runtime makes it.
    pub fn new(class: Class, state: State, env: Env) -> Self {
        Self {
            class,
            // A value that makes no sense has stopped the provider already.
            audit_lifetime: audit_lifetime(variable(&env, "AUDIT_LIFETIME")).unwrap_or_default(),
            state,
            env,
            wake_by: Rc::default(),
            alarm: Cell::new(None),
            has_entered: Cell::new(false),
        }
    }

    /// The object's database.
    pub fn sql(&self) -> EdgeSql {
        EdgeSql {
            storage: self.state.storage().sql(),
            audit_lifetime: self.audit_lifetime,
            wake_by: Rc::clone(&self.wake_by),
        }
    }

    /// Runs `work` in one transaction.
    pub fn transaction<T: 'static>(
        &self,
        work: impl FnOnce(&EdgeSql) -> std::result::Result<T, SqlFault> + 'static,
    ) -> std::result::Result<T, SqlFault> {
        in_transaction(&self.state.storage(), self.sql(), work)
    }

    /// Answers one call. The body is awaited first; from then until the transaction ends nothing waits, so nothing comes between.
    pub async fn answer(&self, mut request: Request) -> Result<Response> {
        let call = request.text().await?;
        self.answer_call(&call).await
    }

    /// Answers a call whose body has been read.
    pub async fn answer_call(&self, call: &str) -> Result<Response> {
        match self.run(call) {
            Ok((answer, posting)) => {
                self.set_alarm().await?;
                if posting == Posting::BeforeAnswer {
                    self.deliver().await?;
                }
                Response::ok(answer)
            }
            Err(fault) => {
                self.report(&fault);
                Response::error("fault", 500)
            }
        }
    }

    /// Runs a call that is on its way or made here.
    pub fn run(&self, call: &str) -> std::result::Result<(String, Posting), RunFault> {
        let posting = read_call(call)?.posting;
        let class = self.class;
        let call = call.to_owned();
        let epoch = self.epoch();
        let answer = self.transaction(move |sql| {
            if let Some(epoch) = epoch {
                objects::enter(class, sql, epoch, now())?;
            }
            // A call that is not understood writes nothing, so it needs no rollback.
            match read_call(&call).and_then(|envelope| objects::dispatch(class, sql, &envelope, now())) {
                Ok(answer) => Ok(Ok(answer)),
                Err(RunFault::Sql(fault)) => Err(fault),
                Err(fault) => Ok(Err(fault)),
            }
        })??;
        self.has_entered.set(true);
        Ok((answer, posting))
    }

    /// The epoch that the object may not be in yet.
    fn epoch(&self) -> Option<Timestamp> {
        if self.has_entered.get() {
            return None;
        }
        let platform = EdgePlatform::new(self.env.clone()).ok()?;
        Some(platform.config().epoch)
    }

    /// Nothing is known of the next alarm.
    pub fn alarm_has_come(&self) {
        self.alarm.set(None);
    }

    /// The alarm has come: what is due is delivered, and what has ended is removed. It may come more than once, and comes again where this fails.
    pub async fn wake(&self) -> Result<Response> {
        let done = self.tend().await;
        if let Err(error) = &done {
            self.report(error);
        }
        done
    }

    async fn tend(&self) -> Result<Response> {
        self.alarm_has_come();
        self.deliver().await?;
        let class = self.class;
        let swept = self.transaction(move |sql| objects::sweep(class, sql, now()));
        if swept.map_err(worker_error)? == Sweep::DeleteAll {
            self.state.storage().delete_all().await?;
        }
        self.set_alarm().await?;
        Response::empty()
    }

    /// Delivers what is due. What is not answered stays and is tried again.
    async fn deliver(&self) -> Result<()> {
        let sql = self.sql();
        if !exists(&sql).map_err(worker_error)? {
            return Ok(());
        }
        let due = outbox::due(&sql, now()).map_err(worker_error)?;
        let calls = due
            .iter()
            .map(|delivery| call::send(&self.env, delivery.class, &delivery.name, &delivery.call));
        let answers = futures_util::future::join_all(calls).await;
        for (delivery, answer) in due.iter().zip(answers) {
            match answer {
                Ok(_) => outbox::delivered(&sql, delivery),
                Err(fault) => {
                    self.report(&fault);
                    outbox::failed(&sql, delivery, now())
                }
            }
            .map_err(worker_error)?;
        }
        self.set_alarm().await
    }

    /// Notes something that went wrong at the object itself, for the operator.
    pub fn report(&self, fault: &impl Display) {
        log::fault_of(&self.env, self.class.name(), &fault.to_string());
    }

    /// Sets the one alarm where it has to come sooner than it is set for.
    pub async fn set_alarm(&self) -> Result<()> {
        let storage = self.state.storage();
        let now = now();
        // To look costs less than to write: a call that changes nothing writes nothing, on an object that was dropped from memory as well.
        let known = match self.alarm.get() {
            Some(known) => Some(known),
            None => storage.get_alarm().await?.map(|at| Timestamp(at.div_euclid(1000))),
        };
        self.alarm.set(known);
        // A user may have much, which is looked through when an alarm has come or is missing; while there is one, the commands say what they want.
        let next = match (self.class, known) {
            (Class::UserSession, Some(_)) => self.wake_by.take(),
            _ => objects::next_alarm(self.class, &self.sql(), now).map_err(worker_error)?,
        };
        let Some(next) = next else {
            return Ok(());
        };
        let is_soon_enough = known.is_some_and(|known| known <= next);
        self.alarm.set(if is_soon_enough { known } else { Some(next) });
        if !is_soon_enough {
            storage.set_alarm(next.since(now).max(0).saturating_mul(1000)).await?;
        }
        Ok(())
    }
}

/// The time at this object.
pub fn now() -> Timestamp {
    Timestamp((js_sys::Date::now() / 1000.0) as i64)
}

fn worker_error(fault: SqlFault) -> worker::Error {
    worker::Error::RustError(fault.to_string())
}
