//! The state machine that keeps one issuer's keys at hand: state, time and event in, decision out.
//!
//! Three levels: this isolate's memory, KV, the issuer. The machine does no I/O; the shell tells it
//! what happened and carries out what it decides:
//!
//! ```text
//!            lookup, miss                  kv_read                 fetched
//! request ───────────────▶ Start(attempt) ─────────▶ Fetch(etag) ─────────▶ Option<Save>
//!                │                            │
//!                ▼                            ▼
//!       Ready · Wait · Unavailable          Done
//! ```
//!
//! At most one attempt to refresh is under way, and none begins until the cooldown after the last
//! one is over, successful or not: a flood of unknown key ids costs the issuer one request per
//! cooldown. An attempt that KV has satisfied cost the issuer nothing and gives its place back; a
//! second one like it would need yet another set in KV.

mod messages;

pub use messages::{
    AfterKvRead, CachePolicy, Fetched, KeyState, KeysFrom, Lookup, Miss, Outcome, Start, Validator,
};

use std::rc::Rc;

use crate::keys::KeySet;
use crate::signature::Algorithm;
use crate::time::UnixMillis;

use messages::Goal;

/// The longest cooldown after repeated failures, in milliseconds.
const MAX_COOLDOWN_MILLIS: u64 = 300_000;

/// How long after its deadline an attempt is given up for lost, in milliseconds. One that is alive
/// has settled by then.
const GRACE_MILLIS: u64 = 1_000;

/// One issuer's keys, and what is under way to renew them.
#[derive(Debug)]
pub struct KeyCache {
    policy: CachePolicy,
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

#[derive(Clone, Debug)]
struct Held {
    set: Fetched,
    generation: u64,
    origin: KeysFrom,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Fresh,
    /// Fresh, in the last fifth of that time.
    Due,
    Stale,
}

impl KeyCache {
    /// An empty cache.
    pub fn new(policy: CachePolicy) -> Self {
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
        let forever = CachePolicy { fresh: u64::MAX, stale: 0, cooldown: 0, timeout: 0, wait: 0 };
        let set = Fetched {
            keys,
            document: "".into(),
            jwks_uri: "".into(),
            etag: None,
            fetched_at: UnixMillis::default(),
        };
        Self {
            held: Some(Held { set, generation: 0, origin: KeysFrom::Configuration }),
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
    pub fn kv_read(
        &mut self,
        now: UnixMillis,
        start: &Start,
        stored: Option<Fetched>,
    ) -> AfterKvRead {
        self.settle_clock(now);
        if let Some(set) = stored {
            self.found(now, set);
        }
        if self.fulfils(now, &start.goal) {
            let previous = self.attempt.and_then(|attempt| attempt.previous);
            if self.settle(now, start.attempt, true) {
                self.last_attempt_at = previous;
            }
            return AfterKvRead::Done;
        }
        if !self.is_under_way(start.attempt) {
            // Another has taken over, and asks in its stead.
            return AfterKvRead::Done;
        }
        AfterKvRead::Fetch(self.held.as_ref().and_then(|held| {
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
        brought.filter(|set| self.adopt(now, set.clone(), KeysFrom::Issuer))
    }

    /// A look into the shared store beside any attempt has found this set.
    pub fn found(&mut self, now: UnixMillis, set: Fetched) {
        self.settle_clock(now);
        if self.held.as_ref().is_none_or(|held| set.fetched_at > held.set.fetched_at) {
            self.adopt(now, set, KeysFrom::Kv);
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
    pub fn origin(&self) -> Option<KeysFrom> {
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
    fn adopt(&mut self, now: UnixMillis, mut set: Fetched, origin: KeysFrom) -> bool {
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
mod tests;
