use super::*;
use serde_json::json;

const POLICY: CachePolicy =
    CachePolicy { fresh: 600_000, stale: 86_400_000, cooldown: 30_000, timeout: 5_000, wait: 500 };

/// The public keys of RFC 8037, appendix A.2 and of RFC 8032, section 7.1, test 2.
const KEYS: [&str; 2] =
    ["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"];

fn at(seconds: u64) -> UnixMillis {
    UnixMillis::from_seconds(1_000_000).plus(seconds.saturating_mul(1000))
}

fn set(key: usize, fetched_at: UnixMillis) -> Fetched {
    let document =
        json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": KEYS[key], "kid": KEYS[key]}]})
            .to_string();
    Fetched {
        keys: Rc::new(KeySet::parse(document.as_bytes()).unwrap()),
        document: document.into(),
        jwks_uri: "https://a.example/keys".into(),
        etag: Some(format!("\"{key}\"")),
        fetched_at,
    }
}

fn warm() -> KeyCache {
    let mut cache = KeyCache::new(POLICY);
    let start = cache.lookup(at(0)).1.unwrap();
    assert_eq!(cache.kv_read(at(0), &start, None), AfterKvRead::Fetch(None));
    assert!(cache.fetched(at(0), &start, Outcome::Set(set(0, at(0)))).is_some());
    cache
}

fn fail(cache: &mut KeyCache, now: UnixMillis, start: &Start) {
    assert!(matches!(cache.kv_read(now, start, None), AfterKvRead::Fetch(_)));
    assert!(cache.fetched(now, start, Outcome::Failed).is_none());
}

fn miss(cache: &mut KeyCache, now: UnixMillis) -> (Miss, Option<Start>) {
    assert!(matches!(cache.lookup(now).0, Lookup::Ready { .. }));
    cache.miss(now, Algorithm::EdDsa, Some("unknown"))
}

#[test]
fn a_fresh_set_is_used_and_refreshed_ahead_of_its_end() {
    let mut cache = warm();
    assert!(matches!(cache.lookup(at(479)), (Lookup::Ready { .. }, None)));
    assert!(matches!(cache.lookup(at(480)), (Lookup::Ready { .. }, Some(_))));
    assert!(matches!(cache.lookup(at(481)), (Lookup::Ready { .. }, None)));
}

#[test]
fn a_request_waits_briefly_for_the_refresh_of_a_stale_set_and_then_uses_the_stale_set() {
    let mut cache = warm();
    let (lookup, start) = cache.lookup(at(601));
    assert!(matches!(lookup, Lookup::Wait(until) if until == at(601).plus(500)));
    assert!(matches!(cache.lookup(at(601).plus(499)), (Lookup::Wait(_), None)));
    assert!(matches!(cache.lookup(at(601).plus(500)), (Lookup::Ready { .. }, None)));
    fail(&mut cache, at(603), &start.unwrap());
    assert!(matches!(cache.lookup(at(603)), (Lookup::Ready { .. }, None)));
    assert!(matches!(cache.lookup(at(632)), (Lookup::Ready { .. }, None)));
    assert!(matches!(cache.lookup(at(633)), (Lookup::Wait(_), Some(_))));
}

#[test]
fn no_set_is_used_after_the_stale_period() {
    let mut cache = warm();
    assert!(matches!(cache.lookup(at(600 + 86_400 - 1)).0, Lookup::Wait(_)));
    let mut cache = warm();
    let (lookup, start) = cache.lookup(at(600 + 86_400));
    assert!(matches!(lookup, Lookup::Wait(until) if until == at(600 + 86_400 + 5)));
    fail(&mut cache, at(600 + 86_401), &start.unwrap());
    let (lookup, start) = cache.lookup(at(600 + 86_401));
    assert!(matches!(lookup, Lookup::Unavailable { retry_after_seconds: 30 }));
    assert!(start.is_none());
}

#[test]
fn an_empty_cache_makes_one_attempt_for_all() {
    let mut cache = KeyCache::new(POLICY);
    assert!(matches!(cache.lookup(at(0)), (Lookup::Wait(_), Some(_))));
    for _ in 0..100 {
        assert!(matches!(cache.lookup(at(1)), (Lookup::Wait(until), None) if until == at(5)));
    }
}

#[test]
fn a_fresh_set_in_kv_makes_a_fetch_unnecessary() {
    let mut cache = KeyCache::new(POLICY);
    let start = cache.lookup(at(700)).1.unwrap();
    assert_eq!(cache.kv_read(at(700), &start, Some(set(0, at(300)))), AfterKvRead::Done);
    assert!(matches!(cache.lookup(at(700)), (Lookup::Ready { .. }, None)));
}

