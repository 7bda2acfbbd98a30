//! The cache of jose's `createRemoteJWKSet`.
//!
//! A set is fresh for ten minutes and is not used after that. A miss fetches again, unless the last
//! *success* is less than 30 s ago. Concurrent requests share a fetch.

use std::rc::Rc;

use super::{Look, Purpose, Verdict, Work};
use crate::issuer::Document;
use crate::plan::{MINUTE, SECOND};

const FRESH: u64 = 10 * MINUTE;
const COOLDOWN: u64 = 30 * SECOND;
const TIMEOUT: u64 = 5 * SECOND;

#[derive(Default)]
pub struct Jose {
    held: Option<(u64, Rc<Document>)>,
    fetching: bool,
}

impl Jose {
    pub fn look(&mut self, look: &Look<'_>, works: &mut Vec<Work>) -> Verdict {
        if matches!(look.waited_for, Some((_, false))) {
            return Verdict::Failed;
        }
        let fresh = self.held.as_ref().filter(|(at, _)| look.now < at + FRESH);
        match fresh {
            Some((_, set)) if set.numbers.contains(&look.key.number) => Verdict::Accepted,
            Some((at, _)) if look.now < at + COOLDOWN => Verdict::Refused,
            _ => self.reload(works),
        }
    }

    pub fn fetched(&mut self, now: u64, document: Option<&Rc<Document>>) {
        self.fetching = false;
        if let Some(document) = document {
            self.held = Some((now, Rc::clone(document)));
        }
    }

    fn reload(&mut self, works: &mut Vec<Work>) -> Verdict {
        if !self.fetching {
            self.fetching = true;
            let purpose = Purpose::Set { ahead: false };
            works.push(Work::Fetch { purpose, timeout: TIMEOUT });
        }
        Verdict::Wait(None)
    }
}
