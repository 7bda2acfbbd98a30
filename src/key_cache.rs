//! The state machine that keeps one issuer's keys at hand: state, time and event in, decision out.
//!
//! Three levels: this isolate's memory, a store that isolates share, the issuer. The machine does
//! no I/O; the shell tells it what happened and carries out what it decides:
//!
//! ```text
//!            lookup, miss                   stored                 fetched
//! request ───────────────▶ Start(attempt) ─────────▶ Fetch(etag) ─────────▶ Option<Save>
//!                │                            │
//!                ▼                            ▼
//!       Ready · Wait · Unavailable          Done
//! ```
//!
//! At most one attempt to refresh is under way, and none begins until the cooldown after the last
//! one is over, successful or not: a flood of unknown key ids costs the issuer one request per
//! cooldown. An attempt that the store has satisfied cost the issuer nothing and gives its place
//! back; a second one like it would need yet another set in the store.

use std::rc::Rc;

use serde::Serialize;

use crate::jwk::KeySet;
use crate::signature::Algorithm;
use crate::time::UnixMillis;

/// The longest cooldown after repeated failures, in milliseconds.
const MAX_COOLDOWN_MILLIS: u64 = 300_000;

/// How long after its deadline an attempt is given up for lost, in milliseconds. One that is alive
/// has settled by then.
const GRACE_MILLIS: u64 = 1_000;

/// The bounds of a key cache, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Up to this age a set is used without asking anyone.
    pub fresh: u64,
    /// For so much longer it serves where it cannot be refreshed.
    pub stale: u64,
    /// Between two attempts lies at least this.
    pub cooldown: u64,
    /// An attempt takes at most this.
    pub timeout: u64,
    /// A request that has a stale set waits at most this for a fresh one.
    pub wait: u64,
}

impl Policy {
    /// For how long after it was fetched a set may serve.
    pub fn usable(&self) -> u64 {
        self.fresh.saturating_add(self.stale)
    }
}

/// One issuer's keys, and what is under way to renew them.
#[derive(Debug)]
pub struct KeyCache {
    policy: Policy,
    held: Option<Held>,
    attempt: Option<Attempt>,
    /// When the last attempt began or, once it has settled, ended or was lost.
    last_attempt_at: Option<UnixMillis>,
    /// Attempts without a valid set, since the last one with a set.
    failures: u32,
    attempts: u64,
    generations: u64,
    changes: u64,
    /// Keys that stand in the configuration: always fresh, never fetched.
    fixed: bool,
    /// The latest event.
    seen_at: UnixMillis,
}

/// A set of keys with its age and origin.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The keys.
    pub keys: Rc<KeySet>,
    /// The document they were read from.
    pub document: Rc<str>,
    /// The URL of the document.
    pub jwks_uri: Rc<str>,
    /// The document's entity tag (RFC 9110, section 8.8.3).
    pub etag: Option<String>,
    /// When its request was sent: what was published before then is in it.
    pub fetched_at: UnixMillis,
}

/// What a request can do about keys.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// Verify with these.
    Ready {
        /// The keys.
        keys: Rc<KeySet>,
        /// Changes when the keys do.
        generation: u64,
    },
    /// Look again when an attempt has settled, at the latest at that moment.
    Wait(UnixMillis),
    /// There are no keys, and none can be had yet.
    Unavailable {
        /// Until the next attempt is allowed, in whole seconds, at least 1.
        retry_after_seconds: u64,
    },
}

/// What a request can do whose token no key fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// Nothing: the token is refused.
    Final,
    /// Look again when an attempt has settled, at the latest at that moment.
    Wait(UnixMillis),
}

/// Where the keys that are held come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// They stand in the configuration.
    Configuration,
    /// The issuer has sent or confirmed them to this isolate.
    Issuer,
    /// The shared store had them.
    Store,
}

impl Origin {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Issuer => "issuer",
            Self::Store => "store",
        }
    }
}

