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
fn a_dropped_token_is_requested_again() {
    let mut cache = with_token();
    assert!(lookup(&mut cache, NOW) == AccessLookup::Ready("a".into()));
    cache.drop_token();
    assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
}

#[test]
fn one_caller_requests_a_token_while_the_others_wait() {
    let mut cache = AccessTokenCache::default();
    assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
    assert!(lookup(&mut cache, seconds(4)) == AccessLookup::Wait(seconds(5)));
    // The caller that requested the token is gone.
    assert!(lookup(&mut cache, seconds(5)) == AccessLookup::Fetch { old: None });
    cache.fetched(seconds(6), Some(token("a", NOW)));
    assert!(lookup(&mut cache, seconds(6)) == AccessLookup::Ready("a".into()));
}

#[test]
fn a_token_is_renewed_early_and_used_until_its_expiry_if_that_fails() {
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
fn a_failed_request_is_repeated_only_after_the_cooldown() {
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
fn a_refused_token_is_dropped_at_most_once_per_cooldown() {
    let mut cache = with_token();
    assert!(cache.refused(NOW, "a"));
    assert!(lookup(&mut cache, NOW) == AccessLookup::Fetch { old: None });
    cache.fetched(NOW, Some(token("b", NOW)));
    // A late report that the API refused token "a" does not count against token "b".
    assert!(cache.refused(NOW, "a"));
    assert!(!cache.refused(seconds(9), "b"));
    assert!(lookup(&mut cache, seconds(9)) == AccessLookup::Ready("b".into()));
    assert!(cache.refused(seconds(10), "b"));
}
