//! Asks the core for a verdict about a request, and carries the verdict out.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::Request;
use worker::Context;
use worker::js_sys::{Array, Promise};

use super::answering::{self, Seen};
use super::clock::{millis_until, now, pause};
use super::head::Head;
use super::isolate::Serving;
use super::under_way::UnderWay;
use super::{health, keys, log, sending, tenant_call};
use crate::pipeline::{Incoming, Judgement, KeptRequest, Verdict};
use crate::time::UnixMillis;
use crate::upstream::Forward;

/// The longest pause between two looks at the isolate's memory while a request waits for keys, in
/// milliseconds.
const MAX_PAUSE_MILLIS: u32 = 50;

/// The result of judging a request.
enum Judged {
    Answer(Promise),
    Wait(Head, Wait),
}

/// The event that a request waits for: a change of a source's keys, or the end of an attempt.
struct Wait {
    source: usize,
    until: UnixMillis,
    /// The value of [`keys::changes`] when the request was judged.
    seen: u64,
    /// The promise of the attempt, if this request carries the attempt out.
    own: Option<Promise>,
}

/// Returns a promise of the response to a request. A Rust future is made if the request waits
/// for keys or an access token, or asks for health.
pub(super) fn answer(serving: Rc<Serving>, request: Request, context: Context) -> Promise {
    let head = Head::read(&request, serving.gateway.read_headers().len());
    for slot in head.unreported() {
        serving.under_way.borrow_mut().take(slot);
    }
    match judge(&serving, &request, &context, head) {
        Judged::Answer(promise) => promise,
        Judged::Wait(head, wait) => future_to_promise(async move {
            let (mut head, mut wait) = (head, wait);
            loop {
                settled(&serving, &wait).await;
                match judge(&serving, &request, &context, head) {
                    Judged::Answer(promise) => return JsFuture::from(promise).await,
                    Judged::Wait(same, next) => (head, wait) = (same, next),
                }
            }
        }),
    }
}

fn judge(serving: &Rc<Serving>, request: &Request, context: &Context, head: Head) -> Judged {
    let gateway = &serving.gateway;
    let incoming = head.incoming(gateway.read_headers());
    let now = now();
    let judgement = gateway.judge(&incoming, &mut serving.keys.borrow_mut(), now);
    let own = keys::carry_out_all(serving, context);
    note(serving, &incoming, &judgement, now);
    let Judgement { verdict, record } = judgement;
    let seen = Seen {
        config: Some(gateway.config()),
        log: &serving.log,
        incoming: &incoming,
        record: &record,
    };
    Judged::Answer(match verdict {
        Verdict::Answer(answer) => answering::promise(answering::answer(&seen, &answer)),
        Verdict::Reject(response) => answering::promise(answering::reject(&seen, &response, None)),
        Verdict::Forward(forward) => {
            let kept = KeptRequest::of(&incoming);
            let judged = UnderWay { request: kept, record, since: now, is_logged: false };
            send(serving, request, forward, judged)
        }
        Verdict::Health { detailed } => {
            let serving = Rc::clone(serving);
            future_to_promise(
                async move { Ok(health::answer(&serving, &head, detailed).await.into()) },
            )
        }
        Verdict::Wait { source, until } => {
            let seen = keys::changes(serving, source);
            return Judged::Wait(head, Wait { source, until, seen, own });
        }
    })
}

/// Logs remarkable events of a request that passes.
fn note(
    serving: &Serving,
    incoming: &Incoming<'_>,
    Judgement { verdict, record }: &Judgement,
    now: UnixMillis,
) {
    if let Some(rejection) = &record.would_refuse {
        log::would_refuse(serving.gateway.config(), incoming, record, rejection, now);
    }
    if let Verdict::Forward(forward) = verdict {
        for header in forward.omitted() {
            log::omitted(header);
        }
    }
}

fn send(serving: &Rc<Serving>, request: &Request, forward: Forward, judged: UnderWay) -> Promise {
    let upstream = serving.gateway.config().upstreams.get(forward.upstream());
    let Some(credentials) = upstream.and_then(|upstream| upstream.client_credentials.clone())
    else {
        return sending::send(serving, request, &forward, judged, None);
    };
    // This clones the reference. `Request::clone` would split the body into two streams.
    let (serving, request) = (Rc::clone(serving), Clone::clone(request));
    future_to_promise(async move {
        tenant_call::send(&serving, &request, &forward, judged, &credentials).await
    })
}

/// Waits until the source has changed, or until the time in `wait`.
async fn settled(serving: &Serving, wait: &Wait) {
    let mut longest = 1;
    while keys::changes(serving, wait.source) == wait.seen && now() < wait.until {
        let timer = pause(millis_until(wait.until).min(longest));
        let awaited = match &wait.own {
            Some(own) => Promise::race(&Array::of2(own, &timer)),
            None => timer,
        };
        // None of these promises rejects.
        let _: Result<JsValue, JsValue> = JsFuture::from(awaited).await;
        longest = longest.saturating_mul(2).min(MAX_PAUSE_MILLIS);
    }
}
