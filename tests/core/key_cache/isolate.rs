//! An isolate as the shell runs one: it carries attempts out and lets requests wait. The assertions
//! are those of an observer who knows the true time and what the issuer published.

use std::rc::Rc;

use super::attempts::Attempts;
use super::conditions::{Answer, Conditions, Fate};
use super::issuer::{self, Issuer, key_id};
use super::kv::Kv;
use drawbridge::keys::{
    AfterKvRead, CachePolicy, KeyCache, KeySet, Lookup, Miss, Outcome, Start, Validator,
};
use drawbridge::signature::Algorithm;
use drawbridge::time::UnixMillis;

/// The true time in milliseconds, and the sum of all changes to clocks so far.
#[derive(Clone, Copy)]
pub struct Moment {
    pub at: u64,
    pub slack: u64,
}

/// The true time at which the request for a set was sent, and the version published then.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub sent: u64,
    pub version: usize,
}

/// The token of a request. It may have a key id, and an issuer's key may have signed it.
#[derive(Clone, Debug)]
pub struct Token {
    pub key_id: Option<String>,
    pub key: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Accepted,
    Refused,
    Unavailable,
}

pub struct Isolate {
    policy: CachePolicy,
    cache: KeyCache,
    /// The milliseconds by which the isolate's clock is ahead.
    pub clock: i64,
    attempts: Attempts,
    tasks: Vec<Task>,
    waiting: Vec<Waiting>,
    /// The origin of the set that is held.
    origin: Option<Origin>,
}

struct Task {
    start: Start,
    conditions: Conditions,
    due: u64,
    step: Step,
}

enum Step {
    Kv,
    Issuer(Answered),
}

struct Answered {
    outcome: Outcome,
    origin: Origin,
}

struct Waiting {
    token: Token,
    since: u64,
    /// Whether the isolate held a set with the token's key when the request came, and the set
    /// remains usable for as long as the request may wait.
    had_key: bool,
    until: UnixMillis,
    seen: u64,
    conditions: Conditions,
}

/// The callback that gets the verdict on a token.
pub type Report<'a> = &'a mut dyn FnMut(&Token, Verdict);

impl Isolate {
    pub fn new(policy: CachePolicy) -> Self {
        Self {
            policy,
            cache: KeyCache::new(policy),
            clock: 0,
            attempts: Attempts::new(policy),
            tasks: Vec::new(),
            waiting: Vec::new(),
            origin: None,
        }
    }

    pub fn request(
        &mut self,
        now: Moment,
        token: Token,
        conditions: Conditions,
        report: Report<'_>,
    ) {
        let until = Moment { at: now.at + self.policy.wait, ..now };
        let had_key = self.holds_key(until, &token);
        self.serve(
            now,
            Waiting { token, since: now.at, had_key, until: self.clock(now), seen: 0, conditions },
            report,
        );
    }

    pub fn refresh(&mut self, now: Moment, conditions: Conditions) {
        match self.cache.refresh(self.clock(now)) {
            Some(start) => self.begin(now, start, conditions),
            None => self.attempts.assert_none_may_begin(now.at, now.slack),
        }
    }

    /// Returns the time of the isolate's next task or timer.
    pub fn next_event(&self, now: Moment) -> Option<u64> {
        let clock = self.clock(now);
        let timers = self.waiting.iter().map(|w| now.at + w.until.since(clock));
        self.tasks.iter().map(|task| task.due).chain(timers).min()
    }

