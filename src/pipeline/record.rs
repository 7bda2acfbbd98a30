//! What the log and the metrics say about a request.
//!
//! A [`Record`] is gathered while the request is judged. It makes the [`RequestLine`] when the
//! request has ended. Neither contains a token, query string or secret, and of the claims only the
//! audience or the issuer for which a token was refused.

use std::borrow::Cow;

use serde::Serialize;

use super::candidates::Candidates;
use super::observer::{Finding, Observer, Step};
use crate::config::Config;
use crate::keys::KeysFrom;
use crate::redaction::{without_query, without_tokens};
use crate::rejection::Rejection;
use crate::request::split_origin;
use crate::time::UnixMillis;

/// The greatest number of characters that are logged of a claim for which a token was refused.
const MAX_FOUND_CHARS: usize = 200;

/// The greatest number of characters of a `kid` that are logged. An issuer, or an attacker, chooses
/// the `kid`.
const MAX_KEY_ID_CHARS: usize = 64;

/// What the pipeline has found out about a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The index of the route; `None` if no route matched.
    pub route: Option<usize>,
    /// The index of the provider that accepted the token, or that alone refused it.
    pub provider: Option<usize>,
    /// The `kid` of the token's header.
    pub key_id: Option<String>,
    /// Where the issuer's keys came from.
    pub keys_from: Option<KeysFrom>,
    /// Whether the token's signature was verified for an earlier request.
    pub verified_before: bool,
    /// The audience or issuer for which the token was refused.
    pub found: Option<FoundClaim>,
    /// Why the route would refuse the session if its report mode were off.
    pub would_refuse: Option<Rejection>,
}

/// The value of a claim for which a token was refused, shortened for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundClaim {
    /// The value, of at most 200 characters.
    pub value: String,
    /// Whether the value was read before the signature was verified, so that anyone may have
    /// written it.
    pub unverified: bool,
}

impl FoundClaim {
    /// Takes the values of a claim, without the queries and the tokens in them.
    fn new<'v>(values: impl IntoIterator<Item = &'v str>, unverified: bool) -> Self {
        let mut value = String::new();
        let mut room = MAX_FOUND_CHARS;
        for one in values {
            let separator = if value.is_empty() { "" } else { ", " };
            let shown = without_query(one);
            let more = || separator.chars().chain(shown.chars());
            value.extend(more().take(room));
            room = room.saturating_sub(more().count());
            if room == 0 {
                break;
            }
        }
        Self { value, unverified }
    }
}

/// The end of a request.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The time when the request ended.
    pub time: UnixMillis,
    /// The request's id on Cloudflare's network.
    pub ray: Option<&'a str>,
    /// The request's method.
    pub method: &'a str,
    /// The request's absolute URL.
    pub url: &'a str,
    /// How the request ended.
    pub outcome: End<'a>,
    /// The status of the response.
    pub status: u16,
    /// The time until the backend's response headers, or until the worker gave up the backend, in
    /// milliseconds.
    pub upstream_millis: Option<u32>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<'a> {
    /// The backend answered.
    Allowed,
    /// The worker answered.
    Answered,
    /// The worker refused the request.
    Refused {
        /// The stable code of the reason.
        code: &'static str,
        /// What the caller is told.
        detail: &'a str,
    },
}

/// The log line of a request.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename = "request")]
pub struct RequestLine<'a> {
    /// The time, in milliseconds since the Unix epoch.
    time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ray: Option<&'a str>,
    method: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    found_unverified: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_from: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    verified_before: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_ms: Option<u32>,
}

/// A data point in the form that Analytics Engine takes.
#[derive(Serialize)]
struct DataPoint<'a> {
    indexes: &'a [&'a str],
    blobs: &'a [&'a str],
    doubles: &'a [u32],
}

