//! Whether the provider can do its work, for whoever watches over it: `GET /health`.

use crate::admin::guard;
use crate::error::{Error, ErrorCode};
use crate::http::{Request, Response};
use crate::oauth::params::Params;
use crate::platform::Platform;
use crate::platform::ring::KEYS_IN_KV;
use serde_json::json;

/// Where it is asked.
pub const PATH: &str = "/health";

/// GET: 200 where Workers KV answers and the keys are there, else 503 with the parts that do not answer. `deep=1`, for the operator alone, asks the key ring's
/// object too, which nothing else does while an isolate has keys.
pub async fn health<P: Platform>(platform: &P, request: &Request) -> Result<Response, Error> {
    let query = Params::parse(&request.query).unwrap_or_default();
    let is_deep = query.one("deep").ok().flatten() == Some("1");
    if is_deep && let Some(refused) = guard::authorize(platform, request).await? {
        return Ok(refused);
    }
    let mut silent = Vec::new();
    let kv = Box::pin(async { platform.kv_get(KEYS_IN_KV).await.is_ok() });
    if !platform.answers(kv).await {
        silent.push("kv");
    }
    let keys = Box::pin(async {
        match is_deep {
            true => platform.key_ring(false).await.is_ok(),
            false => platform.keys().await.is_ok(),
        }
    });
    if !platform.answers(keys).await {
        silent.push("keys");
    }
    Ok(match silent.is_empty() {
        true => Response::json(200, &json!({ "status": "ok" })),
        false => {
            let code = ErrorCode::TemporarilyUnavailable;
            Response::json(code.status(), &json!({ "status": "unavailable", "silent": silent })).with_outcome(code.as_str())
        }
    })
}
