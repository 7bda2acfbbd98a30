//! How keys are cached.

use crate::keys::CachePolicy;
use crate::settings::Fields;
use crate::settings::shape::integer;

/// The bounds of caching keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// Times.
    pub policy: CachePolicy,
    /// How much of a response is read at most, in bytes.
    pub max_bytes: usize,
}

/// Reads the settings. The defaults, with what decides them in the simulated network of `docs/key-caching.md`:
///
/// - `fresh_seconds`: a key revoked at a healthy issuer is dropped within ten minutes. The shortest
///   with which a cron trigger every 5 min is the only one to ask the issuer, 12 times an hour
///   (without it 900): its set is at most 300 s old, 60 s late in KV and 30 s in a location's
///   cache, less than the 480 s from which isolates refresh for themselves. With 300 they do:
///   1,663 fetches an hour instead of 351 on a mixed day.
/// - `stale_seconds`: an outage of a day costs nobody access; with 1,800 an outage of an hour
///   costs 11,215 requests.
/// - `cooldown_seconds`: with 10, a flood of invented key ids makes 106,697 fetches an hour instead
///   of 73,922; with 120 it makes 278 valid requests fail at an abrupt rotation instead of 36.
/// - `wait_ms`: time for KV and most issuers to answer an isolate that slept. With 100 it uses its
///   old set instead: a key was still accepted 56 min after it was revoked, not 8.
/// - `timeout_ms`: one answer in a hundred takes up to 3 s; nobody who has a set waits for it.
pub(super) fn read(mut fields: Fields<'_>) -> Option<KeyLimits> {
    let mut number =
        |name, range, default| fields.optional(name, integer(range)).unwrap_or(default);
    let fresh: u64 = number("fresh_seconds", 1..=86_400, 600);
    let stale: u64 = number("stale_seconds", 0..=604_800, 86_400);
    let cooldown: u64 = number("cooldown_seconds", 1..=300, 30);
    let timeout = number("timeout_ms", 100..=30_000, 5_000);
    let wait = number("wait_ms", 0..=30_000, 500);
    let max_bytes: u64 = number("max_bytes", 1_024..=1_048_576, 65_536);
    if wait > timeout {
        fields.fault("wait_ms", format!("is {wait}, which is more than timeout_ms ({timeout})"));
    }
    if cooldown > fresh {
        let message = format!("is {cooldown}, which is more than fresh_seconds ({fresh})");
        fields.fault("cooldown_seconds", message);
    }
    fields.finish();
    Some(KeyLimits {
        policy: CachePolicy {
            fresh: fresh.saturating_mul(1000),
            stale: stale.saturating_mul(1000),
            cooldown: cooldown.saturating_mul(1000),
            timeout,
            wait,
        },
        max_bytes: usize::try_from(max_bytes).ok()?,
    })
}
