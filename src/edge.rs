//! The shell: what the runtime calls, and everything that touches the runtime.
//!
//! A request enters at [`fetch`]. [`judging`] has it judged; then [`sending`] hands it to
//! `forward.js`, or [`answering`] makes the response. When the backend has answered or failed,
//! JavaScript reports that to [`sending::ended`]. The other modules are the parts that these need.
//!
//! If configuration and keys are in memory, a request stays synchronous from [`fetch`] to the backend's
//! promise. Rust futures are for the requests that really wait for something.

mod access_tokens;
mod answering;
mod clock;
mod environment;
mod exchange;
mod forward;
mod head;
mod health;
mod isolate;
mod judging;
mod keys;
mod kv;
mod log;
mod misconfigured;
mod sending;
mod tenant_call;
mod under_way;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::js_sys::Promise;
use worker::{Env, ScheduleContext, ScheduledEvent, event};

use head::Head;
use isolate::Isolate;

/// Sets an isolate up, outside of any event: without clock, randomness, network or log.
#[wasm_bindgen]
pub fn start(env: Env) {
    Isolate::current(&env);
}

/// Answers one request.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: worker::worker_sys::Context) -> Promise {
    let context = worker::Context::new(context);
    match Isolate::current(&env) {
        Isolate::Serving(serving) => {
            log::announce(&serving.announced, serving.gateway.config(), |later| {
                context.wait_until(later);
            });
            judging::answer(serving, request, context)
        }
        Isolate::Misconfigured(misconfigured) => {
            misconfigured.announce();
            answering::promise(misconfigured.answer(&Head::read(&request, 0)))
        }
    }
}

/// Refreshes every key source, so that in steady state no request waits for one.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, context: ScheduleContext) {
    match Isolate::current(&env) {
        Isolate::Serving(serving) => {
            log::announce(&serving.announced, serving.gateway.config(), |later| {
                context.wait_until(later);
            });
            keys::refresh_all(&serving, &context);
        }
        Isolate::Misconfigured(misconfigured) => misconfigured.announce(),
    }
}

/// JavaScript reports, once for each slot, that a request has ended: the backend's `status`, or a
/// `failure` that is `body`, `timeout` or `unreachable`. Returns the answer to a request that failed.
#[wasm_bindgen]
pub fn ended(slot: u32, status: u16, failure: Option<String>, millis: u32) -> Option<Response> {
    sending::ended(slot, status, failure.as_deref(), millis)
}
