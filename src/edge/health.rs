//! The health answer for a monitor. It reads the isolate's memory and KV, and never asks an issuer.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Response;
use worker::js_sys::{Array, Promise};

use super::answering::{self, Seen};
use super::clock::{now, sleep};
use super::head::Head;
use super::isolate::Serving;
use super::keys;
use crate::pipeline::Record;

/// The time limit for reading KV, in milliseconds.
const LOOK_MILLIS: u64 = 2_000;

/// The pause between two looks at the isolate's memory while another request reads KV, in
/// milliseconds.
const PAUSE_MILLIS: u32 = 5;

/// Answers a request for the health of the keys. If `detailed` is true, the answer describes each
/// source.
pub(super) async fn answer(serving: &Rc<Serving>, head: &Head, detailed: bool) -> Response {
    let deadline = now().plus(LOOK_MILLIS);
    let sources = serving.keys.borrow_mut().look(now());
    if !sources.is_empty() {
        serving.looks_until.set(deadline);
        let looks = Array::new();
        for source in sources {
            let serving = Rc::clone(serving);
            looks.push(&future_to_promise(async move {
                keys::look(&serving, source, deadline).await;
                Ok(JsValue::UNDEFINED)
            }));
        }
        // None of these promises rejects.
        let _ = JsFuture::from(Promise::all(&looks)).await;
        serving.looks_until.take();
    }
    // The runtime does not let a request await the promise of another request.
    while now() < serving.looks_until.get() {
        sleep(PAUSE_MILLIS).await;
    }
    let incoming = head.incoming(serving.gateway.read_headers());
    let is_head = incoming.method == "HEAD";
    let answer = serving.gateway.health(&serving.keys.borrow(), now(), detailed, is_head);
    let config = Some(serving.gateway.config());
    let record = Record::default();
    let seen = Seen { config, log: &serving.log, incoming: &incoming, record: &record };
    answering::answer(&seen, &answer)
}