impl Record {
    /// Returns the pattern of the route; `None` if no route matched.
    pub fn route_pattern<'c>(&self, config: &'c Config) -> Option<&'c str> {
        Some(config.routes.routes().get(self.route?)?.pattern.text())
    }

    /// Returns the name of the provider.
    fn provider_name<'c>(&self, config: &'c Config) -> Option<&'c str> {
        Some(&config.providers.get(self.provider?)?.name)
    }

    /// Makes the log line. `config` is `None` if the configuration is invalid.
    pub fn line<'a>(&'a self, config: Option<&'a Config>, ended: &Ended<'a>) -> RequestLine<'a> {
        let path = split_origin(ended.url).1.split(['?', '#']).next().unwrap_or_default();
        let (outcome, code, detail) = match ended.outcome {
            End::Allowed => ("allowed", None, None),
            End::Answered => ("answered", None, None),
            End::Refused { code, detail } => ("refused", Some(code), Some(without_tokens(detail))),
        };
        let found = self.found.as_ref();
        RequestLine {
            time: ended.time.millis(),
            ray: ended.ray,
            method: ended.method,
            // The backend's own log shows the path of an allowed request.
            path: (ended.outcome != End::Allowed).then(|| without_tokens(path)),
            route: config.and_then(|config| self.route_pattern(config)),
            provider: config.and_then(|config| self.provider_name(config)),
            outcome,
            code,
            detail,
            status: ended.status,
            found: found.map(|found| found.value.as_str()),
            found_unverified: found.is_some_and(|found| found.unverified),
            key_id: self.key_id.as_deref().map(shortened).map(without_tokens),
            keys_from: self.keys_from.map(KeysFrom::name),
            verified_before: self.verified_before,
            upstream_ms: ended.upstream_millis,
        }
    }
}

impl RequestLine<'_> {
    /// Returns the log line as JSON.
    pub fn json(&self) -> String {
        // Strings and numbers always serialise.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the request's data point for Analytics Engine, as JSON.
    pub fn data_point(&self) -> String {
        let provider = self.provider.unwrap_or_default();
        let route = self.route.unwrap_or_default();
        let point = DataPoint {
            indexes: &[provider],
            blobs: &[self.outcome, self.code.unwrap_or_default(), provider, route, self.method],
            doubles: &[u32::from(self.status), self.upstream_ms.unwrap_or_default()],
        };
        // Strings and numbers always serialise.
        serde_json::to_string(&point).unwrap_or_default()
    }
}

fn shortened(key_id: &str) -> &str {
    let end = key_id.char_indices().nth(MAX_KEY_ID_CHARS).map_or(key_id.len(), |(at, _)| at);
    key_id.get(..end).unwrap_or_default()
}

/// An observer that gathers the record and passes everything on to another observer.
pub(super) struct Recorder<'g, O> {
    config: &'g Config,
    record: Record,
    also: &'g mut O,
}

impl<'g, O: Observer> Recorder<'g, O> {
    pub(super) fn new(config: &'g Config, also: &'g mut O) -> Self {
        Self { config, record: Record::default(), also }
    }

    /// Ends the recording. `candidates` are those that could still have accepted the token. If they
    /// are all of one provider, a rejection is recorded as that provider's.
    pub(super) fn finish(self, candidates: &Candidates<'_>) -> Record {
        let Self { config, mut record, .. } = self;
        let sole = || index_of(&config.providers, candidates.sole_provider()?);
        record.provider = record.provider.or_else(sole);
        record
    }
}

impl<O: Observer> Observer for Recorder<'_, O> {
    fn enter(&mut self, step: Step) {
        self.also.enter(step);
    }

    fn note(&mut self, finding: Finding<'_>) {
        let record = &mut self.record;
        match finding {
            Finding::Deciding(deciding) => {
                record.route = index_of(self.config.routes.routes(), deciding.route);
            }
            Finding::Header(header) => record.key_id.clone_from(&header.key_id),
            Finding::Keys(_, origin) => record.keys_from = origin,
            Finding::VerifiedBefore => record.verified_before = true,
            Finding::Judged(provider, _, _, Ok(_)) => {
                record.provider = index_of(&self.config.providers, provider);
            }
            Finding::Required(_, Some(lacking)) if record.would_refuse.is_none() => {
                record.would_refuse = Some(lacking.clone());
            }
            Finding::WrongAudience(found) => {
                record.found = Some(FoundClaim::new(found.iter().map(String::as_str), false));
            }
            Finding::WrongIssuer { found, verified } => {
                record.found = Some(FoundClaim::new([found], !verified));
            }
            _ => {}
        }
        self.also.note(finding);
    }

    fn stop(&mut self, rejection: &Rejection) {
        self.record.would_refuse = None;
        self.also.stop(rejection);
    }
}

/// Returns the index of an item that lies in the slice `known`.
fn index_of<T>(known: &[T], one: &T) -> Option<usize> {
    known.iter().position(|known| std::ptr::eq(known, one))
}

#[cfg(test)]
mod tests;