    pub fn run_due(&mut self, now: Moment, issuer: &Issuer, kv: &mut Kv, report: Report<'_>) {
        while let Some(index) = self.tasks.iter().position(|task| task.due <= now.at) {
            let task = self.tasks.remove(index);
            self.carry_on(now, task, issuer, kv);
        }
        let clock = self.clock(now);
        let changes = self.cache.changes();
        let (ready, waiting) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting: &Waiting| changes != waiting.seen || clock >= waiting.until);
        self.waiting = waiting;
        for waiting in ready {
            self.serve(now, waiting, report);
        }
        if let (Some(held), Some(origin)) = (self.cache.held(), self.origin) {
            assert_eq!(&*held.document, issuer.document_of(origin.version), "never published then");
        }
    }

    fn clock(&self, now: Moment) -> UnixMillis {
        UnixMillis::new((1_800_000_000_000 + now.at).checked_add_signed(self.clock).unwrap())
    }

    /// Serves a request as the worker does: it looks for a key, and looks again after a miss.
    fn serve(&mut self, now: Moment, mut request: Waiting, report: Report<'_>) {
        self.assert_waited_shortly(now, &request);
        let clock = self.clock(now);
        let (lookup, mut start) = self.cache.lookup(clock);
        let due = !self.holds_fresh(clock);
        let (verdict, until) = match lookup {
            Lookup::Ready { keys, .. } if request.token.verifies(&keys) => {
                self.assert_may_serve(now);
                (Some(Verdict::Accepted), clock)
            }
            Lookup::Ready { .. } => {
                let key_id = request.token.key_id.as_deref();
                let (miss, started) = self.cache.miss(clock, Algorithm::EdDsa, key_id);
                assert!(start.is_none() || started.is_none(), "two attempts at once");
                start = start.or(started);
                if start.is_none() {
                    self.attempts.assert_none_may_begin(now.at, now.slack);
                }
                match miss {
                    Miss::Final => (Some(Verdict::Refused), clock),
                    Miss::Wait(until) => (None, until),
                }
            }
            Lookup::Wait(until) => (None, until),
            Lookup::Unavailable { retry_after_seconds } => {
                assert!((1..=301).contains(&retry_after_seconds));
                (Some(Verdict::Unavailable), clock)
            }
        };
        if due && start.is_none() {
            self.attempts.assert_none_may_begin(now.at, now.slack);
        }
        if let Some(start) = start {
            self.begin(now, start, request.conditions);
        }
        match verdict {
            None => {
                assert!(until > clock, "waits for nothing");
                request.until = until;
                request.seen = self.cache.changes();
                self.waiting.push(request);
            }
            Some(verdict) => {
                let refused = verdict != Verdict::Accepted;
                assert!(
                    !refused || !self.holds_key(now, &request.token),
                    "a valid key: {verdict:?}"
                );
                report(&request.token, verdict);
            }
        }
    }

    fn begin(&mut self, now: Moment, start: Start, conditions: Conditions) {
        self.attempts.begin(start.attempt, now.at, now.slack);
        let hung = self.policy.timeout / 2;
        let mut due = now.at + conditions.kv_millis.min(hung);
        match conditions.fate {
            Fate::DiesEarly => return,
            Fate::FreezesEarly(millis) => due += millis,
            _ => {}
        }
        self.tasks.push(Task { start, conditions, due, step: Step::Kv });
    }

    fn carry_on(&mut self, now: Moment, task: Task, issuer: &Issuer, kv: &mut Kv) {
        match task.step {
            Step::Kv => self.read_kv(now, task, issuer, kv),
            Step::Issuer(answered) => {
                self.take_answer(now, (&task.start, answered), issuer, kv);
            }
        }
    }

    fn read_kv(&mut self, now: Moment, mut task: Task, issuer: &Issuer, kv: &Kv) {
        let clock = self.clock(now);
        let in_time = task.conditions.kv_millis <= self.policy.timeout / 2;
        let found = kv.read(task.conditions.view, clock).filter(|_| in_time);
        let before = self.document();
        let set = found.as_ref().map(|(set, _)| set.clone());
        let next = self.cache.kv_read(clock, &task.start, set);
        match found {
            Some((set, origin)) if self.holds(&set.document) => self.adopted(now, origin),
            _ => assert!(self.is_unchanged(before.as_ref())),
        }
        let AfterKvRead::Fetch(validator) = next else {
            return self.attempts.satisfied(task.start.attempt, now.at, now.slack);
        };
        self.attempts.ask_issuer(task.start.attempt, now.slack);
        let remaining = task.start.deadline.since(clock).max(1);
        let in_time = task.conditions.answer_millis <= remaining;
        task.due = now.at + task.conditions.answer_millis.min(remaining);
        match task.conditions.fate {
            Fate::Dies => return,
            Fate::Freezes(millis) => task.due += millis,
            _ => {}
        }
        let outcome = match in_time {
            true => answer(task.conditions.answer, validator, issuer, clock),
            false => Outcome::Failed,
        };
        task.step = Step::Issuer(Answered {
            outcome,
            origin: Origin { sent: now.at, version: issuer.version() },
        });
        self.tasks.push(task);
    }

    fn take_answer(
        &mut self,
        now: Moment,
        (start, Answered { outcome, origin }): (&Start, Answered),
        issuer: &Issuer,
        kv: &mut Kv,
    ) {
        let before = self.document();
        let confirms =
            |etag: &String| self.cache.held().is_some_and(|h| h.etag.as_ref() == Some(etag));
        let (brought, document) = match &outcome {
            Outcome::Failed => (false, None),
            Outcome::NotModified { etag, .. } => (confirms(etag), before.clone()),
            Outcome::Set(set) => (true, Some(Rc::clone(&set.document))),
        };
        let saved = self.cache.fetched(self.clock(now), start, outcome);
        self.attempts.end(start.attempt, now.at, brought);
        match saved {
            Some(set) => {
                assert!(brought, "an answer without a set is taken for one");
                assert!(document.is_some_and(|document| Rc::ptr_eq(&document, &set.document)));
                assert!(self.holds(&set.document), "saves what it does not hold");
                self.adopted(now, origin);
                assert_eq!(&*set.document, issuer.document_of(origin.version));
                kv.write(&set, origin);
            }
            None => assert!(self.is_unchanged(before.as_ref())),
        }
    }

    fn adopted(&mut self, now: Moment, origin: Origin) {
        if let Some(before) = self.origin {
            assert!(origin.sent + now.slack >= before.sent, "{before:?} gives way to {origin:?}");
        }
        self.origin = Some(origin);
    }

    /// Asserts that the set may be used: it is usable and, if it is stale, there is an excuse.
    fn assert_may_serve(&mut self, now: Moment) {
        let age = now.at - self.origin.expect("a set from nowhere").sent;
        assert!(age < self.policy.usable() + now.slack, "served at the age of {age}");
        if age >= self.policy.fresh + now.slack {
            self.attempts.assert_stale_is_excused(now.at, now.slack);
        }
    }

    /// Asserts that a request waited no longer than it may. If the isolate holds its key, the limit
    /// is `wait`. Otherwise the request waits for a refresh of the set and for one for its key, and
    /// each of them may be taken over once.
    fn assert_waited_shortly(&self, now: Moment, request: &Waiting) {
        let waited = now.at - request.since;
        let at_hand = request.had_key && self.holds_key(now, &request.token);
        // If a clock was set, an attempt may seem lost, and the request waits for another one.
        let waits = if now.slack > 0 { 2 } else { 1 };
        let bound = if at_hand { waits * self.policy.wait } else { 4 * self.policy.timeout };
        assert!(waited <= bound + now.slack, "waited {waited}, its key at hand: {at_hand}");
    }

    /// Returns whether the isolate certainly holds a usable set with the token's key.
    fn holds_key(&self, now: Moment, token: &Token) -> bool {
        let (Some(held), Some(origin)) = (self.cache.held(), self.origin) else { return false };
        let by_clock = self.clock(now).since(held.fetched_at) < self.policy.usable();
        let truly = now.at - origin.sent + now.slack < self.policy.usable();
        (by_clock || truly) && token.verifies(&held.keys)
    }

    fn holds_fresh(&self, clock: UnixMillis) -> bool {
        let not_due = self.policy.fresh - self.policy.fresh / 5;
        self.cache.held().is_some_and(|held| clock.since(held.fetched_at) < not_due)
    }

    fn document(&self) -> Option<Rc<str>> {
        self.cache.held().map(|held| Rc::clone(&held.document))
    }

    fn holds(&self, document: &Rc<str>) -> bool {
        self.document().is_some_and(|held| Rc::ptr_eq(&held, document))
    }

    fn is_unchanged(&self, before: Option<&Rc<str>>) -> bool {
        match before {
            Some(before) => self.holds(before),
            None => self.document().is_none(),
        }
    }
}

impl Token {
    /// Returns whether one of the keys has signed the token.
    fn verifies(&self, keys: &KeySet) -> bool {
        let Some(signer) = self.key.map(key_id) else { return false };
        keys.candidates(Algorithm::EdDsa, self.key_id.as_deref())
            .any(|key| key.id() == Some(&signer))
    }
}

/// Returns the outcome that the shell reports for an answer.
fn answer(
    answer: Answer,
    validator: Option<Validator>,
    issuer: &Issuer,
    fetched_at: UnixMillis,
) -> Outcome {
    let document = match answer {
        Answer::Good => match validator {
            Some(Validator { etag, .. }) if etag == issuer.etag() => {
                return Outcome::NotModified { etag, fetched_at };
            }
            _ => issuer.document(),
        },
        Answer::Down => return Outcome::Failed,
        Answer::Unasked => return Outcome::NotModified { etag: "\"unasked\"".into(), fetched_at },
        Answer::Empty => r#"{"keys":[]}"#,
        Answer::Garbage => "<html>",
    };
    issuer::read(document, issuer.etag(), fetched_at).map_or(Outcome::Failed, Outcome::Set)
}
