//! Work that waits. A task is polled where it is begun, and what needs nothing from elsewhere is answered there and then, without a promise; otherwise
//! it goes on in the very callback of the promise that it has waited for.

use crate::edge::bridge::bridge;
use futures_util::future::{Either, select};
use js_sys::Promise;
use litemap::LiteMap;
use std::cell::{Cell, RefCell};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// How long the provider waits for what it stands on, in milliseconds. An object that has crashed may never answer; the person at the other end must be
/// answered.
const PATIENCE: f64 = 10_000.0;

/// What comes of work: what JavaScript gets, or what it is thrown.
pub type Outcome = Result<JsValue, JsValue>;

type Work = Pin<Box<dyn Future<Output = Outcome>>>;

enum Task {
    Waiting(Work),
    /// It is being polled, and may have been woken meanwhile.
    Running {
        is_woken: bool,
    },
}

/// What a task waits for, by the number that JavaScript has given it.
struct Awaited {
    task: u32,
    until: f64,
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

thread_local! {
    static TASKS: RefCell<LiteMap<u32, Task>> = RefCell::default();
    static AWAITED: RefCell<LiteMap<u32, Awaited>> = RefCell::default();
    static PREPARED: RefCell<LiteMap<u32, Box<dyn FnOnce() -> Outcome>>> = RefCell::default();
    static LAST: Cell<u32> = const { Cell::new(0) };
    static CURRENT: Cell<u32> = const { Cell::new(0) };
}

fn number() -> u32 {
    LAST.set(LAST.get().wrapping_add(1));
    LAST.get()
}

/// Begins a task: its outcome where that is known at once, or the promise of it.
pub fn start(work: impl Future<Output = Outcome> + 'static) -> Outcome {
    let task = number();
    match poll(task, Box::pin(work)) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => Ok(bridge(|bridge| bridge.later(task)).into()),
    }
}

fn poll(task: u32, mut work: Work) -> Poll<Outcome> {
    let waker = Waker::from(Arc::new(Wakes(task)));
    loop {
        TASKS.with_borrow_mut(|tasks| tasks.insert(task, Task::Running { is_woken: false }));
        let outer = CURRENT.replace(task);
        let polled = work.as_mut().poll(&mut Context::from_waker(&waker));
        CURRENT.set(outer);
        if polled.is_ready() {
            TASKS.with_borrow_mut(|tasks| tasks.remove(&task));
            return polled;
        }
        let was_woken = TASKS.with_borrow(|tasks| matches!(tasks.get(&task), Some(Task::Running { is_woken: true })));
        if !was_woken {
            TASKS.with_borrow_mut(|tasks| tasks.insert(task, Task::Waiting(work)));
            return Poll::Pending;
        }
    }
}

struct Wakes(u32);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        let task = self.0;
        let work = TASKS.with_borrow_mut(|tasks| match tasks.remove(&task)? {
            Task::Waiting(work) => Some(work),
            Task::Running { .. } => {
                tasks.insert(task, Task::Running { is_woken: true });
                None
            }
        });
        if let Some(work) = work
            && let Poll::Ready(outcome) = poll(task, work)
        {
            let is_kept = outcome.is_ok();
            bridge(|bridge| bridge.finish(task, is_kept, &outcome.unwrap_or_else(|error| error)));
        }
    }
}

/// What JavaScript has promised under a number: what comes of that.
pub struct Settled(u32);

/// Waits for a promise.
pub fn settled(promise: &Promise) -> Settled {
    Settled::unbounded(bridge(|bridge| bridge.watch(promise)))
}

/// Waits for a promise of something that the provider stands on: it counts as broken where it is not kept within [`PATIENCE`].
pub fn patiently(promise: &Promise) -> Settled {
    Settled::patient(bridge(|bridge| bridge.watch(promise)))
}

impl Settled {
    fn new(awaited: u32, until: f64) -> Self {
        let entry = Awaited {
            task: CURRENT.get(),
            until,
            outcome: None,
            waker: None,
        };
        AWAITED.with_borrow_mut(|all| all.insert(awaited, entry));
        Self(awaited)
    }

    /// Waits as long as it takes.
    pub fn unbounded(awaited: u32) -> Self {
        Self::new(awaited, f64::INFINITY)
    }

    /// Waits as [`patiently`] does.
    pub fn patient(awaited: u32) -> Self {
        Self::new(awaited, js_sys::Date::now() + PATIENCE)
    }
}

impl Future for Settled {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        AWAITED.with_borrow_mut(|all| {
            let Some(entry) = all.get_mut(&self.0) else {
                return Poll::Ready(Err(JsValue::UNDEFINED));
            };
            match entry.outcome.take() {
                Some(outcome) => Poll::Ready(outcome),
                None => {
                    entry.waker = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        AWAITED.with_borrow_mut(|all| all.remove(&self.0));
    }
}

/// A promise has been kept or broken.
#[wasm_bindgen(js_name = settled)]
pub fn note_settled(awaited: u32, is_kept: bool, value: JsValue) {
    let waker = AWAITED.with_borrow_mut(|all| {
        let entry = all.get_mut(&awaited)?;
        entry.outcome = Some(if is_kept { Ok(value) } else { Err(value) });
        entry.waker.take()
    });
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// A task has been waiting for a while: for some of it perhaps too long.
#[wasm_bindgen]
pub fn overdue(task: u32) {
    let now = js_sys::Date::now();
    let wakers: Vec<Waker> = AWAITED.with_borrow_mut(|all| {
        let late = all
            .iter_mut()
            .map(|(_, entry)| entry)
            .filter(|entry| entry.task == task && entry.until < now && entry.outcome.is_none());
        late.filter_map(|entry| {
            entry.outcome = Some(Err("no answer in time".into()));
            entry.waker.take()
        })
        .collect()
    });
    wakers.into_iter().for_each(Waker::wake);
}

/// Nobody goes on with a task any more: what it holds goes.
#[wasm_bindgen]
pub fn forget(task: u32) {
    // It may wait for something by what is dropped with it.
    let forgotten = TASKS.with_borrow_mut(|tasks| tasks.remove(&task));
    drop(forgotten);
}

/// What a future gives; `None` where it gives nothing within a time.
pub async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(sleep(time))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}

/// Waits for a time.
pub async fn sleep(time: Duration) {
    struct Sleep(u32);
    impl Drop for Sleep {
        fn drop(&mut self) {
            bridge(|bridge| bridge.wake(self.0));
        }
    }
    let sleep = Sleep(bridge(|bridge| bridge.sleep(time.as_secs_f64() * 1000.0)));
    // A timer always comes.
    let _ = Settled::unbounded(sleep.0).await;
}

/// Makes work ready for JavaScript, which begins it by its number.
pub fn prepare(work: impl FnOnce() -> Outcome + 'static) -> u32 {
    let number = number();
    PREPARED.with_borrow_mut(|all| all.insert(number, Box::new(work)));
    number
}

/// Does what has been made ready.
#[wasm_bindgen]
pub fn perform(work: u32) -> Outcome {
    match PREPARED.with_borrow_mut(|all| all.remove(&work)) {
        Some(work) => work(),
        None => Err(JsValue::UNDEFINED),
    }
}
