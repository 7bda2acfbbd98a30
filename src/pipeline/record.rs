//! What the log and the metrics say about a request.
//!
//! A [`Record`] is gathered while the request is judged. It makes the [`RequestLine`] when the
//! request has ended. Neither contains a token, claim, query string or secret.

use serde::Serialize;

use super::candidates::Candidates;
use super::observer::{Finding, Observer, Step};
use crate::config::Config;
use crate::keys::KeysFrom;
use crate::rejection::Rejection;
use crate::request::split_origin;
use crate::time::UnixMillis;

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
    /// Why the route would refuse the session if its report mode were off.
    pub would_refuse: Option<Rejection>,
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
    pub outcome: End,
    /// The status of the response.
    pub status: u16,
    /// The time until the backend's response headers, or until the worker gave up the backend, in
    /// milliseconds.
    pub upstream_millis: Option<u32>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The backend answered.
    Allowed,
    /// The worker answered.
    Answered,
    /// The worker refused the request with this code.
    Refused(&'static str),
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
    path: Option<&'a str>,
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
        let (outcome, code) = match ended.outcome {
            End::Allowed => ("allowed", None),
            End::Answered => ("answered", None),
            End::Refused(code) => ("refused", Some(code)),
        };
        RequestLine {
            time: ended.time.millis(),
            ray: ended.ray,
            method: ended.method,
            // The backend's own log shows the path of an allowed request.
            path: Some(path).filter(|_| ended.outcome != End::Allowed),
            route: config.and_then(|config| self.route_pattern(config)),
            provider: config.and_then(|config| self.provider_name(config)),
            outcome,
            code,
            status: ended.status,
            key_id: self.key_id.as_deref().map(shortened),
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
