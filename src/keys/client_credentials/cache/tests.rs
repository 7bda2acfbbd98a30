use super::*;

const NOW: UnixMillis = UnixMillis::from_seconds(1_800_000_000);

fn token(name: &str, at: UnixMillis) -> AccessToken {
    let body = format!(r#"{{"access_token":"{name}","expires_in":3600}}"#);
    AccessToken::parse(body.as_bytes(), at).unwrap()
}

fn seconds(seconds: u64) -> UnixMillis {
    UnixMillis::from_seconds(NOW.seconds().saturating_add(seconds))
}

fn lookup(cache: &mut AccessTokenCache, now: UnixMillis) -> AccessLookup {
    cache.lookup(now, now.plus(5_000), false)
}

fn with_token() -> AccessTokenCache {
    let mut cache = AccessTokenCache::default();
    assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
    cache.fetched(NOW, Some(token("a", NOW)));
    cache
}

#[test]
fn a_token_that_was_dropped_is_asked_for_anew() {
    let mut cache = with_token();
    assert!(lookup(&mut cache, NOW) == AccessLookup::Ready("a".into()));
    cache.drop_token();
    assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
}

#[test]
fn one_asks_while_the_others_wait() {
    let mut cache = AccessTokenCache::default();
    assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
    assert!(lookup(&mut cache, seconds(4)) == AccessLookup::Wait(seconds(5)));
    // The one that asked is gone.
    assert!(lookup(&mut cache, seconds(5)) == AccessLookup::Fetch { old: None });
    cache.fetched(seconds(6), Some(token("a", NOW)));
    assert!(lookup(&mut cache, seconds(6)) == AccessLookup::Ready("a".into()));
}

#[test]
fn a_token_is_renewed_early_and_serves_until_its_end_where_that_fails() {
    let mut cache = with_token();
    let old = || Some("a".to_owned());
    assert!(lookup(&mut cache, seconds(3539)) == AccessLookup::Ready("a".into()));
    assert!(lookup(&mut cache, seconds(3540)) == AccessLookup::Fetch { old: old() });
    assert!(lookup(&mut cache, seconds(3541)) == AccessLookup::Ready("a".into()));
    cache.fetched(seconds(3541), None);
    assert!(lookup(&mut cache, seconds(3550)) == AccessLookup::Ready("a".into()));
    assert!(lookup(&mut cache, seconds(3551)) == AccessLookup::Fetch { old: old() });
    cache.fetched(seconds(3599), None);
    assert!(lookup(&mut cache, seconds(3600)) == AccessLookup::Unavailable);
}

#[test]
fn a_failure_is_not_repeated_at_once() {
    let mut cache = AccessTokenCache::default();
    lookup(&mut cache, NOW);
    cache.fetched(NOW, None);
    assert!(lookup(&mut cache, seconds(9)) == AccessLookup::Unavailable);
    let persistent = cache.lookup(seconds(9), seconds(14), true);
    assert!(persistent == AccessLookup::Fetch { old: None });
    cache.fetched(seconds(9), None);
    assert!(lookup(&mut cache, seconds(19)) == AccessLookup::Fetch { old: None });
}

#[test]
fn a_refused_token_is_dropped_once_in_a_while() {
    let mut cache = with_token();
    assert!(cache.refused(NOW, "a"));
    assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
    cache.fetched(NOW, Some(token("b", NOW)));
    // Somebody else's refusal of the one before says nothing about this one.
    assert!(cache.refused(NOW, "a"));
    assert!(!cache.refused(seconds(9), "b"));
    assert!(lookup(&mut cache, seconds(9)) == AccessLookup::Ready("b".into()));
    assert!(cache.refused(seconds(10), "b"));
}
