//! Answers a monitor from memory and, now and then, the shared store; never from an issuer.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Response;
use worker::js_sys::{Array, Promise};

use super::isolate::Isolate;
use super::{attempt, glue, now};

/// How long a look into the store may take, in milliseconds.
const LOOK_MILLIS: u64 = 2_000;

/// How long to wait between two looks at memory, in milliseconds.
const PAUSE_MILLIS: u32 = 5;

/// The answer to a request for the state of the keys.
pub(super) async fn answer(isolate: &Rc<Isolate>, head: &str, detailed: bool) -> Response {
    let deadline = now().plus(LOOK_MILLIS);
    let sources = isolate.look(now(), deadline);
    if !sources.is_empty() {
        let looks = Array::new();
        for source in sources {
            let isolate = Rc::clone(isolate);
            looks.push(&future_to_promise(async move {
                attempt::look(&isolate, source, deadline).await;
                Ok(JsValue::UNDEFINED)
            }));
        }
        // None of them rejects.
        let _ = JsFuture::from(Promise::all(&looks)).await;
        isolate.looked();
    }
    // Another request's promise must not be awaited.
    while now() < isolate.looks_until() {
        let _ = JsFuture::from(glue::pause(PAUSE_MILLIS)).await;
    }
    isolate.health(head, now(), detailed)
}
