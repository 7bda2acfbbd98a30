//! What an observer of one isolate knows about its attempts, and what they may not do.
//!
//! Times are milliseconds of true time. `slack` is by how much clocks have been set so far: an
//! isolate has no other measure of time than its clock.

use drawbridge::keys::CachePolicy;

/// After its deadline an attempt is given up for lost.
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
    /// The one before it had not ended.
    takeover: bool,
    spared_by_store: bool,
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
            spared_by_store: false,
        });
    }

    /// The store had what was needed; or so it seems of an attempt that may have been lost.
    pub fn spared(&mut self, id: u64, at: u64, slack: u64) {
        let life = self.policy.timeout + GRACE;
        let Some(attempt) = self.current(id) else { return };
        attempt.ended = Some(at);
        attempt.spared_by_store = at + slack < attempt.started + life;
        self.failures = 0;
    }

    /// The attempt asks the issuer: at most one in a cooldown, but for a lost one's successor.
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

    /// An attempt was due, and none has begun.
    pub fn assert_none_may_begin(&mut self, at: u64, slack: u64) {
        self.give_up_lost(at, slack);
        let until = self.blocked_until(slack > 0);
        assert!(
            until.is_some_and(|until| at < until + slack),
            "locked out at {at}: an attempt should have begun at {until:?}"
        );
    }

    /// A set that should have been refreshed is used: only while that takes long or has failed.
    pub fn assert_stale_is_excused(&mut self, at: u64, slack: u64) {
        self.give_up_lost(at, slack);
        let last = self.list.iter().rfind(|attempt| !attempt.spared_by_store);
        let slow = last.is_some_and(|last| {
            last.ended.is_none() && at + slack >= last.started + self.policy.wait
        });
        let failed = self.failures > 0
            && self.blocked_until(slack > 0).is_some_and(|until| at < until + slack);
        assert!(slow || failed || slack > 0, "a stale set serves at {at} without need");
    }

    fn blocked_until(&self, uncertain: bool) -> Option<u64> {
        let last = self.list.iter().rfind(|attempt| !attempt.spared_by_store)?;
        let succeeded = self.list.last().is_some_and(|newest| newest.id != last.id);
        let over = last.ended.unwrap_or_else(|| self.given_up_at(last));
        let at_once = last.ended.is_none() && !succeeded && !uncertain;
        Some(if at_once { over } else { over + self.backoff(uncertain) })
    }

    /// A clock that was set leaves us uncertain about what an isolate took for lost.
    fn backoff(&self, uncertain: bool) -> u64 {
        let doublings = if uncertain { 16 } else { self.failures.saturating_sub(1).min(16) };
        (self.policy.cooldown << doublings).min(MAX_COOLDOWN.max(self.policy.cooldown))
    }

    fn given_up_at(&self, attempt: &Attempt) -> u64 {
        attempt.started + self.policy.timeout + GRACE
    }

    /// One that took over and is lost as well is a failure.
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
