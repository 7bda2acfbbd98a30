use super::*;
use crate::keys::{Fetched, KeySet, Outcome};

const POLICY: CachePolicy =
    CachePolicy { fresh: 600_000, stale: 0, cooldown: 30_000, timeout: 5_000, wait: 500 };

/// The public key of RFC 8037, appendix A.2.
const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn keys() -> Rc<KeySet> {
    Rc::new(KeySet::parse(JWKS.as_bytes()).unwrap())
}

/// Returns the caches of one source with keys in the configuration and two without.
fn key_caches() -> KeyCaches {
    let uri = || KeyLocation::Uri("https://a.example/keys".into());
    let sources = [KeyLocation::Inline(keys()), uri(), uri()].map(|location| KeySource {
        name: "a".into(),
        location,
        client_credentials: None,
    });
    KeyCaches::new(&sources, POLICY)
}

fn fetch(caches: &mut KeyCaches, source: usize, now: UnixMillis) {
    let cache = caches.cache(source).unwrap();
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
fn a_monitor_makes_the_shell_read_kv_at_most_every_30_seconds() {
    let at = UnixMillis::new;
    let mut caches = key_caches();
    assert_eq!(caches.look(at(100_000)), [1, 2]);
    for millis in [100_000, 100_001, 129_999] {
        assert_eq!(caches.look(at(millis)), [0; 0], "{millis}");
    }
    assert_eq!(caches.look(at(130_000)), [1, 2]);
    // A clock that was set back does not delay the next read.
    assert_eq!(caches.look(at(1_000)), [1, 2]);
    fetch(&mut caches, 1, at(100_000));
    assert_eq!(caches.look(at(100_000)), [2]);
    fetch(&mut caches, 2, at(200_000));
    assert_eq!(caches.look(at(200_000)), [0; 0]);
    assert_eq!(caches.look(at(700_000)), [1]);
}

#[test]
fn attempts_are_handed_over_once() {
    let mut caches = key_caches();
    let start = caches.cache(1).unwrap().lookup(UnixMillis::new(1_000)).1;
    assert!(start.is_some());
    caches.push(1, start);
    caches.push(2, None);
    let taken = caches.take_starts();
    assert_eq!(taken.iter().map(|(source, _)| *source).collect::<Vec<_>>(), [1]);
    assert!(caches.take_starts().is_empty());
}

#[test]
fn a_failure_is_kept_for_its_source() {
    let mut caches = key_caches();
    let failure = Failure { at: UnixMillis::new(1_000), cause: "status 500".into() };
    caches.fail(1, failure.clone());
    caches.fail(7, failure.clone());
    assert_eq!([0, 1, 2, 7].map(|s| caches.failure(s)), [None, Some(&failure), None, None]);
}

#[test]
fn there_is_one_cache_for_each_source() {
    let mut caches = key_caches();
    assert_eq!((caches.sources(), caches.caches().len()), (0..3, 3));
    assert!(caches.cache(3).is_none());
    assert_eq!(caches.caches()[0].held().map(|set| set.keys.keys().len()), Some(1));
    assert!(caches.caches()[1].held().is_none());
}
