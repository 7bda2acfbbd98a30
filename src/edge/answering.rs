//! Responses that the worker itself makes, and their log lines.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Response;
use worker::js_sys::Promise;

use super::clock::now;
use super::fields::own_values;
use super::log::RequestLog;
use crate::answer::Answer;
use crate::config::Config;
use crate::pipeline::{End, Ended, Incoming, Record};
use crate::rejection::RejectionResponse;

#[wasm_bindgen(module = "/src/edge/answering.js")]
extern "C" {
    /// Returns a response. `values` is what [`own_values`] returns.
    fn respond(status: u16, values: &str, body: &str) -> Response;
}

/// A request, and the data for its log line.
pub(super) struct Seen<'a> {
    /// The configuration, or `None` if it is invalid.
    pub(super) config: Option<&'a Config>,
    pub(super) log: &'a RequestLog,
    pub(super) incoming: &'a Incoming<'a>,
    pub(super) record: &'a Record,
}

/// Turns an answer into a response, and records the end of the request.
pub(super) fn answer(seen: &Seen<'_>, answer: &Answer) -> Response {
    seen.record(seen.log.is_due(), End::Answered, answer.status, None);
    respond(answer.status, &own_values(&answer.headers), &answer.body)
}

/// Turns a rejection into a response, and records the end of the request. If a backend failed,
/// `upstream_millis` is the time until then in milliseconds.
pub(super) fn reject(
    seen: &Seen<'_>,
    response: &RejectionResponse,
    upstream_millis: Option<u32>,
) -> Response {
    seen.record(
        true,
        End::Refused { code: response.code, detail: &response.detail },
        response.status,
        upstream_millis,
    );
    unrecorded(response)
}

/// Turns a rejection into a response, without a record.
pub(super) fn unrecorded(response: &RejectionResponse) -> Response {
    respond(response.status, &own_values(&response.headers), &response.body)
}

/// Returns a promise that has resolved to `response`.
pub(super) fn promise(response: Response) -> Promise {
    Promise::resolve(&JsValue::from(response))
}

impl Seen<'_> {
    /// Writes the log line if `is_logged` is true, and the data point if a dataset is bound.
    pub(super) fn record(
        &self,
        is_logged: bool,
        outcome: End<'_>,
        status: u16,
        upstream_millis: Option<u32>,
    ) {
        if !self.log.takes(is_logged) {
            return;
        }
        let Incoming { method, url, .. } = *self.incoming;
        let ray = self.incoming.ray();
        let ended = Ended { time: now(), ray, method, url, outcome, status, upstream_millis };
        self.log.write(&self.record.line(self.config, &ended), is_logged);
    }
}