#[test]
fn a_stale_set_from_kv_is_used_while_the_issuer_is_asked() {
    let mut cache = KeyCache::new(POLICY);
    let start = cache.lookup(at(7000)).1.unwrap();
    let next = cache.kv_read(at(7000), &start, Some(set(0, at(0))));
    assert_eq!(
        next,
        AfterKvRead::Fetch(Some(Validator {
            etag: "\"0\"".into(),
            jwks_uri: "https://a.example/keys".into()
        }))
    );
    assert!(matches!(cache.lookup(at(7001)), (Lookup::Ready { .. }, None)));
}

#[test]
fn a_set_from_kv_that_is_unusable_or_older_is_ignored() {
    let mut cache = KeyCache::new(POLICY);
    let start = cache.lookup(at(90_000)).1.unwrap();
    assert_eq!(cache.kv_read(at(90_000), &start, Some(set(0, at(0)))), AfterKvRead::Fetch(None));

    let mut cache = warm();
    let start = cache.lookup(at(601)).1.unwrap();
    cache.kv_read(at(601), &start, Some(set(1, UnixMillis::from_seconds(999_000))));
    assert_eq!(cache.held().unwrap().keys, set(0, at(0)).keys);
}

#[test]
fn not_modified_renews_the_age() {
    let mut cache = warm();
    let start = cache.lookup(at(500)).1.unwrap();
    cache.kv_read(at(500), &start, None);
    let saved = cache.fetched(
        at(501),
        &start,
        Outcome::NotModified { etag: "\"0\"".into(), fetched_at: at(500) },
    );
    assert_eq!(saved.unwrap().fetched_at, at(500));
    assert!(matches!(cache.lookup(at(979)), (Lookup::Ready { .. }, None)));
}

#[test]
fn an_unknown_key_costs_one_attempt_per_cooldown() {
    let mut cache = warm();
    assert_eq!(miss(&mut cache, at(10)).0, Miss::Final); // The cooldown is not over.
    let (_, start) = miss(&mut cache, at(30));
    let start = start.unwrap();
    assert!(matches!(miss(&mut cache, at(30)), (Miss::Wait(_), None)));
    cache.kv_read(at(30), &start, None);
    cache.fetched(at(31), &start, Outcome::Set(set(0, at(30))));
    for second in 31..61 {
        assert!(matches!(miss(&mut cache, at(second)), (Miss::Final, None)));
    }
    // A valid set without the key is not a failure, so the cooldown does not grow.
    assert!(miss(&mut cache, at(61)).1.is_some());
}

#[test]
fn a_rotated_key_is_found_in_kv_or_at_the_issuer() {
    let mut cache = warm();
    let rotated = |cache: &mut KeyCache| cache.miss(at(40), Algorithm::EdDsa, Some(KEYS[1]));
    let start = rotated(&mut cache).1.unwrap();
    // KV has a later set without the key, so the issuer is asked.
    let next = cache.kv_read(at(40), &start, Some(set(0, at(20))));
    assert!(matches!(next, AfterKvRead::Fetch(_)));
    cache.fetched(at(41), &start, Outcome::Set(set(1, at(40))));
    assert_eq!(cache.held().unwrap().keys, set(1, at(40)).keys);

    let mut cache = warm();
    let start = rotated(&mut cache).1.unwrap();
    assert_eq!(cache.kv_read(at(40), &start, Some(set(1, at(20)))), AfterKvRead::Done);
}

#[test]
fn a_set_from_kv_starts_no_cooldown() {
    // The set in KV is from before a rotation, and the isolate is cold.
    let mut cache = KeyCache::new(POLICY);
    let start = cache.lookup(at(200)).1.unwrap();
    assert_eq!(cache.kv_read(at(200), &start, Some(set(0, at(0)))), AfterKvRead::Done);
    let (found, start) = miss(&mut cache, at(200));
    assert!(matches!(found, Miss::Wait(_)));
    let start = start.unwrap();
    assert!(matches!(cache.kv_read(at(200), &start, Some(set(0, at(0)))), AfterKvRead::Fetch(_)));
    cache.fetched(at(201), &start, Outcome::Set(set(1, at(200))));
    // The second attempt asked the issuer, so it started a cooldown.
    assert_eq!(miss(&mut cache, at(201)).0, Miss::Final);
}

#[test]
fn a_set_fetched_in_the_millisecond_of_the_one_held_replaces_it() {
    let mut cache = KeyCache::new(POLICY);
    let start = cache.refresh(at(0)).unwrap();
    cache.kv_read(at(0), &start, Some(set(0, at(0))));
    assert!(cache.fetched(at(0), &start, Outcome::Set(set(1, at(0)))).is_some());
}

#[test]
fn not_modified_renews_only_the_set_that_was_asked_about() {
    let mut cache = warm();
    let start = cache.lookup(at(500)).1.unwrap();
    cache.kv_read(at(500), &start, None);
    let other = Outcome::NotModified { etag: "\"1\"".into(), fetched_at: at(500) };
    assert!(cache.fetched(at(501), &start, other).is_none());
}

