//! What Workers ask that the operator has bound to this one: `guard.js` has the methods.

use crate::edge::bindings::Bindings;
use crate::edge::log;
use crate::edge::platform::EdgePlatform;
use crate::edge::task::Outcome;
use crate::endpoint::binding::{self, SessionToken};
use crate::error::{ErrorCode, Fault};
use crate::http::BODY_LIMIT;
use crate::oauth::json;
use crate::platform::Platform;
use crate::platform::log::{Entry, NO_ROUTE};
use crate::session::mint::Claims;
use js_sys::{Error, JSON, JsString, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

/// The methods, as the log has them. The last one is the cron trigger's.
const METHODS: [&str; 4] = ["introspect", "userinfo", "signOut", TEND_KEYS];
const TEND_KEYS: &str = "tendKeys";

/// Answers a `question` by the `method` of that name: see clients/typescript. Throws where the question has not what the method needs.
pub async fn ask(env: Env, method: String, question: JsValue) -> Outcome {
    let platform = EdgePlatform::new(|| Bindings::of(env)).map_err(|fault| {
        log::misconfigured(&fault);
        thrown("the provider is not configured; its log says what is missing")
    })?;
    let begun = platform.milliseconds();
    let request_id = platform.number();
    let answer = dispatch(&platform, &method, &question).await;
    let (status, code) = match &answer {
        Ok(Some(_)) => (200, "ok"),
        Ok(None) => (400, ErrorCode::InvalidRequest.as_str()),
        Err(_) => (503, ErrorCode::TemporarilyUnavailable.as_str()),
    };
    platform.log(&Entry {
        request_id: &request_id,
        method: "RPC",
        route: METHODS.into_iter().find(|name| *name == method).unwrap_or(NO_ROUTE),
        status,
        outcome: code,
        ms: platform.milliseconds().saturating_sub(begun),
        is_document: false,
        client_id: None,
    });
    let answer = answer.map_err(|fault| {
        platform.report(&request_id, &fault);
        thrown(&format!("{code}: the fault is ours; it is logged as {request_id}"))
    })?;
    JSON::parse(&answer.ok_or_else(|| thrown(&format!("{code}: a token is needed")))?)
}

/// The answer as JSON; `None` where the question is none.
async fn dispatch(platform: &EdgePlatform, method: &str, question: &JsValue) -> Result<Option<String>, Fault> {
    let members = ["token", "access_token", "id_token_hint"].map(|name| member(question, name));
    let [token, access_token, hint] = members.each_ref().map(Option::as_deref);
    let session = match (access_token, hint) {
        (Some(token), None) => Some(SessionToken::AccessToken(token)),
        (None, Some(hint)) => Some(SessionToken::IdToken(hint)),
        _ => None,
    };
    let answer = match (method, token, session) {
        ("introspect", Some(token), None) => Some(binding::introspect(platform, token).await?),
        ("userinfo", None, Some(SessionToken::AccessToken(token))) => binding::userinfo(platform, token).await?,
        ("signOut", None, Some(session)) => {
            let signed_out = binding::sign_out(platform, session).await?;
            Some(Claims::from_iter([("signed_out".to_owned(), signed_out.into())]))
        }
        // The key ring makes what is wanted before it answers: keys follow one another even where its alarm has been lost.
        (TEND_KEYS, None, None) => {
            platform.key_ring(false).await?;
            None
        }
        _ => return Ok(None),
    };
    Ok(Some(json::text(&answer)))
}

/// A text among the members of a question. One that is longer than any token is as good as an empty one, and is not copied.
fn member(question: &JsValue, name: &str) -> Option<String> {
    let text: JsString = Reflect::get(question, &name.into()).ok()?.dyn_into().ok()?;
    match usize::try_from(text.length()) {
        Ok(length) if length <= BODY_LIMIT => Some(text.into()),
        _ => Some(String::new()),
    }
}

fn thrown(reason: &str) -> JsValue {
    Error::new(reason).into()
}
