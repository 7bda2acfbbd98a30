//! The key caches of all issuers, and the attempts that they have decided on.

use std::rc::Rc;

use crate::config::{KeyLocation, KeySource};
use crate::key_cache::{KeyCache, Policy, Start};

/// One [`KeyCache`] for each key source of the configuration, by its index there.
#[derive(Debug)]
pub struct KeyStore {
    caches: Vec<KeyCache>,
    starts: Vec<(usize, Start)>,
}

impl KeyStore {
    /// Caches for these sources, empty but for keys that stand in the configuration.
    pub fn new(sources: &[KeySource], policy: Policy) -> Self {
        let caches = sources.iter().map(|source| match &source.location {
            KeyLocation::Inline(keys) => KeyCache::fixed(Rc::clone(keys)),
            KeyLocation::Discovery | KeyLocation::Uri(_) => KeyCache::new(policy),
        });
        Self { caches: caches.collect(), starts: Vec::new() }
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