#[test]
fn waiting_requests_notice_every_change() {
    let mut cache = KeyCache::new(POLICY);
    let start = cache.lookup(at(7000)).1.unwrap();
    let before = cache.changes();
    cache.kv_read(at(7000), &start, Some(set(0, at(0))));
    let adopted = cache.changes();
    assert_ne!(adopted, before);
    cache.fetched(at(7001), &start, Outcome::Failed);
    assert_ne!(cache.changes(), adopted);
}

#[test]
fn the_cooldown_counts_from_the_end_of_an_attempt() {
    let mut cache = KeyCache::new(CachePolicy { cooldown: 1_000, ..POLICY });
    let start = cache.lookup(at(0)).1.unwrap();
    fail(&mut cache, at(4), &start);
    assert!(cache.lookup(at(4)).1.is_none());
    assert!(cache.lookup(at(5)).1.is_some());
}

#[test]
fn the_cooldown_doubles_on_failures_up_to_five_minutes() {
    let mut cache = KeyCache::new(POLICY);
    let mut now = 0;
    for expected in [30, 60, 120, 240, 300, 300] {
        let start = cache.lookup(at(now)).1.unwrap();
        fail(&mut cache, at(now), &start);
        assert!(cache.lookup(at(now + expected - 1)).1.is_none());
        now += expected;
    }
}

#[test]
fn an_attempt_that_never_settles_is_taken_over_once() {
    let mut cache = KeyCache::new(POLICY);
    let lost = cache.lookup(at(0)).1.unwrap();
    assert!(matches!(cache.lookup(at(4)), (Lookup::Wait(_), None)));
    // At the deadline no request waits any longer, but an attempt that is alive may still settle.
    assert!(matches!(cache.lookup(at(5)), (Lookup::Unavailable { .. }, None)));
    let second = cache.lookup(at(6)).1.unwrap();
    assert!(matches!(cache.lookup(at(12)), (Lookup::Unavailable { .. }, None)));
    // A set that the lost attempt brings late is adopted.
    cache.fetched(at(13), &lost, Outcome::Set(set(0, at(0))));
    assert!(matches!(cache.lookup(at(13)), (Lookup::Ready { .. }, None)));
    // An older set never replaces a later one.
    cache.fetched(at(14), &second, Outcome::Set(set(1, at(6))));
    cache.fetched(at(14), &lost, Outcome::Set(set(0, at(0))));
    assert_eq!(cache.held().unwrap().keys, set(1, at(6)).keys);
}

#[test]
fn an_attempt_that_was_taken_over_does_not_ask_the_issuer() {
    let mut cache = KeyCache::new(POLICY);
    let lost = cache.lookup(at(0)).1.unwrap();
    let second = cache.lookup(at(6)).1.unwrap();
    assert_eq!(cache.kv_read(at(7), &lost, None), AfterKvRead::Done);
    assert!(matches!(cache.kv_read(at(7), &second, None), AfterKvRead::Fetch(_)));
    // The set that the replaced attempt has read is adopted.
    cache.kv_read(at(8), &lost, Some(set(0, at(0))));
    assert!(matches!(cache.lookup(at(8)), (Lookup::Ready { .. }, None)));
}

#[test]
fn an_isolate_that_slept_over_a_lost_attempt_makes_another_at_once() {
    let mut cache = warm();
    assert!(cache.lookup(at(601)).1.is_some());
    assert!(cache.lookup(at(607)).1.is_some());
    assert!(matches!(cache.lookup(at(7000)), (Lookup::Wait(_), Some(_))));

    // The same holds if the answer of the lost attempt arrives when the isolate wakes.
    let mut cache = warm();
    let start = cache.lookup(at(601)).1.unwrap();
    cache.fetched(at(7000), &start, Outcome::Set(set(0, at(601))));
    assert!(matches!(cache.lookup(at(7000)), (Lookup::Wait(_), Some(_))));
}

#[test]
fn the_same_keys_keep_their_generation() {
    let mut cache = warm();
    let generation = |cache: &mut KeyCache, now| match cache.lookup(now).0 {
        Lookup::Ready { generation, .. } => generation,
        other => panic!("{other:?}"),
    };
    let before = generation(&mut cache, at(0));
    let start = cache.lookup(at(500)).1.unwrap();
    cache.fetched(at(500), &start, Outcome::Set(set(0, at(500))));
    assert_eq!(generation(&mut cache, at(500)), before);
    let start = cache.lookup(at(1000)).1.unwrap();
    cache.fetched(at(1000), &start, Outcome::Set(set(1, at(1000))));
    assert_ne!(generation(&mut cache, at(1000)), before);
}

