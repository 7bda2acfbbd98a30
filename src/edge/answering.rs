//! Responses of the worker's own, and their log lines.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Response;
use worker::js_sys::Promise;

use super::clock::now;
use super::log::RequestLog;
use crate::answer::Answer;
use crate::config::Config;
use crate::pipeline::{End, Ended, Incoming, Record};
use crate::rejection::RejectionResponse;

#[wasm_bindgen(module = "/src/edge/answering.js")]
extern "C" {
    /// A response with these header fields, name and value in turn, one a line.
    fn respond(status: u16, fields: &str, body: &str) -> Response;
}

/// A request, and what its log line needs.
pub(super) struct Seen<'a> {
    /// Absent if the configuration is invalid.
    pub(super) config: Option<&'a Config>,
    pub(super) log: &'a RequestLog,
    pub(super) incoming: &'a Incoming<'a>,
    pub(super) record: &'a Record,
}

/// Turns an answer into a response, and records it.
pub(super) fn answer(seen: &Seen<'_>, answer: &Answer) -> Response {
    seen.record(seen.log.is_due(), End::Answered, answer.status, None);
    respond(answer.status, &lines(&answer.headers), &answer.body)
}

/// Turns a refusal into a response, and records it. If a backend failed, it was given up after
/// `upstream_millis`.
pub(super) fn refuse(
    seen: &Seen<'_>,
    refusal: &RejectionResponse,
    upstream_millis: Option<u32>,
) -> Response {
    seen.record(true, End::Refused(refusal.code), refusal.status, upstream_millis);
    unrecorded(refusal)
}

/// Turns a refusal into a response.
pub(super) fn unrecorded(refusal: &RejectionResponse) -> Response {
    respond(refusal.status, &lines(&refusal.headers), &refusal.body)
}

/// A promise of that response.
pub(super) fn promise(response: Response) -> Promise {
    Promise::resolve(&JsValue::from(response))
}

impl Seen<'_> {
    /// Writes the log line, if it is wanted, and the data point.
    pub(super) fn record(
        &self,
        is_logged: bool,
        outcome: End,
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

fn lines(fields: &[(&str, String)]) -> String {
    fields.iter().fold(String::new(), |text, (name, value)| text + name + "\n" + value + "\n")
}
