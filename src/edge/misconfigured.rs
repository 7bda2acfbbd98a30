//! The worker with an invalid configuration: it refuses every request.

use std::cell::Cell;

use web_sys::Response;

use super::answering::{self, Seen};
use super::head::Head;
use super::log::{self, RequestLog};
use crate::health;
use crate::pipeline::{Record, asks_for_health};
use crate::rejection::{Rejection, RejectionContext, RejectionResponse};
use crate::request::split_origin;
use crate::settings::Fault;

/// The state of an isolate whose configuration is invalid.
pub(super) struct Misconfigured {
    faults: Vec<Fault>,
    log: RequestLog,
    announced: Cell<bool>,
}

impl Misconfigured {
    pub(super) fn new(faults: Vec<Fault>, log: RequestLog) -> Self {
        Self { faults, log, announced: Cell::default() }
    }

    /// Logs the faults on the first call. The call must happen in an event, because the runtime
    /// drops lines that are logged outside of one.
    pub(super) fn announce(&self) {
        if !self.announced.replace(true) {
            log::misconfigured(&self.faults);
        }
    }

    /// Refuses a request. A request for health gets the health report instead.
    pub(super) fn answer(&self, head: &Head) -> Response {
        let incoming = head.incoming(&[]);
        let is_head = incoming.method == "HEAD";
        let record = Record::default();
        let seen = Seen { config: None, log: &self.log, incoming: &incoming, record: &record };
        if asks_for_health(incoming.method, incoming.url) {
            return answering::answer(&seen, &health::misconfigured(is_head));
        }
        let realm = split_origin(incoming.url).0;
        let context = RejectionContext::without_providers(realm, is_head);
        answering::reject(&seen, &RejectionResponse::new(&Rejection::Misconfigured, &context), None)
    }
}