#[test]
fn a_clock_set_back_makes_no_set_younger() {
    let mut cache = warm();
    let early = UnixMillis::from_seconds(1000);
    assert!(matches!(cache.lookup(early), (Lookup::Ready { .. }, None)));
    assert!(matches!(cache.lookup(early.plus(600_000)), (Lookup::Wait(_), Some(_))));

    let mut cache = warm();
    assert!(matches!(cache.lookup(at(479)), (Lookup::Ready { .. }, None)));
    assert!(matches!(cache.lookup(at(60)), (Lookup::Ready { .. }, None)));
    assert!(matches!(cache.lookup(at(61)), (Lookup::Ready { .. }, Some(_))));
}

#[test]
fn a_monitor_sees_the_state_of_the_source() {
    let mut cache = KeyCache::new(POLICY);
    let seen = |cache: &KeyCache, now| {
        let state = cache.state(now);
        (state, state.is_fresh(), state.is_usable())
    };
    assert_eq!(seen(&cache, at(0)), (KeyState::Absent, false, false));
    cache.found(at(0), set(0, at(0)));
    for (seconds, expected) in [
        (0, (KeyState::Fresh, true, true)),
        (480, (KeyState::Fresh, true, true)),
        (599, (KeyState::Fresh, true, true)),
        (600, (KeyState::Stale, false, true)),
        (86_999, (KeyState::Stale, false, true)),
        (87_000, (KeyState::Expired, false, false)),
    ] {
        assert_eq!(seen(&cache, at(seconds)), expected, "{seconds}");
    }
}

#[test]
fn keys_of_the_configuration_are_always_fresh_and_never_fetched() {
    let mut cache = KeyCache::fixed(set(0, at(0)).keys);
    for now in [at(0), at(10_000_000)] {
        assert_eq!(cache.state(now), KeyState::Inline);
        assert!(cache.state(now).is_fresh() && cache.state(now).is_usable());
        assert!(matches!(cache.lookup(now), (Lookup::Ready { .. }, None)));
        assert!(matches!(miss(&mut cache, now), (Miss::Final, None)));
        assert!(cache.refresh(now).is_none());
    }
    assert_eq!(cache.origin(), Some(KeysFrom::Configuration));
}

#[test]
fn the_origin_of_the_keys_is_known() {
    let mut cache = KeyCache::new(POLICY);
    assert_eq!(cache.origin(), None);
    cache.found(at(0), set(0, at(0)));
    assert_eq!(cache.origin(), Some(KeysFrom::Kv));
    assert_eq!(warm().origin(), Some(KeysFrom::Issuer));
    let names = [KeysFrom::Configuration, KeysFrom::Issuer, KeysFrom::Kv].map(KeysFrom::name);
    assert_eq!(names, ["configuration", "issuer", "store"]);
}

#[test]
fn a_set_from_kv_replaces_only_an_older_one() {
    let mut cache = warm();
    cache.found(at(10), set(1, at(0)));
    assert_eq!(cache.held().unwrap().keys, set(0, at(0)).keys);
    cache.found(at(10), set(1, at(1)));
    assert_eq!(cache.held().unwrap().keys, set(1, at(1)).keys);
}

#[test]
fn a_set_from_the_future_is_as_old_as_now() {
    let mut cache = KeyCache::new(POLICY);
    cache.found(at(0), set(0, at(1_000)));
    assert_eq!(cache.held().unwrap().fetched_at, at(0));
}

#[test]
fn a_set_from_kv_that_is_due_does_not_make_a_refresh_unnecessary() {
    let mut cache = KeyCache::new(POLICY);
    let start = cache.lookup(at(500)).1.unwrap();
    let next = cache.kv_read(at(500), &start, Some(set(0, at(20))));
    assert!(matches!(next, AfterKvRead::Fetch(_)));
    // No set makes a refresh by the cron trigger unnecessary.
    let mut cache = KeyCache::new(POLICY);
    let start = cache.refresh(at(500)).unwrap();
    let next = cache.kv_read(at(500), &start, Some(set(0, at(500))));
    assert!(matches!(next, AfterKvRead::Fetch(_)));
}

#[test]
fn a_missing_key_in_a_set_that_is_due_makes_a_fetch_unnecessary() {
    let mut cache = warm();
    let start = cache.miss(at(550), Algorithm::EdDsa, Some(KEYS[1])).1.unwrap();
    assert_eq!(cache.kv_read(at(550), &start, Some(set(1, at(20)))), AfterKvRead::Done);
    // A stale set does not make it unnecessary.
    let mut cache = warm();
    let start = cache.miss(at(700), Algorithm::EdDsa, Some(KEYS[1])).1.unwrap();
    let next = cache.kv_read(at(700), &start, Some(set(1, at(20))));
    assert!(matches!(next, AfterKvRead::Fetch(_)));
}
