//! What a key cache holds, and what is under way.

use super::messages::{CachePolicy, Fetched, KeysFrom};
use crate::time::UnixMillis;

/// The set that the cache holds.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) set: Fetched,
    pub(super) generation: u64,
    pub(super) origin: KeysFrom,
}

/// The attempt under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt {
    pub(super) id: u64,
    pub(super) started_at: UnixMillis,
    /// Whether this attempt replaced one that never settled.
    pub(super) takeover: bool,
    /// The value of `last_attempt_at` before this attempt.
    pub(super) previous: Option<UnixMillis>,
}

/// The age of a set that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    Fresh,
    /// Fresh, but in the last fifth of the fresh period.
    Due,
    Stale,
}

impl Age {
    /// Returns the age of a set that was fetched so many milliseconds ago; `None` if it is too old.
    pub(super) fn of(policy: &CachePolicy, millis: u64) -> Option<Self> {
        let last_fifth = policy.fresh.saturating_sub(policy.fresh / 5);
        if millis < last_fifth {
            Some(Self::Fresh)
        } else if millis < policy.fresh {
            Some(Self::Due)
        } else if millis < policy.usable() {
            Some(Self::Stale)
        } else {
            None
        }
    }
}
