//! The key caches of all issuers, and the attempts that they have decided on.

use std::rc::Rc;

use crate::config::{KeyLocation, KeySource};
use crate::key_cache::{KeyCache, Policy, Start};
use crate::time::UnixMillis;
use crate::verified_tokens::VerifiedTokens;

/// Between two looks into the shared store on behalf of a monitor lies at least this, in
/// milliseconds.
const LOOK_MILLIS: u64 = 30_000;

/// One [`KeyCache`] for each key source of the configuration, by its index there.
#[derive(Debug)]
pub struct KeyStore {
    caches: Vec<KeyCache>,
    failures: Vec<Option<Failure>>,
    starts: Vec<(usize, Start)>,
    verified: VerifiedTokens,
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

impl KeyStore {
    /// Caches for these sources, empty but for keys that stand in the configuration.
    pub fn new(sources: &[KeySource], policy: Policy) -> Self {
        let caches = sources.iter().map(|source| match &source.location {
            KeyLocation::Inline(keys) => KeyCache::fixed(Rc::clone(keys)),
            KeyLocation::Discovery | KeyLocation::Uri(_) => KeyCache::new(policy),
        });
        Self {
            caches: caches.collect(),
            failures: vec![None; sources.len()],
            starts: Vec::new(),
            verified: VerifiedTokens::default(),
            looked_at: None,
        }
    }

    /// The caches of all sources, in their order.
    pub fn caches(&self) -> &[KeyCache] {
        &self.caches
    }

    /// The tokens that were verified with these keys.
    pub(crate) fn verified(&mut self) -> &mut VerifiedTokens {
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
mod tests {
    use super::*;
    use crate::jwk::KeySet;
    use crate::key_cache::{Fetched, Outcome};

    const POLICY: Policy =
        Policy { fresh: 600_000, stale: 0, cooldown: 30_000, timeout: 5_000, wait: 500 };

    /// RFC 8037, appendix A.2.
    const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    fn keys() -> Rc<KeySet> {
        Rc::new(KeySet::parse(JWKS.as_bytes()).unwrap())
    }

    /// One source with keys in the configuration, and two without.
    fn store() -> KeyStore {
        let uri = || KeyLocation::Uri("https://a.example/keys".into());
        let sources = [KeyLocation::Inline(keys()), uri(), uri()].map(|location| KeySource {
            name: "a".into(),
            location,
            access: None,
        });
        KeyStore::new(&sources, POLICY)
    }

    fn fetch(store: &mut KeyStore, source: usize, now: UnixMillis) {
        let cache = store.cache(source).unwrap();
        let start = cache.refresh(now).unwrap();
        let set = Fetched {
            keys: keys(),
            document: JWKS.into(),
            jwks_uri: "https://a.example/keys".into(),
            etag: None,
            fetched_at: now,
        };
        cache.fetched(now, &start, Outcome::Set(set)).unwrap();
    }

    #[test]
    fn a_monitor_makes_the_shell_look_once_in_half_a_minute() {
        let at = UnixMillis::new;
        let mut store = store();
        assert_eq!(store.look(at(100_000)), [1, 2]);
        for millis in [100_000, 100_001, 129_999] {
            assert_eq!(store.look(at(millis)), [0; 0], "{millis}");
        }
        assert_eq!(store.look(at(130_000)), [1, 2]);
        // A clock that was set back does not make it wait longer.
        assert_eq!(store.look(at(1_000)), [1, 2]);
        fetch(&mut store, 1, at(100_000));
        assert_eq!(store.look(at(100_000)), [2]);
        fetch(&mut store, 2, at(200_000));
        assert_eq!(store.look(at(200_000)), [0; 0]);
        assert_eq!(store.look(at(700_000)), [1]);
    }

    #[test]
    fn attempts_are_handed_over_once() {
        let mut store = store();
        let start = store.cache(1).unwrap().lookup(UnixMillis::new(1_000)).1;
        assert!(start.is_some());
        store.push(1, start);
        store.push(2, None);
        let taken = store.take_starts();
        assert_eq!(taken.iter().map(|(source, _)| *source).collect::<Vec<_>>(), [1]);
        assert!(store.take_starts().is_empty());
    }

    #[test]
    fn a_failure_is_kept_for_its_source() {
        let mut store = store();
        let failure = Failure { at: UnixMillis::new(1_000), cause: "status 500".into() };
        store.fail(1, failure.clone());
        store.fail(7, failure.clone());
        assert_eq!([0, 1, 2, 7].map(|s| store.failure(s)), [None, Some(&failure), None, None]);
    }

    #[test]
    fn there_is_one_cache_for_each_source() {
        let mut store = store();
        assert_eq!((store.sources(), store.caches().len()), (0..3, 3));
        assert!(store.cache(3).is_none());
        assert_eq!(store.caches()[0].held().map(|set| set.keys.keys().len()), Some(1));
        assert!(store.caches()[1].held().is_none());
    }
}
