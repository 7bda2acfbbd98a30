//! The key caches of all issuers, and the attempts that they have decided on.

use std::rc::Rc;

use crate::keys::{CachePolicy, KeyCache, KeyLocation, KeySource, Start};
use crate::time::UnixMillis;
use crate::token::RememberedTokens;

/// The minimum time between two reads of KV for a monitor, in milliseconds.
const LOOK_MILLIS: u64 = 30_000;

/// One [`KeyCache`] for each key source of the configuration, in the same order.
#[derive(Debug)]
pub struct KeyCaches {
    caches: Vec<KeyCache>,
    failures: Vec<Option<Failure>>,
    starts: Vec<(usize, Start)>,
    verified: RememberedTokens,
    looked_at: Option<UnixMillis>,
}

/// An attempt of a source that brought no valid set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The time at which the attempt ended.
    pub at: UnixMillis,
    /// What went wrong.
    pub cause: String,
}

impl KeyCaches {
    /// Returns one cache for each of these sources. A cache is empty unless its keys are part of
    /// the configuration.
    pub fn new(sources: &[KeySource], policy: CachePolicy) -> Self {
        let caches = sources.iter().map(|source| match &source.location {
            KeyLocation::Inline(keys) => KeyCache::fixed(Rc::clone(keys)),
            KeyLocation::Discovery | KeyLocation::Uri(_) => KeyCache::new(policy),
        });
        Self {
            caches: caches.collect(),
            failures: vec![None; sources.len()],
            starts: Vec::new(),
            verified: RememberedTokens::default(),
            looked_at: None,
        }
    }

    /// Returns the caches of all sources, in the order of the sources.
    pub fn caches(&self) -> &[KeyCache] {
        &self.caches
    }

    /// Returns the tokens that were verified with these keys and are remembered.
    pub(crate) fn remembered(&mut self) -> &mut RememberedTokens {
        &mut self.verified
    }

    /// Records the failure of an attempt. It replaces the last one of this source.
    pub fn fail(&mut self, source: usize, failure: Failure) {
        if let Some(last) = self.failures.get_mut(source) {
            *last = Some(failure);
        }
    }

    /// Returns the last failure of a source.
    pub fn failure(&self, source: usize) -> Option<&Failure> {
        self.failures.get(source)?.as_ref()
    }

    /// Returns the indices of the sources whose KV entries the shell must read for a monitor now:
    /// those without fresh keys. The list is empty for 30 seconds after one that was not empty.
    pub fn look(&mut self, now: UnixMillis) -> Vec<usize> {
        let waits = |at: UnixMillis| at <= now && now < at.plus(LOOK_MILLIS);
        let sources = self.caches.iter().enumerate();
        let sources = sources.filter(|(_, cache)| !cache.state(now).is_fresh());
        let sources: Vec<usize> = sources.map(|(index, _)| index).collect();
        if sources.is_empty() || self.looked_at.is_some_and(waits) {
            return Vec::new();
        }
        self.looked_at = Some(now);
        sources
    }

    /// Returns the cache of a source, or `None` if the configuration has no source of that index.
    pub fn cache(&mut self, source: usize) -> Option<&mut KeyCache> {
        self.caches.get_mut(source)
    }

    /// Returns the indices of all sources.
    pub fn sources(&self) -> std::ops::Range<usize> {
        0..self.caches.len()
    }

    /// Records an attempt for the shell to carry out.
    pub(crate) fn push(&mut self, source: usize, start: Option<Start>) {
        self.starts.extend(start.map(|start| (source, start)));
    }

    /// Returns the recorded attempts, each with the index of its source, and forgets them. The
    /// shell must carry them out now.
    pub fn take_starts(&mut self) -> Vec<(usize, Start)> {
        std::mem::take(&mut self.starts)
    }
}

#[cfg(test)]
mod tests;