/// How a source stands, as a monitor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// No set is held.
    Absent,
    /// The set held may not serve any longer.
    Expired,
    /// The set is fresh.
    Fresh,
    /// The keys stand in the configuration.
    Inline,
    /// The set may serve while it cannot be refreshed.
    Stale,
}

impl KeyState {
    /// Whether the keys are used without asking anyone.
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh | Self::Inline)
    }

    /// Whether tokens can be verified.
    pub fn is_usable(self) -> bool {
        self.is_fresh() || self == Self::Stale
    }
}

/// An attempt that the shell must carry out: read the shared store, then report [`KeyCache::stored`].
#[derive(Clone, Debug)]
pub struct Start {
    /// Identifies the attempt in later events.
    pub attempt: u64,
    /// When it must have settled.
    pub deadline: UnixMillis,
    goal: Goal,
}

/// What the shell does after it has read the shared store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterStored {
    /// Nothing: the store had what was needed, or another attempt has taken over.
    Done,
    /// Fetch from the issuer, then report [`KeyCache::fetched`].
    Fetch(Option<Validator>),
}

/// What makes a fetch conditional (RFC 9110, section 13.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// For `If-None-Match`.
    pub etag: String,
    /// The URL that the entity tag is of.
    pub jwks_uri: Rc<str>,
}

/// How the fetch from the issuer ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It brought no valid set, whatever the cause.
    Failed,
    /// The issuer has confirmed the entity tag.
    NotModified {
        /// The entity tag.
        etag: String,
        /// When the request was sent.
        fetched_at: UnixMillis,
    },
    /// A valid set.
    Set(Fetched),
}

#[derive(Clone, Debug)]
struct Held {
    set: Fetched,
    generation: u64,
    origin: Origin,
}

#[derive(Clone, Copy, Debug)]
struct Attempt {
    id: u64,
    started_at: UnixMillis,
    /// It replaced one that never settled.
    takeover: bool,
    /// What [`KeyCache::last_attempt_at`] was before it.
    previous: Option<UnixMillis>,
}

