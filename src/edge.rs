//! The shell: what the runtime calls, and everything that touches it.
//!
//! With configuration and keys in memory a request stays synchronous from [`fetch`] to the
//! backend's promise; Rust futures are for the requests that really wait for something.

mod access;
mod attempt;
mod glue;
mod isolate;
mod log;
mod monitor;
mod tenant_call;

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Request;
use worker::js_sys::{Array, Promise};
use worker::{Env, ScheduleContext, ScheduledEvent, event};

use crate::pipeline::{Judgement, Verdict};
use crate::time::UnixMillis;
use isolate::Isolate;

/// The longest pause between two looks at isolate memory while keys are awaited, in milliseconds.
const MAX_PAUSE_MILLIS: u32 = 50;

/// For how long a line that is not about one request waits, in milliseconds: the request that has
/// brought it about goes on first.
const LOG_DELAY_MILLIS: u32 = 50;

type Later = Pin<Box<dyn Future<Output = ()>>>;

/// Sets an isolate up, outside of any event: without clock, randomness, network or log.
#[wasm_bindgen]
pub fn start(env: Env) {
    Isolate::current(&env);
}

/// Answers one request.
#[wasm_bindgen]
pub fn fetch(request: Request, env: Env, context: worker::worker_sys::Context) -> Promise {
    let isolate = Isolate::current(&env);
    let context = worker::Context::new(context);
    announce(&isolate, |later| context.wait_until(later));
    match step(&isolate, &request, &context) {
        Step::Answer(promise) => promise,
        Step::Wait(wait) => future_to_promise(async move {
            let mut wait = wait;
            loop {
                settled(&isolate, wait).await;
                match step(&isolate, &request, &context) {
                    Step::Answer(promise) => return JsFuture::from(promise).await,
                    Step::Wait(next) => wait = next,
                }
            }
        }),
    }
}

/// Refreshes every key source, so that in steady state no request waits for one.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, context: ScheduleContext) {
    let isolate = Isolate::current(&env);
    announce(&isolate, |later| context.wait_until(later));
    for (source, start) in isolate.refresh_all(now()) {
        let isolate = Rc::clone(&isolate);
        context.wait_until(async move {
            if let Some(rest) = attempt::carry_out(&isolate, source, &start).await {
                attempt::conclude(&isolate, source, rest).await;
            }
        });
    }
}

/// Has written what is to be said of the configuration: once, and in an event, since what is logged
/// outside of one is lost. Faults come at once, warnings a little later.
fn announce(isolate: &Isolate, wait_until: impl FnOnce(Later)) {
    let warnings = isolate.announce();
    if !warnings.is_empty() {
        wait_until(Box::pin(async move {
            others_first().await;
            log::risky(&warnings);
        }));
    }
}

/// Lets requests go on before a line is written that is not about one of them.
async fn others_first() {
    // It never rejects.
    let _ = JsFuture::from(glue::pause(LOG_DELAY_MILLIS)).await;
}

enum Step {
    Answer(Promise),
    Wait(Wait),
}

/// What a request waits for: a change of that source's keys, or the end of an attempt.
struct Wait {
    source: usize,
    until: UnixMillis,
    /// [`crate::keys::KeyCache::changes`] when the request was judged.
    seen: u64,
    /// The attempt itself, where this very request carries it out. Another request's promise must
    /// not be awaited: it may be bound to an I/O context that is gone.
    own: Option<Promise>,
}

fn step(isolate: &Rc<Isolate>, request: &Request, context: &worker::Context) -> Step {
    let head = glue::head(request);
    let Judgement { verdict, record } = isolate.judge(&head, now());
    let mut own = None;
    for (source, start) in isolate.take_starts() {
        let (isolate, rest) = (Rc::clone(isolate), Rc::new(Cell::new(None)));
        let attempt = future_to_promise({
            let (isolate, rest) = (Rc::clone(&isolate), Rc::clone(&rest));
            async move {
                rest.set(attempt::carry_out(&isolate, source, &start).await);
                Ok(JsValue::UNDEFINED)
            }
        });
        own = Some(attempt.clone());
        context.wait_until(async move {
            // It never rejects.
            let _ = JsFuture::from(attempt).await;
            if let Some(rest) = rest.take() {
                attempt::conclude(&isolate, source, rest).await;
            }
        });
    }
    match verdict {
        Verdict::Answer(answer) => {
            let response = isolate.answer(&head, &answer, &record);
            Step::Answer(Promise::resolve(&JsValue::from(response)))
        }
        Verdict::Forward(forward) => Step::Answer(match isolate.access(&forward) {
            None => isolate.send(request, &forward, &record, None),
            Some(credentials) => {
                // Not its own `clone`, which would split the body.
                let (isolate, request) = (Rc::clone(isolate), Clone::clone(request));
                let credentials = credentials.clone();
                future_to_promise(async move {
                    tenant_call::send(&isolate, &request, &forward, &record, &credentials).await
                })
            }
        }),
        Verdict::Health { detailed } => {
            let isolate = Rc::clone(isolate);
            Step::Answer(future_to_promise(async move {
                Ok(monitor::answer(&isolate, &head, detailed).await.into())
            }))
        }
        Verdict::Reject(refusal) => {
            let response = isolate.refuse(&head, &refusal, &record, None);
            Step::Answer(Promise::resolve(&JsValue::from(response)))
        }
        Verdict::Wait { source, until } => {
            let seen = isolate.changes(source);
            Step::Wait(Wait { source, until, seen, own })
        }
    }
}

/// Returns when there is reason to look again, or `until` has come.
async fn settled(isolate: &Isolate, wait: Wait) {
    let mut pause = 1;
    while isolate.changes(wait.source) == wait.seen && now() < wait.until {
        let timer = glue::pause(millis_until(wait.until).min(pause));
        let awaited = match &wait.own {
            Some(own) => Promise::race(&Array::of2(own, &timer)),
            None => timer,
        };
        // None of them rejects.
        let _ = JsFuture::from(awaited).await;
        pause = pause.saturating_mul(2).min(MAX_PAUSE_MILLIS);
    }
}

/// Milliseconds from now, at least 1: the runtime's clock stands still until something is awaited.
fn millis_until(moment: UnixMillis) -> u32 {
    u32::try_from(moment.since(now())).unwrap_or(u32::MAX).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the runtime's clock counts whole milliseconds"
)]
fn now() -> UnixMillis {
    UnixMillis::new(worker::js_sys::Date::now() as u64)
}
