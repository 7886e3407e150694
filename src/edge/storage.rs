//! What a Durable Object is given: its state, its storage, and what it remembers while it is in memory.

use crate::edge::bridge::bridge;
use crate::edge::task::{Outcome, Settled, prepare, settled, start};
use crate::oauth::time::Timestamp;
use js_sys::Promise;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The `ctx` of an object.
    #[derive(Clone)]
    pub type ObjectState;

    #[wasm_bindgen(method, getter)]
    pub fn storage(this: &ObjectState) -> Storage;

    #[wasm_bindgen(method, catch, js_name = waitUntil)]
    fn wait_for(this: &ObjectState, promise: &JsValue) -> Result<(), JsValue>;

    /// Its storage.
    #[derive(Clone)]
    pub type Storage;

    #[wasm_bindgen(method, catch, js_name = getAlarm)]
    fn alarm(this: &Storage) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn wake_at(this: &Storage, milliseconds: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    fn clear(this: &Storage) -> Result<Promise, JsValue>;

    /// What an object knows until it leaves memory. It outlives the wasm instance.
    #[derive(Clone)]
    pub type Memory;

    /// When the alarm is known to be set for, in seconds.
    #[wasm_bindgen(method, getter)]
    pub fn alarm(this: &Memory) -> Option<f64>;

    #[wasm_bindgen(method, setter)]
    pub fn set_alarm(this: &Memory, seconds: Option<f64>);

    /// Whether it is known to be in the operator's epoch: another one comes with a deployment, which ends every object in memory.
    #[wasm_bindgen(method, getter, js_name = hasEntered)]
    pub fn has_entered(this: &Memory) -> Option<bool>;

    #[wasm_bindgen(method, setter, js_name = hasEntered)]
    pub fn set_has_entered(this: &Memory, has_entered: bool);

    /// Whether it is known to hold something.
    #[wasm_bindgen(method, getter)]
    pub fn exists(this: &Memory) -> Option<bool>;

    #[wasm_bindgen(method, setter)]
    pub fn set_exists(this: &Memory, exists: bool);
}

impl ObjectState {
    /// Goes on with some work after what has come is answered.
    pub fn wait_until(&self, work: impl Future<Output = Outcome> + 'static) -> Result<(), JsValue> {
        self.wait_for(&start(work)?)
    }

    /// Does some work while nothing else reaches the object; `None` where it came to no end.
    pub async fn block_concurrency_while<T: 'static>(
        &self,
        work: impl Future<Output = Result<T, JsValue>> + 'static,
    ) -> Result<Option<T>, JsValue> {
        let made = Rc::new(RefCell::new(None));
        let slot = Rc::clone(&made);
        let work = async move {
            slot.replace(Some(work.await?));
            Ok(JsValue::UNDEFINED)
        };
        let work = prepare(|| start(work));
        Settled::unbounded(bridge(|bridge| bridge.block(self, work))?).await?;
        Ok(made.take())
    }
}

impl Storage {
    /// When the object is to wake.
    pub async fn get_alarm(&self) -> Result<Option<Timestamp>, JsValue> {
        let at = settled(&self.alarm()?).await?;
        Ok(at.as_f64().map(|milliseconds| Timestamp((milliseconds / 1000.0).floor() as i64)))
    }

    /// Wakes the object at a moment.
    pub async fn set_alarm(&self, at: Timestamp) -> Result<(), JsValue> {
        settled(&self.wake_at(at.0 as f64 * 1000.0)?).await.map(drop)
    }

    /// Removes everything.
    pub async fn delete_all(&self) -> Result<(), JsValue> {
        settled(&self.clear()?).await.map(drop)
    }
}
