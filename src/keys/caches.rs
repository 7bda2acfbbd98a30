//! The key caches of all issuers, and the attempts that they have decided on.

use std::rc::Rc;

use crate::keys::{CachePolicy, KeyCache, KeyLocation, KeySource, Start};
use crate::time::UnixMillis;
use crate::token::RememberedTokens;

/// Between two looks into the shared store on behalf of a monitor lies at least this, in
/// milliseconds.
const LOOK_MILLIS: u64 = 30_000;

/// One [`KeyCache`] for each key source of the configuration, by its index there.
#[derive(Debug)]
pub struct KeyCaches {
    caches: Vec<KeyCache>,
    failures: Vec<Option<Failure>>,
    starts: Vec<(usize, Start)>,
    verified: RememberedTokens,
    looked_at: Option<UnixMillis>,
}

/// The last attempt of a source that brought no valid set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it ended.
    pub at: UnixMillis,
    /// What went wrong.
    pub cause: String,
}

impl KeyCaches {
    /// Caches for these sources, empty but for keys that stand in the configuration.
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

    /// The caches of all sources, in their order.
    pub fn caches(&self) -> &[KeyCache] {
        &self.caches
    }

    /// The tokens that were verified with these keys.
    pub(crate) fn remembered(&mut self) -> &mut RememberedTokens {
        &mut self.verified
    }

    /// Notes why an attempt has brought nothing.
    pub fn fail(&mut self, source: usize, failure: Failure) {
        if let Some(last) = self.failures.get_mut(source) {
            *last = Some(failure);
        }
    }

    /// The last failure of a source.
    pub fn failure(&self, source: usize) -> Option<&Failure> {
        self.failures.get(source)?.as_ref()
    }

    /// A monitor asks: the sources for which the shell must look into the shared store, now and
    /// not again before half a minute is over.
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

    /// A source's cache; `None` for an index that the configuration does not have.
    pub fn cache(&mut self, source: usize) -> Option<&mut KeyCache> {
        self.caches.get_mut(source)
    }

    /// The indices of all sources.
    pub fn sources(&self) -> std::ops::Range<usize> {
        0..self.caches.len()
    }

    /// Notes an attempt for the shell to carry out.
    pub(crate) fn push(&mut self, source: usize, start: Option<Start>) {
        self.starts.extend(start.map(|start| (source, start)));
    }

    /// Hands over the attempts that the shell must carry out now.
    pub fn take_starts(&mut self) -> Vec<(usize, Start)> {
        std::mem::take(&mut self.starts)
    }
}

#[cfg(test)]
mod tests;
