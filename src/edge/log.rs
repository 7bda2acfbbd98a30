//! One JSON line for each thing worth knowing. No token, claim, query string or secret is in them.

use serde::Serialize;
use worker::{console_error, console_log, console_warn};

use super::glue;
use crate::keys::KeySet;
use crate::keys::KeySource;
use crate::keys::KeysFrom;
use crate::pipeline::Record;
use crate::rejection::Rejection;
use crate::request::split_origin;
use crate::settings::Fault;
use crate::time::UnixMillis;

/// How much of a key's id is written.
const MAX_KEY_ID_CHARS: usize = 64;

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
        #[serde(skip_serializing_if = "Option::is_none")]
        route: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<&'a str>,
        outcome: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'static str>,
        status: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        key_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        keys_from: Option<&'static str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        verified_before: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        upstream_ms: Option<f64>,
    },
    /// A route in report mode would have refused the request.
    WouldRefuse {
        time: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        ray: Option<&'a str>,
        method: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        route: Option<&'a str>,
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

/// A request as the log sees it.
pub(super) struct Seen<'a> {
    pub(super) time: UnixMillis,
    pub(super) ray: Option<&'a str>,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    /// The names that the record's indices stand for.
    pub(super) route: Option<&'a str>,
    pub(super) provider: Option<&'a str>,
}

/// The end of a request that was not forwarded, or whose backend failed after `upstream_ms`.
pub(super) struct Ended {
    /// Absent where it was answered, not refused.
    pub(super) code: Option<&'static str>,
    pub(super) status: u16,
    pub(super) upstream_ms: Option<f64>,
}

/// A request was answered or refused at the edge. The line is written where `logged`.
pub(super) fn ended(seen: &Seen<'_>, record: &Record, ended: &Ended, logged: bool) {
    let rest = split_origin(seen.url).1;
    let line = Line::Request {
        time: seen.time.millis(),
        ray: seen.ray,
        method: seen.method,
        path: rest.split(['?', '#']).next().unwrap_or_default(),
        route: seen.route,
        provider: seen.provider,
        outcome: if ended.code.is_some() { "refused" } else { "answered" },
        code: ended.code,
        status: ended.status,
        key_id: record.key_id.as_deref().map(shortened),
        keys_from: record.keys_from.map(KeysFrom::name),
        verified_before: record.verified_before,
        upstream_ms: ended.upstream_ms,
    };
    glue::record(&text(&line), logged);
}

/// What the log says of the token of a request that is forwarded: for `glue.js`, one a line.
pub(super) fn token(record: &Record) -> String {
    let key_id = record.key_id.as_deref().map(shortened).unwrap_or_default();
    let keys_from = record.keys_from.map_or("", KeysFrom::name);
    format!("{}\n{keys_from}\n{}", key_id.replace('\n', " "), record.verified_before)
}

/// A key's id is whatever an issuer, or an attacker, has made it.
fn shortened(key_id: &str) -> &str {
    let end = key_id.char_indices().nth(MAX_KEY_ID_CHARS).map_or(key_id.len(), |(at, _)| at);
    key_id.get(..end).unwrap_or_default()
}

/// A request was let through that a route in report mode would have refused.
pub(super) fn would_refuse(seen: &Seen<'_>, rejection: &Rejection) {
    let line = Line::WouldRefuse {
        time: seen.time.millis(),
        ray: seen.ray,
        method: seen.method,
        route: seen.route,
        code: rejection.code(),
        detail: &rejection.detail(),
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
    let warnings = warnings.iter().map(ToString::to_string).collect();
    console_warn!("{}", text(&Line::Risky { warnings }));
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
