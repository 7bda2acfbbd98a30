//! The limits of the key cache.

use crate::keys::CachePolicy;
use crate::settings::Fields;
use crate::settings::shape::integer;

/// The limits of the key cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// The time limits.
    pub policy: CachePolicy,
    /// The maximum length of a response from an issuer, in bytes.
    pub max_bytes: usize,
}

/// Reads the settings.
///
/// The reasons for the defaults come from the simulated network of `docs/key-caching.md`:
///
/// - `fresh_seconds`, 600: a key that a healthy issuer has revoked is dropped within ten minutes.
///   With a cron trigger every 5 min, only the trigger asks the issuer, 12 times an hour; without a
///   trigger, there are 900 fetches an hour. The set of the trigger is at most 300 s old, reaches
///   KV 60 s later and stays 30 s in the cache of a location. Together these are less than the
///   480 s after which isolates refresh by themselves. With 300, isolates do refresh: on a mixed
///   day there are 1,663 fetches an hour instead of 351.
/// - `stale_seconds`, 86,400: an outage of a day makes no valid request fail. With 1,800, an outage
///   of an hour makes 11,215 valid requests fail.
/// - `cooldown_seconds`, 30: with 10, a flood of invented key ids causes 106,697 fetches an hour
///   instead of 73,922. With 120, 278 valid requests fail at an abrupt rotation instead of 36.
/// - `wait_ms`, 500: KV and most issuers answer within this time, so that an isolate that slept
///   gets a fresh set. With 100, such an isolate uses its old set: it accepted a key for 56 min
///   after the revocation instead of 8.
/// - `timeout_ms`, 5,000: one answer in a hundred takes up to 3 s. No request that has a set waits
///   that long.
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