/// What an attempt must bring to spare the fetch from the issuer.
#[derive(Clone, Debug)]
enum Goal {
    /// Nothing spares it.
    Fetch,
    /// A set that is fresh and not yet due for a refresh.
    Fresh,
    /// A fresh set with a candidate that `tried` does not have.
    Candidate { algorithm: Algorithm, key_id: Option<String>, tried: Rc<KeySet> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Fresh,
    /// Fresh, in the last fifth of that time.
    Due,
    Stale,
}

impl KeyCache {
    /// An empty cache.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            held: None,
            attempt: None,
            last_attempt_at: None,
            failures: 0,
            attempts: 0,
            generations: 0,
            changes: 0,
            fixed: false,
            seen_at: UnixMillis::default(),
        }
    }

    /// A cache of keys that stand in the configuration.
    pub fn fixed(keys: Rc<KeySet>) -> Self {
        let forever = Policy { fresh: u64::MAX, stale: 0, cooldown: 0, timeout: 0, wait: 0 };
        let set = Fetched {
            keys,
            document: "".into(),
            jwks_uri: "".into(),
            etag: None,
            fetched_at: UnixMillis::default(),
        };
        Self {
            held: Some(Held { set, generation: 0, origin: Origin::Configuration }),
            fixed: true,
            ..Self::new(forever)
        }
    }

    /// A request needs keys.
    pub fn lookup(&mut self, now: UnixMillis) -> (Lookup, Option<Start>) {
        self.settle_clock(now);
        match self.age(now) {
            Some((Age::Fresh, ready)) => (ready, None),
            Some((Age::Due, ready)) => (ready, self.claim(now, Goal::Fresh)),
            Some((Age::Stale, ready)) => {
                let start = self.claim(now, Goal::Fresh);
                // Every request waits for a refresh that has just begun, so that an isolate that
                // slept uses no key that was revoked meanwhile.
                let lookup = match self.attempt {
                    Some(attempt) if now < attempt.started_at.plus(self.policy.wait) => {
                        Lookup::Wait(attempt.started_at.plus(self.policy.wait))
                    }
                    _ => ready,
                };
                (lookup, start)
            }
            None => {
                let start = self.claim(now, Goal::Fresh);
                let lookup = match self.settles_by(now) {
                    Some(deadline) => Lookup::Wait(deadline),
                    None => Lookup::Unavailable { retry_after_seconds: self.retry_after(now) },
                };
                (lookup, start)
            }
        }
    }

    /// No key that [`KeyCache::lookup`] has just brought fits a token, or none has signed it.
    pub fn miss(
        &mut self,
        now: UnixMillis,
        algorithm: Algorithm,
        key_id: Option<&str>,
    ) -> (Miss, Option<Start>) {
        self.settle_clock(now);
        let Some(held) = &self.held else { return (Miss::Final, None) };
        let tried = Rc::clone(&held.set.keys);
        let goal = Goal::Candidate { algorithm, key_id: key_id.map(str::to_owned), tried };
        let start = self.claim(now, goal);
        (self.settles_by(now).map_or(Miss::Final, Miss::Wait), start)
    }

    /// The cron trigger asks for a refresh, whatever the age of the set held or stored.
    pub fn refresh(&mut self, now: UnixMillis) -> Option<Start> {
        self.settle_clock(now);
        self.claim(now, Goal::Fetch)
    }

    /// An attempt has read the shared store.
    pub fn stored(
        &mut self,
        now: UnixMillis,
        start: &Start,
        stored: Option<Fetched>,
    ) -> AfterStored {
        self.settle_clock(now);
        if let Some(set) = stored {
            self.found(now, set);
        }
        if self.fulfils(now, &start.goal) {
            let previous = self.attempt.and_then(|attempt| attempt.previous);
            if self.settle(now, start.attempt, true) {
                self.last_attempt_at = previous;
            }
            return AfterStored::Done;
        }
        if !self.is_under_way(start.attempt) {
            // Another has taken over, and asks in its stead.
            return AfterStored::Done;
        }
        AfterStored::Fetch(self.held.as_ref().and_then(|held| {
            let Fetched { etag, jwks_uri, .. } = &held.set;
            Some(Validator { etag: etag.clone()?, jwks_uri: Rc::clone(jwks_uri) })
        }))
    }

    /// An attempt has asked the issuer. Returns the set that the shared store should have.
    pub fn fetched(&mut self, now: UnixMillis, start: &Start, outcome: Outcome) -> Option<Fetched> {
        self.settle_clock(now);
        let brought = match outcome {
            Outcome::Failed => None,
            Outcome::NotModified { etag, fetched_at } => {
                let confirmed = self.held.as_ref().filter(|held| held.set.etag == Some(etag));
                confirmed.map(|held| Fetched { fetched_at, ..held.set.clone() })
            }
            Outcome::Set(set) => Some(set),
        };
        self.settle(now, start.attempt, brought.is_some());
        brought.filter(|set| self.adopt(now, set.clone(), Origin::Issuer))
    }

    /// A look into the shared store beside any attempt has found this set.
    pub fn found(&mut self, now: UnixMillis, set: Fetched) {
        self.settle_clock(now);
        if self.held.as_ref().is_none_or(|held| set.fetched_at > held.set.fetched_at) {
            self.adopt(now, set, Origin::Store);
        }
    }

    /// How the source stands.
    pub fn state(&self, now: UnixMillis) -> KeyState {
        match self.age(now) {
            _ if self.fixed => KeyState::Inline,
            Some((Age::Fresh | Age::Due, _)) => KeyState::Fresh,
            Some((Age::Stale, _)) => KeyState::Stale,
            None if self.held.is_some() => KeyState::Expired,
            None => KeyState::Absent,
        }
    }

    /// The set that is held and when it was fetched, usable or not.
    pub fn held(&self) -> Option<&Fetched> {
        self.held.as_ref().map(|held| &held.set)
    }

    /// Where the set that is held comes from.
    pub fn origin(&self) -> Option<Origin> {
        self.held.as_ref().map(|held| held.origin)
    }

    /// Changes whenever a waiting request had better look again: a set was adopted, or an attempt
    /// has settled.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// A clock that was set back must not make a set younger than it is, or lock attempts out:
    /// whatever lies in the past moves back with it.
    fn settle_clock(&mut self, now: UnixMillis) {
        let back = self.seen_at.since(now);
        self.seen_at = now;
        if back == 0 {
            return;
        }
        if let Some(held) = &mut self.held {
            held.set.fetched_at = held.set.fetched_at.minus(back);
        }
        if let Some(attempt) = &mut self.attempt {
            attempt.started_at = attempt.started_at.minus(back);
            attempt.previous = attempt.previous.map(|at| at.minus(back));
        }
        self.last_attempt_at = self.last_attempt_at.map(|at| at.minus(back));
    }

    fn age(&self, now: UnixMillis) -> Option<(Age, Lookup)> {
        let held = self.held.as_ref()?;
        let millis = now.since(held.set.fetched_at);
        let last_fifth = self.policy.fresh.saturating_sub(self.policy.fresh / 5);
        let age = if millis < last_fifth {
            Age::Fresh
        } else if millis < self.policy.fresh {
            Age::Due
        } else if millis < self.policy.usable() {
            Age::Stale
        } else {
            return None;
        };
        let keys = Rc::clone(&held.set.keys);
        Some((age, Lookup::Ready { keys, generation: held.generation }))
    }

    /// Claims the one attempt that the cooldown allows.
    fn claim(&mut self, now: UnixMillis, goal: Goal) -> Option<Start> {
        if self.fixed {
            return None;
        }
        let mut takeover = false;
        if let Some(attempt) = self.attempt {
            if now < self.lost_at(attempt) {
                return None;
            }
            // The request that carried it out is gone. Once, another may step in at once; after
            // that it counts as the failure it is.
            takeover = !attempt.takeover;
            if takeover {
                self.attempt = None;
            } else {
                self.settle(now, attempt.id, false);
            }
        }
        if !takeover && now < self.next_attempt_at() {
            return None;
        }
        self.attempts = self.attempts.saturating_add(1);
        let previous = self.last_attempt_at;
        let attempt = Attempt { id: self.attempts, started_at: now, takeover, previous };
        self.attempt = Some(attempt);
        self.last_attempt_at = Some(now);
        Some(Start { attempt: attempt.id, deadline: self.deadline(attempt), goal })
    }

    fn deadline(&self, attempt: Attempt) -> UnixMillis {
        attempt.started_at.plus(self.policy.timeout)
    }

    /// When nothing is expected of an attempt any longer.
    fn lost_at(&self, attempt: Attempt) -> UnixMillis {
        self.deadline(attempt).plus(GRACE_MILLIS)
    }

    /// When the attempt under way must have settled, if that is still to come.
    fn settles_by(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.attempt.map(|attempt| self.deadline(attempt)).filter(|deadline| now < *deadline)
    }

    fn next_attempt_at(&self) -> UnixMillis {
        let Some(last) = self.last_attempt_at else {
            return UnixMillis::default();
        };
        // Doubled from the second failure on.
        let doublings = self.failures.saturating_sub(1).min(16);
        let cooldown = self.policy.cooldown.saturating_mul(2_u64.saturating_pow(doublings));
        last.plus(cooldown.min(MAX_COOLDOWN_MILLIS.max(self.policy.cooldown)))
    }

    fn retry_after(&self, now: UnixMillis) -> u64 {
        self.next_attempt_at().since(now).div_ceil(1000).max(1)
    }

    fn is_under_way(&self, attempt: u64) -> bool {
        self.attempt.is_some_and(|current| current.id == attempt)
    }

    /// Only the attempt that is under way settles; one that was taken over has lost its say. The
    /// cooldown counts from here, or an attempt could outlast it; but not from later than the
    /// moment from which it was lost, or an isolate that slept over it would use a stale set.
    fn settle(&mut self, now: UnixMillis, attempt: u64, successful: bool) -> bool {
        let Some(current) = self.attempt.filter(|current| current.id == attempt) else {
            return false;
        };
        self.attempt = None;
        self.last_attempt_at = Some(now.min(self.lost_at(current)));
        self.failures = if successful { 0 } else { self.failures.saturating_add(1) };
        self.changes = self.changes.wrapping_add(1);
        true
    }

    /// Takes over a set that is usable and not older than the one held.
    fn adopt(&mut self, now: UnixMillis, mut set: Fetched, origin: Origin) -> bool {
        set.fetched_at = set.fetched_at.min(now);
        if now.since(set.fetched_at) >= self.policy.usable() {
            return false;
        }
        let generation = match &self.held {
            Some(held) if set.fetched_at < held.set.fetched_at => return false,
            Some(held) if held.set.keys == set.keys => {
                set.keys = Rc::clone(&held.set.keys);
                held.generation
            }
            _ => {
                self.generations = self.generations.saturating_add(1);
                self.generations
            }
        };
        self.held = Some(Held { set, generation, origin });
        self.changes = self.changes.wrapping_add(1);
        true
    }

    fn fulfils(&self, now: UnixMillis, goal: &Goal) -> bool {
        match (goal, self.age(now), &self.held) {
            (Goal::Fresh, Some((age, _)), _) => age == Age::Fresh,
            (
                Goal::Candidate { algorithm, key_id, tried },
                Some((Age::Fresh | Age::Due, _)),
                Some(held),
            ) => held
                .set
                .keys
                .candidates(*algorithm, key_id.as_deref())
                .any(|key| !tried.keys().contains(key)),
            (Goal::Fetch | Goal::Fresh | Goal::Candidate { .. }, ..) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const POLICY: Policy =
        Policy { fresh: 600_000, stale: 86_400_000, cooldown: 30_000, timeout: 5_000, wait: 500 };

    /// RFC 8037, appendix A.2 and RFC 8032, section 7.1, test 2.
    const KEYS: [&str; 2] = [
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw",
    ];

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
        assert_eq!(cache.stored(at(0), &start, None), AfterStored::Fetch(None));
        assert!(cache.fetched(at(0), &start, Outcome::Set(set(0, at(0)))).is_some());
        cache
    }

    fn fail(cache: &mut KeyCache, now: UnixMillis, start: &Start) {
        assert!(matches!(cache.stored(now, start, None), AfterStored::Fetch(_)));
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
    fn a_stale_set_waits_shortly_for_its_refresh_and_then_serves() {
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
    fn past_its_bound_no_set_serves() {
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
    fn the_store_spares_the_fetch() {
        let mut cache = KeyCache::new(POLICY);
        let start = cache.lookup(at(700)).1.unwrap();
        assert_eq!(cache.stored(at(700), &start, Some(set(0, at(300)))), AfterStored::Done);
        assert!(matches!(cache.lookup(at(700)), (Lookup::Ready { .. }, None)));
    }

    #[test]
    fn a_stale_stored_set_serves_while_the_issuer_is_asked() {
        let mut cache = KeyCache::new(POLICY);
        let start = cache.lookup(at(7000)).1.unwrap();
        let next = cache.stored(at(7000), &start, Some(set(0, at(0))));
        assert_eq!(
            next,
            AfterStored::Fetch(Some(Validator {
                etag: "\"0\"".into(),
                jwks_uri: "https://a.example/keys".into()
            }))
        );
        assert!(matches!(cache.lookup(at(7001)), (Lookup::Ready { .. }, None)));
    }

    #[test]
    fn a_stored_set_that_is_too_old_or_older_is_ignored() {
        let mut cache = KeyCache::new(POLICY);
        let start = cache.lookup(at(90_000)).1.unwrap();
        assert_eq!(cache.stored(at(90_000), &start, Some(set(0, at(0)))), AfterStored::Fetch(None));

        let mut cache = warm();
        let start = cache.lookup(at(601)).1.unwrap();
        cache.stored(at(601), &start, Some(set(1, UnixMillis::from_seconds(999_000))));
        assert_eq!(cache.held().unwrap().keys, set(0, at(0)).keys);
    }

    #[test]
    fn not_modified_renews_the_age() {
        let mut cache = warm();
        let start = cache.lookup(at(500)).1.unwrap();
        cache.stored(at(500), &start, None);
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
        assert_eq!(miss(&mut cache, at(10)).0, Miss::Final); // in cooldown
        let (_, start) = miss(&mut cache, at(30));
        let start = start.unwrap();
        assert!(matches!(miss(&mut cache, at(30)), (Miss::Wait(_), None)));
        cache.stored(at(30), &start, None);
        cache.fetched(at(31), &start, Outcome::Set(set(0, at(30))));
        for second in 31..61 {
            assert!(matches!(miss(&mut cache, at(second)), (Miss::Final, None)));
        }
        // A set that merely lacks the key is no failure: the cooldown is not longer.
        assert!(miss(&mut cache, at(61)).1.is_some());
    }

    #[test]
    fn a_rotated_key_is_found_in_the_store_or_at_the_issuer() {
        let mut cache = warm();
        let rotated = |cache: &mut KeyCache| cache.miss(at(40), Algorithm::EdDsa, Some(KEYS[1]));
        let start = rotated(&mut cache).1.unwrap();
        // The store has a later set without the key: the issuer is asked.
        let next = cache.stored(at(40), &start, Some(set(0, at(20))));
        assert!(matches!(next, AfterStored::Fetch(_)));
        cache.fetched(at(41), &start, Outcome::Set(set(1, at(40))));
        assert_eq!(cache.held().unwrap().keys, set(1, at(40)).keys);

        let mut cache = warm();
        let start = rotated(&mut cache).1.unwrap();
        assert_eq!(cache.stored(at(40), &start, Some(set(1, at(20)))), AfterStored::Done);
    }

    #[test]
    fn a_set_from_the_store_delays_no_question_to_the_issuer() {
        // The store's set is from before a rotation, and the isolate is cold.
        let mut cache = KeyCache::new(POLICY);
        let start = cache.lookup(at(200)).1.unwrap();
        assert_eq!(cache.stored(at(200), &start, Some(set(0, at(0)))), AfterStored::Done);
        let (found, start) = miss(&mut cache, at(200));
        assert!(matches!(found, Miss::Wait(_)));
        let start = start.unwrap();
        assert!(matches!(
            cache.stored(at(200), &start, Some(set(0, at(0)))),
            AfterStored::Fetch(_)
        ));
        cache.fetched(at(201), &start, Outcome::Set(set(1, at(200))));
        // That one did ask the issuer.
        assert_eq!(miss(&mut cache, at(201)).0, Miss::Final);
    }

    #[test]
    fn a_set_fetched_in_the_millisecond_of_the_one_held_replaces_it() {
        let mut cache = KeyCache::new(POLICY);
        let start = cache.refresh(at(0)).unwrap();
        cache.stored(at(0), &start, Some(set(0, at(0))));
        assert!(cache.fetched(at(0), &start, Outcome::Set(set(1, at(0)))).is_some());
    }

    #[test]
    fn not_modified_renews_only_the_set_that_was_asked_about() {
        let mut cache = warm();
        let start = cache.lookup(at(500)).1.unwrap();
        cache.stored(at(500), &start, None);
        let other = Outcome::NotModified { etag: "\"1\"".into(), fetched_at: at(500) };
        assert!(cache.fetched(at(501), &start, other).is_none());
    }

    #[test]
    fn waiting_requests_notice_every_change() {
        let mut cache = KeyCache::new(POLICY);
        let start = cache.lookup(at(7000)).1.unwrap();
        let before = cache.changes();
        cache.stored(at(7000), &start, Some(set(0, at(0))));
        let adopted = cache.changes();
        assert_ne!(adopted, before);
        cache.fetched(at(7001), &start, Outcome::Failed);
        assert_ne!(cache.changes(), adopted);
    }

    #[test]
    fn the_cooldown_counts_from_the_end_of_an_attempt() {
        let mut cache = KeyCache::new(Policy { cooldown: 1_000, ..POLICY });
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
        // At the deadline nobody waits any longer, and one that is alive may still settle.
        assert!(matches!(cache.lookup(at(5)), (Lookup::Unavailable { .. }, None)));
        let second = cache.lookup(at(6)).1.unwrap();
        assert!(matches!(cache.lookup(at(12)), (Lookup::Unavailable { .. }, None)));
        // What the lost one brings after all is welcome.
        cache.fetched(at(13), &lost, Outcome::Set(set(0, at(0))));
        assert!(matches!(cache.lookup(at(13)), (Lookup::Ready { .. }, None)));
        // But what is older never replaces what is later.
        cache.fetched(at(14), &second, Outcome::Set(set(1, at(6))));
        cache.fetched(at(14), &lost, Outcome::Set(set(0, at(0))));
        assert_eq!(cache.held().unwrap().keys, set(1, at(6)).keys);
    }

    #[test]
    fn an_attempt_that_was_taken_over_does_not_ask_the_issuer() {
        let mut cache = KeyCache::new(POLICY);
        let lost = cache.lookup(at(0)).1.unwrap();
        let second = cache.lookup(at(6)).1.unwrap();
        assert_eq!(cache.stored(at(7), &lost, None), AfterStored::Done);
        assert!(matches!(cache.stored(at(7), &second, None), AfterStored::Fetch(_)));
        // What it has read is welcome.
        cache.stored(at(8), &lost, Some(set(0, at(0))));
        assert!(matches!(cache.lookup(at(8)), (Lookup::Ready { .. }, None)));
    }

    #[test]
    fn an_isolate_that_slept_over_a_lost_attempt_makes_another_at_once() {
        let mut cache = warm();
        assert!(cache.lookup(at(601)).1.is_some());
        assert!(cache.lookup(at(607)).1.is_some());
        assert!(matches!(cache.lookup(at(7000)), (Lookup::Wait(_), Some(_))));

        // Or over one whose answer comes when it wakes.
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
    fn a_monitor_sees_how_the_source_stands() {
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
        assert_eq!(cache.origin(), Some(Origin::Configuration));
    }

    #[test]
    fn the_origin_of_the_keys_is_known() {
        let mut cache = KeyCache::new(POLICY);
        assert_eq!(cache.origin(), None);
        cache.found(at(0), set(0, at(0)));
        assert_eq!(cache.origin(), Some(Origin::Store));
        assert_eq!(warm().origin(), Some(Origin::Issuer));
        let names = [Origin::Configuration, Origin::Issuer, Origin::Store].map(Origin::name);
        assert_eq!(names, ["configuration", "issuer", "store"]);
    }

    #[test]
    fn the_store_replaces_only_what_is_older() {
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
    fn a_set_that_is_due_spares_no_refresh() {
        let mut cache = KeyCache::new(POLICY);
        let start = cache.lookup(at(500)).1.unwrap();
        let next = cache.stored(at(500), &start, Some(set(0, at(20))));
        assert!(matches!(next, AfterStored::Fetch(_)));
        // One asked for by the cron trigger is spared by none.
        let mut cache = KeyCache::new(POLICY);
        let start = cache.refresh(at(500)).unwrap();
        let next = cache.stored(at(500), &start, Some(set(0, at(500))));
        assert!(matches!(next, AfterStored::Fetch(_)));
    }

    #[test]
    fn a_key_from_a_set_that_is_due_spares_the_question_for_it() {
        let mut cache = warm();
        let start = cache.miss(at(550), Algorithm::EdDsa, Some(KEYS[1])).1.unwrap();
        assert_eq!(cache.stored(at(550), &start, Some(set(1, at(20)))), AfterStored::Done);
        // Nor is there one in a set that is stale.
        let mut cache = warm();
        let start = cache.miss(at(700), Algorithm::EdDsa, Some(KEYS[1])).1.unwrap();
        let next = cache.stored(at(700), &start, Some(set(1, at(20))));
        assert!(matches!(next, AfterStored::Fetch(_)));
    }
}
