//! Sends allowed requests to their backends, and records how they end.

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::js_sys::Promise;

use super::answering::{self, Seen};
use super::forward;
use super::isolate::{Isolate, Serving};
use super::under_way::UnderWay;
use crate::pipeline::{End, Incoming};
use crate::rejection::{Rejection, RejectionContext, RejectionResponse};
use crate::upstream::{Forward, MAX_FIELD_NAMES};

/// The time after a backend's time limit for which a slot is kept, in milliseconds. By then,
/// JavaScript has reported the end, or the caller is gone and no report will come.
const GRACE_MILLIS: u64 = 10_000;

/// Sends a request to its backend. Resolves to the backend's response or, if the backend fails, to
/// a rejection.
pub(super) fn send(
    serving: &Serving,
    request: &Request,
    forward: &Forward,
    mut judged: UnderWay,
    access_token: Option<&str>,
) -> Promise {
    let config = serving.gateway.config();
    judged.is_logged = serving.log.is_due();
    let reports = serving.log.takes(judged.is_logged);
    let limit = config.upstreams.get(forward.upstream()).map_or(0, |u| u.timeout_millis);
    let since = judged.since;
    let expires_at = since.plus(u64::from(limit)).plus(GRACE_MILLIS);
    let slot = serving.under_way.borrow_mut().insert(since, expires_at, judged);
    let values = forward::values(config, forward, access_token);
    forward::forward(request, slot, forward.upstream(), reports, &values)
}

/// Records the end of a request, which JavaScript reports once for each slot: the backend's `status`
/// or, if the request failed, one of the failures `body`, `headers`, `method`, `timeout` and
/// `unreachable`. `millis` are the milliseconds until then. Returns the response to a request that
/// failed.
///
/// The end of an unknown slot is not recorded. A slot is unknown if it belongs to a WebAssembly
/// instance that has trapped, or if the caller took longer to send an empty body than the time for
/// which the slot was kept.
#[wasm_bindgen]
pub fn ended(slot: u32, status: u16, failure: Option<String>, millis: u32) -> Option<Response> {
    let rejection = failure.as_deref().map(|failure| match failure {
        "body" => Rejection::BodyNotAllowed,
        "headers" => Rejection::HeadersTooMany { most: MAX_FIELD_NAMES },
        "method" => Rejection::MethodAmbiguous,
        "timeout" => Rejection::UpstreamTimeout,
        _ => Rejection::UpstreamUnreachable,
    });
    let known = match Isolate::known() {
        Some(Isolate::Serving(serving)) => {
            let under_way = serving.under_way.borrow_mut().take(slot);
            under_way.map(|under_way| (serving, under_way))
        }
        _ => None,
    };
    match (known, rejection) {
        (Some((serving, under_way)), None) => {
            allowed(&serving, &under_way, status, millis);
            None
        }
        (Some((serving, under_way)), Some(rejection)) => {
            // Every other failure is one of the request, found before the backend is asked.
            let was_asked =
                matches!(rejection, Rejection::UpstreamTimeout | Rejection::UpstreamUnreachable);
            let millis = was_asked.then_some(millis);
            Some(failed(&serving, &under_way, &rejection, millis))
        }
        (None, None) => None,
        (None, Some(rejection)) => {
            let context = RejectionContext::without_providers("", false);
            Some(answering::unrecorded(&RejectionResponse::new(&rejection, &context)))
        }
    }
}

/// Refuses a request whose backend failed.
pub(super) fn failed(
    serving: &Serving,
    under_way: &UnderWay,
    rejection: &Rejection,
    upstream_millis: Option<u32>,
) -> Response {
    let incoming = under_way.request.incoming();
    let response = serving.gateway.reject(&incoming, rejection);
    answering::reject(&seen(serving, under_way, &incoming), &response, upstream_millis)
}

fn allowed(serving: &Serving, under_way: &UnderWay, status: u16, upstream_millis: u32) {
    let incoming = under_way.request.incoming();
    let seen = seen(serving, under_way, &incoming);
    seen.record(under_way.is_logged, End::Allowed, status, Some(upstream_millis));
}

fn seen<'a>(serving: &'a Serving, under_way: &'a UnderWay, incoming: &'a Incoming<'a>) -> Seen<'a> {
    let config = Some(serving.gateway.config());
    Seen { config, log: &serving.log, incoming, record: &under_way.record }
}
