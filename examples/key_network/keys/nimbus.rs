//! The cache of Nimbus' `JWKSourceBuilder`.
//!
//! A set is fresh for five minutes, and is refreshed ahead in the last 30 s of them. A miss fetches
//! again. Nimbus allows two fetches in 30 s. The issuer has half a second to accept the connection
//! and half a second to answer. If the cache is outage tolerant, a failed fetch renews the last
//! set, for up to 50 minutes.

use std::rc::Rc;

use super::{Look, Purpose, Verdict, Work};
use crate::issuer::Document;
use crate::plan::{MINUTE, SECOND};

const FRESH: u64 = 5 * MINUTE;
const AHEAD: u64 = 30 * SECOND;
const TOLERATED: u64 = 50 * MINUTE;
const WINDOW: u64 = 30 * SECOND;
const FETCHES_IN_WINDOW: u32 = 2;
const TIMEOUT: u64 = SECOND;

pub struct Nimbus {
    held: Option<(u64, Rc<Document>)>,
    /// The time at which the issuer sent the set that is held.
    fetched_at: u64,
    fetching: bool,
    window: (u64, u32),
    outage_tolerant: bool,
}

impl Nimbus {
    pub fn new(outage_tolerant: bool) -> Self {
        Self { held: None, fetched_at: 0, fetching: false, window: (0, 0), outage_tolerant }
    }

    pub fn look(&mut self, look: &Look<'_>, works: &mut Vec<Work>) -> Verdict {
        let held = self
            .held
            .as_ref()
            .map(|(at, set)| (look.now - at, set.numbers.contains(&look.key.number)));
        let failed = matches!(look.waited_for, Some((_, false)));
        match held {
            Some((age, has_key)) if age < FRESH => {
                if age >= FRESH - AHEAD && !self.fetching {
                    self.fetch(look.now, true, works);
                }
                match (has_key, &look.waited_for) {
                    (true, _) => Verdict::Accepted,
                    (false, Some(_)) => Verdict::Refused,
                    (false, None) => self.wait(look.now, works).unwrap_or(Verdict::Refused),
                }
            }
            _ if failed => Verdict::Failed,
            _ => self.wait(look.now, works).unwrap_or(Verdict::Failed),
        }
    }

    pub fn fetched(&mut self, now: u64, document: Option<&Rc<Document>>) {
        self.fetching = false;
        if let Some(document) = document {
            self.held = Some((now, Rc::clone(document)));
            self.fetched_at = now;
        } else if let Some((at, _)) = &mut self.held
            && self.outage_tolerant
            && now < self.fetched_at + TOLERATED
        {
            *at = now;
        }
    }

    /// Waits for the fetch under way, or for a new one. Returns `None` if no fetch is allowed.
    fn wait(&mut self, now: u64, works: &mut Vec<Work>) -> Option<Verdict> {
        (self.fetching || self.fetch(now, false, works)).then_some(Verdict::Wait(None))
    }

    fn fetch(&mut self, now: u64, ahead: bool, works: &mut Vec<Work>) -> bool {
        let (ends, fetches) = self.window;
        self.window = if now >= ends { (now + WINDOW, 1) } else { (ends, fetches + 1) };
        let allowed = self.window.1 <= FETCHES_IN_WINDOW;
        if allowed {
            self.fetching = true;
            works.push(Work::Fetch { purpose: Purpose::Set { ahead }, timeout: TIMEOUT });
        }
        allowed
    }
}
