//! One JSON line for each thing worth knowing. No token, claim, query string or secret is in them.

use serde::Serialize;
use worker::{console_error, console_log, console_warn};

use crate::config::{Fault, KeySource};
use crate::gateway::{Gateway, Incoming, Refused, Reported};
use crate::jwk::KeySet;
use crate::request::split_origin;
use crate::time::UnixMillis;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line<'a> {
    Request {
        /// Milliseconds since the Unix epoch.
        time: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        ray: Option<&'a str>,
        method: &'a str,
        path: &'a str,
        outcome: &'static str,
        code: &'static str,
        status: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<&'a str>,
    },
    /// A route in report mode would have refused the request.
    WouldRefuse {
        time: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        ray: Option<&'a str>,
        method: &'a str,
        route: &'a str,
        code: &'static str,
        detail: &'a str,
    },
    /// An identity header was left out: its claim is an object.
    IdentityOmitted {
        header: &'a str,
    },
    /// No access token could be had for a call on behalf of a tenant.
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

/// A request was refused.
pub(super) fn refused(
    refused: &Refused,
    (method, url): (&str, &str),
    ray: Option<&str>,
    now: UnixMillis,
) {
    let rest = split_origin(url).1;
    console_log!(
        "{}",
        text(&Line::Request {
            time: now.millis(),
            ray,
            method,
            path: rest.split(['?', '#']).next().unwrap_or_default(),
            outcome: "refused",
            code: refused.refusal.code,
            status: refused.refusal.status,
            provider: refused.provider.as_deref(),
        })
    );
}

/// A request was let through that a route in report mode would have refused.
pub(super) fn reported(reported: &Reported, incoming: &Incoming<'_>, now: UnixMillis) {
    let line = Line::WouldRefuse {
        time: now.millis(),
        ray: Gateway::ray(incoming),
        method: incoming.method,
        route: &reported.route,
        code: reported.reject.code(),
        detail: &reported.reject.detail(),
    };
    console_log!("{}", text(&line));
}

/// An identity header was left out.
pub(super) fn omitted(header: &str) {
    console_warn!("{}", text(&Line::IdentityOmitted { header }));
}

/// No access token could be had.
pub(super) fn access_token_failed(token_url: &str, cause: &str) {
    console_warn!("{}", text(&Line::AccessTokenFailed { token_url, cause }));
}

/// The configuration is allowed and yet risky.
pub(super) fn risky(warnings: &[Fault]) {
    if !warnings.is_empty() {
        let warnings = warnings.iter().map(ToString::to_string).collect();
        console_warn!("{}", text(&Line::Risky { warnings }));
    }
}

/// A source has sent a valid set.
pub(super) fn refreshed(source: &KeySource, keys: &KeySet) {
    let line = Line::KeysRefreshed {
        source: &source.name,
        keys: keys.keys().len(),
        skipped: keys.skipped().len(),
    };
    console_log!("{}", text(&line));
}

/// A source has sent no valid set.
pub(super) fn refresh_failed(source: &KeySource, cause: &str) {
    console_warn!("{}", text(&Line::KeysRefreshFailed { source: &source.name, cause }));
}

/// The store has failed, or holds something that is no entry of ours.
pub(super) fn store_failed(source: &KeySource, cause: &str) {
    console_warn!("{}", text(&Line::KeyStoreFailed { source: &source.name, cause }));
}

/// The configuration cannot be used.
pub(super) fn misconfigured(faults: &[Fault]) {
    let faults = faults.iter().map(ToString::to_string).collect();
    console_error!("{}", text(&Line::Misconfigured { faults }));
}

fn text(line: &Line<'_>) -> String {
    // Strings and numbers always serialise.
    serde_json::to_string(line).unwrap_or_default()
}
