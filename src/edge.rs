//! The shell: the functions that the runtime calls, and all code that uses the runtime.
//!
//! A request enters at [`fetch`], and [`judging`] asks the core for a verdict. Then [`sending`]
//! passes the request to `forward.js`, or [`answering`] makes the response. When the backend has
//! answered or failed, JavaScript reports the end to [`sending::ended`]. The other modules serve
//! these.
//!
//! If configuration and keys are in memory, a request stays synchronous from [`fetch`] to the
//! backend's promise. Rust futures serve requests that wait for keys, calls with an access token of
//! the app, and health.

mod access_tokens;
mod answering;
mod clock;
mod environment;
mod exchange;
mod fields;
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
use web_sys::Request;
use worker::js_sys::Promise;
use worker::{Env, ScheduleContext, ScheduledEvent, event};

use head::Head;
use isolate::Isolate;

/// Sets an isolate up. The runtime calls this outside of any event, so that clock, randomness,
/// network and log are not available.
#[wasm_bindgen]
pub fn start(env: Env) {
    Isolate::current(&env);
}

/// Returns a promise of the response to one request.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: worker::worker_sys::Context) -> Promise {
    let context = worker::Context::new(context);
    match Isolate::current(&env) {
        Isolate::Serving(serving) => {
            if !serving.announced.replace(true) {
                log::risky(serving.gateway.config(), |later| context.wait_until(later));
            }
            judging::answer(serving, request, context)
        }
        Isolate::Misconfigured(misconfigured) => {
            misconfigured.announce();
            answering::promise(misconfigured.answer(&Head::read(&request, 0)))
        }
    }
}

/// Refreshes every key source, so that in steady state no request waits for keys.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, context: ScheduleContext) {
    match Isolate::current(&env) {
        Isolate::Serving(serving) => {
            if !serving.announced.replace(true) {
                log::risky(serving.gateway.config(), |later| context.wait_until(later));
            }
            keys::refresh_all(&serving, &context);
        }
        Isolate::Misconfigured(misconfigured) => misconfigured.announce(),
    }
}
