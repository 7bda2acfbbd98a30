//! The cache of jwks-rsa 4.
//!
//! It keeps each key for ten minutes, and at most five keys. Every miss fetches. Concurrent
//! requests for a key share a fetch.

use std::rc::Rc;

use super::{Look, Purpose, Verdict, Work};
use crate::issuer::{Document, Key};
use crate::plan::{MINUTE, SECOND};

const FRESH: u64 = 10 * MINUTE;
const KEYS: usize = 5;
const TIMEOUT: u64 = 30 * SECOND;

#[derive(Default)]
pub struct JwksRsa {
    held: Vec<(u64, Key)>,
    fetching: Vec<Key>,
}

impl JwksRsa {
    pub fn look(&mut self, look: &Look<'_>, works: &mut Vec<Work>) -> Verdict {
        if self.held.iter().any(|(at, key)| key == look.key && look.now < at + FRESH) {
            return Verdict::Accepted;
        }
        match look.waited_for {
            Some((_, false)) => return Verdict::Failed,
            Some((_, true)) => return Verdict::Refused,
            None => {}
        }
        if !self.fetching.contains(look.key) {
            self.fetching.push(look.key.clone());
            let purpose = Purpose::Key(look.key.clone());
            works.push(Work::Fetch { purpose, timeout: TIMEOUT });
        }
        Verdict::Wait(None)
    }

    pub fn fetched(&mut self, now: u64, purpose: &Purpose, document: Option<&Rc<Document>>) {
        let Purpose::Key(key) = purpose else { return };
        self.fetching.retain(|fetching| fetching != key);
        if document.is_some_and(|document| document.numbers.contains(&key.number)) {
            self.held.retain(|(_, held)| held != key);
            self.held.push((now, key.clone()));
            let surplus = self.held.len().saturating_sub(KEYS);
            self.held.drain(..surplus);
        }
    }
}
