//! The entry points: the fetch event and the four classes of Durable Objects.

use crate::edge::object::Runtime;
use crate::edge::platform::EdgePlatform;
use crate::edge::{convert, key_ring, log, sender};
use crate::object::Class;
use crate::router;
use std::rc::Rc;
use worker::{Context, DurableObject, Env, Request, Response, Result, State, durable_object, event};

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _context: Context) -> Result<web_sys::Response> {
    let platform = match EdgePlatform::new(env) {
        Ok(platform) => platform,
        Err(fault) => {
            log::misconfigured(&fault);
            return convert::misconfigured();
        }
    };
    let request = convert::request(request).await;
    let response = router::answer(&platform, platform.site(), &request).await;
    convert::response(response)
}

#[durable_object(alarm)]
pub struct UserSession(Rc<Runtime>);

impl DurableObject for UserSession {
    fn new(state: State, env: Env) -> Self {
        Self(Rc::new(Runtime::new(Class::UserSession, state, env)))
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        self.0.answer(request).await
    }

    async fn alarm(&self) -> Result<Response> {
        sender::start(&self.0)?;
        self.0.wake().await
    }
}

#[durable_object(alarm)]
pub struct Registration(Runtime);

impl DurableObject for Registration {
    fn new(state: State, env: Env) -> Self {
        Self(Runtime::new(Class::Registration, state, env))
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        self.0.answer(request).await
    }

    async fn alarm(&self) -> Result<Response> {
        self.0.wake().await
    }
}

#[durable_object(alarm)]
pub struct Pending(Runtime);

impl DurableObject for Pending {
    fn new(state: State, env: Env) -> Self {
        Self(Runtime::new(Class::Pending, state, env))
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        self.0.answer(request).await
    }

    async fn alarm(&self) -> Result<Response> {
        self.0.wake().await
    }
}

#[durable_object(alarm)]
pub struct KeyRing(Rc<Runtime>);

impl DurableObject for KeyRing {
    fn new(state: State, env: Env) -> Self {
        Self(Rc::new(Runtime::new(Class::KeyRing, state, env)))
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        key_ring::answer(&self.0, request).await
    }

    async fn alarm(&self) -> Result<Response> {
        key_ring::wake(&self.0).await
    }
}
