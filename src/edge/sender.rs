//! A user's object that owes logout tokens: what back_channel.rs does, on a Durable Object's storage.

use crate::back_channel::{Sender, deliver_all};
use crate::edge::object::{Runtime, failed, now};
use crate::edge::platform::EdgePlatform;
use crate::edge::sql::EdgeSql;
use crate::edge::thrown;
use crate::error::Fault;
use crate::oauth::ids::UserId;
use crate::object::sql::SqlFault;
use crate::object::{exists, meta};
use crate::session::delivery::{self, Delivery, Outcome};
use std::rc::Rc;
use wasm_bindgen::JsValue;

struct EdgeSender {
    runtime: Rc<Runtime>,
    platform: EdgePlatform,
    user: UserId,
}

/// Starts what is due. The object goes on with other things meanwhile: whoever signs out next does not wait for a client that does not answer.
pub fn start(runtime: &Rc<Runtime>) -> Result<(), JsValue> {
    let Some(user) = name_with_deliveries(runtime.sql()).map_err(failed)? else {
        return Ok(());
    };
    let platform = runtime.platform().map_err(failed)?;
    let sender = EdgeSender {
        runtime: Rc::clone(runtime),
        platform,
        user,
    };
    runtime.state.wait_until(async move {
        if let Err(fault) = deliver_all(&sender).await {
            sender.runtime.report(&fault);
        }
        // What has not been taken is due again; what has been under way when this ended comes by its own time.
        if let Err(error) = sender.runtime.set_alarm().await {
            sender.runtime.report(&thrown(&error));
        }
        Ok(JsValue::UNDEFINED)
    })
}

/// Whose object it is, where it has anything to deliver now.
fn name_with_deliveries(sql: &EdgeSql) -> Result<Option<UserId>, SqlFault> {
    if !exists(sql)? || delivery::next(sql)?.is_none_or(|next| now() < next) {
        return Ok(None);
    }
    Ok(meta(sql, "name")?.map(UserId::from_canonical))
}

impl EdgeSender {
    fn transaction<T: 'static>(&self, work: impl FnOnce(&EdgeSql) -> Result<T, SqlFault> + 'static) -> Result<T, Fault> {
        self.runtime.transaction(work).map_err(|fault| Fault::Object {
            class: "UserSession",
            reason: fault.to_string(),
        })
    }
}

impl Sender for EdgeSender {
    type Platform = EdgePlatform;

    fn platform(&self) -> &EdgePlatform {
        &self.platform
    }

    fn user(&self) -> &UserId {
        &self.user
    }

    fn take_up(&self) -> Result<Option<Delivery>, Fault> {
        self.transaction(|sql| delivery::take_up(sql, now()))
    }

    fn note(&self, delivery: &Delivery, outcome: &Outcome) -> Result<(), Fault> {
        let (delivery, outcome) = (delivery.clone(), outcome.clone());
        self.transaction(move |sql| delivery::note(sql, &delivery, &outcome, now()))
    }
}
