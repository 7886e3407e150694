//! Requests to addresses that clients have named. Whoever is there is a stranger: bounded in time and in size, and never followed elsewhere.

use crate::edge::task::{settled, within};
use crate::platform::{FETCH_LIMIT, FETCH_SECONDS};
use js_sys::{Promise, Reflect, Uint8Array};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{RequestCache, RequestInit, RequestRedirect, Response};

#[wasm_bindgen]
extern "C" {
    /// The runtime's `fetch`.
    #[wasm_bindgen(catch, js_name = fetch)]
    fn begin(address: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    type AbortController;

    #[wasm_bindgen(constructor)]
    fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    fn signal(this: &AbortController) -> web_sys::AbortSignal;

    #[wasm_bindgen(method)]
    fn abort(this: &AbortController);

    type Body;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Body) -> Result<Reader, JsValue>;

    type Reader;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<Promise, JsValue>;
}

/// What stands at an address; `None` where it is not there with status 200, in time, and small enough.
pub async fn fetch(address: &str) -> Option<Vec<u8>> {
    bounded(address, &RequestInit::new(), document).await?
}

/// Posts a form; the status of the answer, `None` where none came in time. What else the answer says is not read.
pub async fn post(address: &str, form: &str) -> Option<u16> {
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&form.into());
    let headers = web_sys::Headers::new().ok()?;
    headers.set("content-type", "application/x-www-form-urlencoded").ok()?;
    init.set_headers(&headers);
    bounded(address, &init, async |response| Ok(response.status())).await
}

/// Sends a request and reads what is wanted of the response, in [`FETCH_SECONDS`].
async fn bounded<T>(address: &str, init: &RequestInit, read: impl AsyncFnOnce(Response) -> Result<T, JsValue>) -> Option<T> {
    let controller = AbortController::new();
    // A redirect comes back as itself, and its status is not 200.
    init.set_redirect(RequestRedirect::Manual);
    init.set_cache(RequestCache::NoStore);
    init.set_signal(Some(&controller.signal()));
    let exchange = async { read(settled(&begin(address, init)?).await?.dyn_into()?).await };
    let outcome = within(Duration::from_secs(FETCH_SECONDS), exchange).await;
    // What has not been read by now is not waited for: the connection goes.
    controller.abort();
    outcome?.ok()
}

async fn document(response: Response) -> Result<Option<Vec<u8>>, JsValue> {
    if response.status() != 200 {
        return Ok(None);
    }
    let body = Reflect::get(&response, &"body".into())?;
    if body.is_null() {
        return Ok(Some(Vec::new()));
    }
    let reader = body.unchecked_into::<Body>().reader()?;
    let mut document = Vec::new();
    loop {
        let chunk = settled(&reader.read()?).await?;
        if Reflect::get(&chunk, &"done".into())?.is_truthy() {
            return Ok(Some(document));
        }
        let bytes: Uint8Array = Reflect::get(&chunk, &"value".into())?.dyn_into()?;
        // Whatever the headers say, what counts is what comes. Of a piece that is too large nothing is copied.
        let length = usize::try_from(bytes.length()).unwrap_or(usize::MAX);
        if document.len().saturating_add(length) > FETCH_LIMIT {
            return Ok(None);
        }
        document.extend(bytes.to_vec());
    }
}
