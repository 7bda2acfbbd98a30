//! Log lines and data points. Each line is one JSON object. No line or data point contains a token,
//! query string or secret. Claims are in none but the line of a refused request, see
//! [`crate::pipeline::Record`].

use std::cell::Cell;
use std::pin::Pin;

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::JSON;

use super::clock::sleep;
use super::environment::Metrics;
use crate::config::Config;
use crate::keys::{KeySet, KeySource};
use crate::pipeline::{Incoming, Record, RequestLine};
use crate::redaction::{without_query, without_tokens};
use crate::rejection::Rejection;
use crate::settings::Fault;
use crate::time::UnixMillis;

/// The delay before background events are logged, in milliseconds, so that the request that caused
/// them is not held up.
const DELAY_MILLIS: u32 = 50;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn info(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    fn warn(line: &str);

    #[wasm_bindgen(js_namespace = console)]
    fn error(line: &str);
}

/// The log of requests: the lines, the data points, and the choice of the requests that are logged.
pub(super) struct RequestLog {
    metrics: Option<Metrics>,
    /// The share of allowed and answered requests that are logged, from 0 to 1.
    share: f64,
    /// The sum of the shares of such requests. When it reaches 1, the request is logged.
    due: Cell<f64>,
}

impl RequestLog {
    pub(super) fn new(metrics: Option<Metrics>, share: f64) -> Self {
        Self { metrics, share, due: Cell::default() }
    }

    /// Counts a request that was not refused, and returns whether it is logged. The logged requests
    /// are evenly spread.
    pub(super) fn is_due(&self) -> bool {
        let due = self.due.get() + self.share;
        self.due.set(if due >= 1.0 { due - 1.0 } else { due });
        due >= 1.0
    }

    /// Returns whether there is anything to write about a request.
    pub(super) fn takes(&self, is_logged: bool) -> bool {
        is_logged || self.metrics.is_some()
    }

    /// Writes the line if `is_logged` is true, and the data point if a dataset is bound.
    pub(super) fn write(&self, line: &RequestLine<'_>, is_logged: bool) {
        if is_logged {
            info(&line.json());
        }
        if let Some(metrics) = &self.metrics
            && let Ok(point) = JSON::parse(&line.data_point())
        {
            metrics.write_data_point(&point);
        }
    }
}

/// An event that is not the end of a request.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    /// A route in report mode would have refused the request.
    WouldRefuse {
        /// The time in milliseconds since the Unix epoch.
        time: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        ray: Option<&'a str>,
        method: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        route: Option<&'a str>,
        code: &'static str,
        detail: &'a str,
    },
    /// An identity header was left out because its claim is an object.
    IdentityOmitted {
        header: &'a str,
    },
    /// The worker could not obtain an access token for a call on behalf of a tenant.
    AccessTokenFailed {
        token_url: &'a str,
        cause: &'a str,
    },
    Risky {
        warnings: Vec<String>,
    },
    KeysRefreshed {
        source: &'a str,
        keys: usize,
        skipped: usize,
    },
    KeysRefreshFailed {
        source: &'a str,
        cause: &'a str,
    },
    KeyStoreFailed {
        source: &'a str,
        cause: &'a str,
    },
    Misconfigured {
        faults: Vec<String>,
    },
}

impl Line<'_> {
    fn json(&self) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Waits before a background event is logged, so that requests go on first.
pub(super) async fn after_requests() {
    sleep(DELAY_MILLIS).await;
}

/// A task that the runtime completes after the response.
pub(super) type Later = Pin<Box<dyn Future<Output = ()>>>;

/// Logs the risky settings of the configuration. The call must happen in an event, because the
/// runtime drops lines that are logged outside of one.
pub(super) fn risky(config: &Config, wait_until: impl FnOnce(Later)) {
    let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
    if !warnings.is_empty() {
        wait_until(Box::pin(async move {
            after_requests().await;
            warn(&Line::Risky { warnings }.json());
        }));
    }
}

/// Logs that a request passed although a route in report mode would have refused it.
pub(super) fn would_refuse(
    config: &Config,
    incoming: &Incoming<'_>,
    record: &Record,
    rejection: &Rejection,
    now: UnixMillis,
) {
    let detail = rejection.detail();
    let line = Line::WouldRefuse {
        time: now.millis(),
        ray: incoming.ray(),
        method: incoming.method,
        route: record.route_pattern(config),
        code: rejection.code(),
        detail: &without_tokens(&detail),
    };
    info(&line.json());
}

/// Logs that an identity header was left out.
pub(super) fn omitted(header: &str) {
    warn(&Line::IdentityOmitted { header }.json());
}

/// Logs that the worker could not obtain an access token.
pub(super) fn access_token_failed(token_url: &str, cause: &str) {
    let token_url = &without_query(token_url);
    warn(&Line::AccessTokenFailed { token_url, cause }.json());
}

/// Logs that a source has sent a valid set.
pub(super) fn refreshed(source: &KeySource, keys: &KeySet) {
    let line = Line::KeysRefreshed {
        source: &without_query(&source.name),
        keys: keys.keys().len(),
        skipped: keys.skipped().len(),
    };
    info(&line.json());
}

/// Logs that an attempt to fetch the set of a source has failed.
pub(super) fn refresh_failed(source: &KeySource, cause: &str) {
    let source = &without_query(&source.name);
    warn(&Line::KeysRefreshFailed { source, cause }.json());
}

/// Logs that KV has failed, or that its entry is invalid.
pub(super) fn kv_failed(source: &KeySource, cause: &str) {
    let source = &without_query(&source.name);
    warn(&Line::KeyStoreFailed { source, cause }.json());
}

/// Logs the faults of an invalid configuration.
pub(super) fn misconfigured(faults: &[Fault]) {
    let faults = faults.iter().map(ToString::to_string).collect();
    error(&Line::Misconfigured { faults }.json());
}
