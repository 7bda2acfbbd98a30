//! The state machine that caches one issuer's keys: state, time and event in, decision out.
//!
//! Keys come from three levels: this isolate's memory, KV, and the issuer. The machine does no I/O.
//! The shell reports events to the machine and carries out its decisions:
//!
//! ```text
//!            lookup, miss                  kv_read                 fetched
//! request ───────────────▶ Start(attempt) ─────────▶ Fetch(etag) ─────────▶ Option<Save>
//!                │                            │
//!                ▼                            ▼
//!       Ready · Wait · Unavailable          Done
//! ```
//!
//! At most one attempt to refresh is under way. After an attempt, successful or not, no other
//! begins until the cooldown is over. So a flood of unknown key ids costs the issuer one request
//! per cooldown.
//!
//! An attempt that KV has satisfied starts no cooldown, because it cost the issuer nothing. Such
//! attempts cannot repeat without end: each one needs a newer set in KV.

mod messages;
mod state;

pub use messages::{
    AfterKvRead, CachePolicy, Fetched, KeyState, KeysFrom, Lookup, Miss, Outcome, Start, Validator,
};

use std::rc::Rc;

use crate::keys::KeySet;
use crate::signature::Algorithm;
use crate::time::UnixMillis;

use messages::Goal;
use state::{Age, Attempt, Held};

/// The longest cooldown after repeated failures, in milliseconds.
const MAX_COOLDOWN_MILLIS: u64 = 300_000;

/// The time after its deadline at which an attempt counts as lost, in milliseconds. An attempt
/// that is still alive has settled by then.
const GRACE_MILLIS: u64 = 1_000;

/// One issuer's keys, and the attempt to refresh them.
#[derive(Debug)]
pub struct KeyCache {
    policy: CachePolicy,
    held: Option<Held>,
    attempt: Option<Attempt>,
    /// The time from which the cooldown counts: when the last attempt began or, after it has
    /// settled, when it ended or was lost.
    last_attempt_at: Option<UnixMillis>,
    /// The number of failed attempts since the last successful one.
    failures: u32,
    attempts: u64,
    generations: u64,
    changes: u64,
    /// Whether the keys are part of the configuration: always fresh, never fetched.
    fixed: bool,
    /// The time of the latest event.
    seen_at: UnixMillis,
}

impl KeyCache {
    /// Returns an empty cache.
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

    /// Returns a cache of keys that are part of the configuration.
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

    /// Returns what a request that needs keys does now. If an attempt begins, the shell must carry
    /// out the returned [`Start`].
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

    /// Returns what a request does after no key from [`KeyCache::lookup`] has verified its token:
    /// either none fits the token's `algorithm` and `key_id`, or none has signed the token.
    ///
    /// If an attempt begins, the shell must carry out the returned [`Start`].
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

    /// Begins an attempt for the cron trigger, regardless of the age of the set in memory or in KV.
    /// Returns `None` if no attempt may begin now.
    pub fn refresh(&mut self, now: UnixMillis) -> Option<Start> {
        self.settle_clock(now);
        self.claim(now, Goal::Fetch)
    }

    /// Reports that an attempt has read KV, and returns what the shell does next. `stored` is the
    /// set in the KV entry, or `None` if there is no valid entry.
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
            // Another attempt has taken over and asks the issuer.
            return AfterKvRead::Done;
        }
        AfterKvRead::Fetch(self.held.as_ref().and_then(|held| {
            let Fetched { etag, jwks_uri, .. } = &held.set;
            Some(Validator { etag: etag.clone()?, jwks_uri: Rc::clone(jwks_uri) })
        }))
    }

    /// Reports that an attempt has asked the issuer, and returns the set to write to KV, if any.
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

    /// Reports a set that was found in KV. It is adopted if it is newer than the one held.
    pub fn found(&mut self, now: UnixMillis, set: Fetched) {
        self.settle_clock(now);
        if self.held.as_ref().is_none_or(|held| set.fetched_at > held.set.fetched_at) {
            self.adopt(now, set, KeysFrom::Kv);
        }
    }

    /// Returns the state of the source, as a monitor sees it.
    pub fn state(&self, now: UnixMillis) -> KeyState {
        match self.age(now) {
            _ if self.fixed => KeyState::Inline,
            Some((Age::Fresh | Age::Due, _)) => KeyState::Fresh,
            Some((Age::Stale, _)) => KeyState::Stale,
            None if self.held.is_some() => KeyState::Expired,
            None => KeyState::Absent,
        }
    }

    /// Returns the set that is held, even if it is too old to be used.
    pub fn held(&self) -> Option<&Fetched> {
        self.held.as_ref().map(|held| &held.set)
    }

    /// Returns the origin of the set that is held.
    pub fn origin(&self) -> Option<KeysFrom> {
        self.held.as_ref().map(|held| held.origin)
    }

    /// Returns a counter that increments when a waiting request should look again: a set was
    /// adopted, or an attempt has settled.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Moves all past times back if the clock was set back. Otherwise a set would seem younger than
    /// it is, and the cooldown would block attempts for too long.
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
        let age = Age::of(&self.policy, millis)?;
        let keys = Rc::clone(&held.set.keys);
        Some((age, Lookup::Ready { keys, generation: held.generation }))
    }

    /// Begins an attempt if none is under way and the cooldown is over.
    fn claim(&mut self, now: UnixMillis, goal: Goal) -> Option<Start> {
        if self.fixed {
            return None;
        }
        let mut takeover = false;
        if let Some(attempt) = self.attempt {
            if now < self.lost_at(attempt) {
                return None;
            }
            // The request that carried the attempt out is gone. The first such loss lets another
            // attempt begin at once; a second one in a row counts as a failure.
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

    /// Returns the time after which an attempt counts as lost.
    fn lost_at(&self, attempt: Attempt) -> UnixMillis {
        self.deadline(attempt).plus(GRACE_MILLIS)
    }

    /// Returns the deadline of the attempt under way, if the deadline has not passed.
    fn settles_by(&self, now: UnixMillis) -> Option<UnixMillis> {
        self.attempt.map(|attempt| self.deadline(attempt)).filter(|deadline| now < *deadline)
    }

    fn next_attempt_at(&self) -> UnixMillis {
        let Some(last) = self.last_attempt_at else {
            return UnixMillis::default();
        };
        // The cooldown doubles from the second failure in a row on.
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

    /// Ends the attempt that is under way, and returns whether `attempt` was that one. An attempt
    /// that another has taken over changes nothing.
    ///
    /// The cooldown counts from the end of the attempt, because a long attempt could outlast a
    /// cooldown that counts from its start. If the attempt was lost before it ended, the cooldown
    /// counts from the loss, so that an isolate that slept meanwhile can refresh its stale set at
    /// once.
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

    /// Adopts a set if it is usable and not older than the one held, and returns whether it was
    /// adopted.
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
