//! How long the provider waits for what it stands on. An object that has crashed may never answer; the person at the other end must be answered.

use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Duration;
use worker::Delay;

const PATIENCE: Duration = Duration::from_secs(10);

/// What a future gives; `None` where it gives nothing in time.
pub async fn patiently<T>(future: impl Future<Output = T>) -> Option<T> {
    within(PATIENCE, future).await
}

/// What a future gives; `None` where it gives nothing within a time.
pub async fn within<T>(time: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), pin!(Delay::from(time))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(_) => None,
    }
}
