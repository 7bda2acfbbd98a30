//! The health report for a monitor: whether this isolate holds the keys of every issuer.

use serde::Serialize;

use crate::answer::Answer;
use crate::keys::{KeyCache, KeyCaches, KeySource, KeyState};
use crate::redaction::without_query;
use crate::time::UnixMillis;

/// Returns the health report of a worker whose configuration is invalid: 503 and `degraded`.
/// If `head` is true, the body is left out.
pub fn misconfigured(head: bool) -> Answer {
    answer(&Health { status: Status::Degraded, sources: None }, 503, head)
}

/// Returns the health report of these sources.
///
/// The status code is 200 if at least one source has usable keys, and 503 otherwise. `keys` holds
/// the caches of `sources`, in the same order. If `detailed` is true, the body describes each
/// source. If `head` is true, the body is left out.
pub fn report(
    sources: &[KeySource],
    keys: &KeyCaches,
    now: UnixMillis,
    detailed: bool,
    head: bool,
) -> Answer {
    let caches = || sources.iter().zip(keys.caches());
    let states = || caches().map(|(_, cache)| cache.state(now));
    let status = match states().all(|state| state.is_fresh()) {
        true => Status::Ok,
        false => Status::Degraded,
    };
    let details = caches().enumerate().map(|(index, (source, cache))| {
        let failure = keys.failure(index).filter(|failure| {
            // A set that was fetched after the failure makes the failure obsolete, even if another
            // isolate fetched the set.
            cache.held().is_none_or(|held| held.fetched_at <= failure.at)
        });
        Source::new(source, cache, now, failure.map(|f| (f.cause.as_str(), f.at)))
    });
    let health = Health { status, sources: detailed.then(|| details.collect()) };
    answer(&health, if states().any(|state| state.is_usable()) { 200 } else { 503 }, head)
}

#[derive(Serialize)]
struct Health<'a> {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    sources: Option<Vec<Source<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Degraded,
}

#[derive(Serialize)]
struct Source<'a> {
    source: String,
    state: KeyState,
    /// The number of usable keys.
    keys: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    /// The members of the set that cannot be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skipped: Vec<Skipped>,
    /// The key ids that too many keys share, so that no token with such an id is accepted. `null`
    /// stands for tokens without a key id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    crowded_key_ids: Vec<Option<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<LastError<'a>>,
}

#[derive(Serialize)]
struct Skipped {
    index: usize,
    reason: String,
}

#[derive(Serialize)]
struct LastError<'a> {
    cause: &'a str,
    age_seconds: u64,
}

impl<'a> Source<'a> {
    fn new(
        source: &'a KeySource,
        cache: &'a KeyCache,
        now: UnixMillis,
        failure: Option<(&'a str, UnixMillis)>,
    ) -> Self {
        let state = cache.state(now);
        let held = cache.held();
        let skipped = held.into_iter().flat_map(|held| held.keys.skipped());
        Self {
            source: without_query(&source.name),
            state,
            keys: held.map_or(0, |held| held.keys.keys().len()),
            age_seconds: held
                .filter(|_| state != KeyState::Inline)
                .map(|held| now.since(held.fetched_at) / 1000),
            skipped: skipped
                .map(|key| Skipped { index: key.index, reason: key.reason.to_string() })
                .collect(),
            crowded_key_ids: held.map(|held| held.keys.crowded()).unwrap_or_default(),
            last_error: failure
                .map(|(cause, at)| LastError { cause, age_seconds: now.since(at) / 1000 }),
        }
    }
}

fn answer(health: &Health<'_>, status: u16, head: bool) -> Answer {
    // Strings and numbers always serialise.
    Answer::json(status, serde_json::to_string(health).unwrap_or_default(), head)
}
