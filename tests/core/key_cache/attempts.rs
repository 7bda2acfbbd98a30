//! The attempts of one isolate as an observer sees them, and assertions about them.
//!
//! Times are milliseconds of true time. `slack` is the sum of all changes to clocks so far. It
//! loosens the assertions, because an isolate measures time only by its clock.

use drawbridge::keys::CachePolicy;

/// The time after its deadline at which an attempt counts as lost.
const GRACE: u64 = 1_000;

const MAX_COOLDOWN: u64 = 300_000;

pub struct Attempts {
    policy: CachePolicy,
    list: Vec<Attempt>,
    failures: u32,
}

struct Attempt {
    id: u64,
    started: u64,
    ended: Option<u64>,
    asked_issuer: bool,
    /// Whether the attempt before this one had not ended.
    takeover: bool,
    satisfied_by_kv: bool,
}

impl Attempts {
    pub fn new(policy: CachePolicy) -> Self {
        Self { policy, list: Vec::new(), failures: 0 }
    }

    pub fn begin(&mut self, id: u64, at: u64, slack: u64) {
        self.give_up_lost(at, slack);
        let under_way = self.list.last().filter(|last| last.ended.is_none());
        if let Some(lost) = under_way {
            assert!(at + slack >= self.given_up_at(lost), "an attempt begins while one is alive");
            assert!(slack > 0 || !lost.takeover, "a lost attempt is taken over twice");
        }
        let takeover = under_way.is_some();
        self.list.push(Attempt {
            id,
            started: at,
            ended: None,
            asked_issuer: false,
            takeover,
            satisfied_by_kv: false,
        });
    }

    /// Records that KV made a fetch unnecessary. If the attempt may have been lost before, it does
    /// not count as satisfied by KV.
    pub fn satisfied(&mut self, id: u64, at: u64, slack: u64) {
        let life = self.policy.timeout + GRACE;
        let Some(attempt) = self.current(id) else { return };
        attempt.ended = Some(at);
        attempt.satisfied_by_kv = at + slack < attempt.started + life;
        self.failures = 0;
    }

    /// Records that an attempt asks the issuer. At most one attempt per cooldown may do so, except
    /// for the successor of a lost one.
    pub fn ask_issuer(&mut self, id: u64, slack: u64) {
        assert!(self.current(id).is_some(), "an attempt that was taken over asks the issuer");
        let cooldown = self.policy.cooldown;
        let (this, earlier) = self.list.split_last_mut().unwrap();
        this.asked_issuer = true;
        let Some(last) = earlier.iter().rfind(|attempt| attempt.asked_issuer) else { return };
        let earliest = match last.ended {
            Some(ended) => ended + cooldown,
            None => last.started + self.policy.timeout + GRACE,
        };
        assert!(this.started + slack >= earliest, "the issuer is asked twice in a cooldown");
    }

    pub fn end(&mut self, id: u64, at: u64, brought_a_set: bool) {
        let Some(attempt) = self.current(id) else { return };
        let over = attempt.started + self.policy.timeout + GRACE;
        self.current(id).unwrap().ended = Some(at.min(over));
        self.failures = if brought_a_set { 0 } else { self.failures + 1 };
    }

    /// Asserts that no attempt may begin now. An attempt was due, and none has begun.
    pub fn assert_none_may_begin(&mut self, at: u64, slack: u64) {
        self.give_up_lost(at, slack);
        let until = self.blocked_until(slack > 0);
        assert!(
            until.is_some_and(|until| at < until + slack),
            "locked out at {at}: an attempt should have begun at {until:?}"
        );
    }

    /// Asserts that a stale set may be used now: its refresh takes long or has failed.
    pub fn assert_stale_is_excused(&mut self, at: u64, slack: u64) {
        self.give_up_lost(at, slack);
        let last = self.list.iter().rfind(|attempt| !attempt.satisfied_by_kv);
        let slow = last.is_some_and(|last| {
            last.ended.is_none() && at + slack >= last.started + self.policy.wait
        });
        let failed = self.failures > 0
            && self.blocked_until(slack > 0).is_some_and(|until| at < until + slack);
        assert!(slow || failed || slack > 0, "a stale set serves at {at} without need");
    }

    fn blocked_until(&self, uncertain: bool) -> Option<u64> {
        let last = self.list.iter().rfind(|attempt| !attempt.satisfied_by_kv)?;
        let succeeded = self.list.last().is_some_and(|newest| newest.id != last.id);
        let over = last.ended.unwrap_or_else(|| self.given_up_at(last));
        let at_once = last.ended.is_none() && !succeeded && !uncertain;
        Some(if at_once { over } else { over + self.backoff(uncertain) })
    }

    /// Returns the cooldown in milliseconds. If a clock was set, the observer cannot be certain
    /// which attempts the isolate counted as lost, and assumes the longest cooldown.
    fn backoff(&self, uncertain: bool) -> u64 {
        let doublings = if uncertain { 16 } else { self.failures.saturating_sub(1).min(16) };
        (self.policy.cooldown << doublings).min(MAX_COOLDOWN.max(self.policy.cooldown))
    }

    fn given_up_at(&self, attempt: &Attempt) -> u64 {
        attempt.started + self.policy.timeout + GRACE
    }

    /// Counts a lost attempt as a failure if it had itself taken over from a lost one.
    fn give_up_lost(&mut self, at: u64, slack: u64) {
        let Some(last) = self.list.last() else { return };
        let over = self.given_up_at(last);
        if last.takeover && last.ended.is_none() && at >= over + slack {
            self.list.last_mut().unwrap().ended = Some(over);
            self.failures += 1;
        }
    }

    fn current(&mut self, id: u64) -> Option<&mut Attempt> {
        self.list.last_mut().filter(|last| last.id == id && last.ended.is_none())
    }
}
