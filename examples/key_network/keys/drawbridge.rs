//! The worker's own key cache, which the simulation calls as the worker does.

use std::rc::Rc;

use drawbridge::keys::{
    AfterKvRead, CachePolicy, Fetched, KeyCache, Lookup, Miss, Outcome, Start, Validator,
};
use drawbridge::signature::Algorithm;
use drawbridge::time::UnixMillis;

use super::{Look, Verdict, Work};
use crate::issuer::{Document, JWKS_URI};
use crate::kv::Entry;

const EPOCH: u64 = 1_800_000_000_000;

pub struct Cache(KeyCache);

impl Cache {
    pub fn new(policy: CachePolicy) -> Self {
        Self(KeyCache::new(policy))
    }

    pub fn look(&mut self, look: &Look<'_>, works: &mut Vec<Work>) -> Verdict {
        let now = clock(look.now);
        let (lookup, start) = self.0.lookup(now);
        works.extend(start.map(Work::Attempt));
        let keys = match lookup {
            Lookup::Ready { keys, .. } => keys,
            Lookup::Wait(until) => return Verdict::Wait(Some(until.millis() - EPOCH)),
            Lookup::Unavailable { .. } => return Verdict::Failed,
        };
        let key_id = Some(&*look.key.id);
        if keys.candidates(Algorithm::EdDsa, key_id).next().is_some() {
            return Verdict::Accepted;
        }
        let (miss, start) = self.0.miss(now, Algorithm::EdDsa, key_id);
        works.extend(start.map(Work::Attempt));
        match miss {
            Miss::Final => Verdict::Refused,
            Miss::Wait(until) => Verdict::Wait(Some(until.millis() - EPOCH)),
        }
    }

    pub fn refresh(&mut self, now: u64) -> Option<Start> {
        self.0.refresh(clock(now))
    }

    pub fn changes(&self) -> u64 {
        self.0.changes()
    }

    /// Returns the milliseconds until the deadline of an attempt, at least 1.
    pub fn remaining(now: u64, start: &Start) -> u64 {
        start.deadline.since(clock(now)).max(1)
    }

    pub fn kv_read(&mut self, now: u64, start: &Start, entry: Option<Entry>) -> AfterKvRead {
        let set = entry.map(|entry| fetched(&entry.document, clock(entry.fetched_at)));
        self.0.kv_read(clock(now), start, set)
    }

    /// Returns the entry to write to KV, if any.
    pub fn fetched(
        &mut self,
        now: u64,
        start: &Start,
        validator: Option<&Validator>,
        answer: Option<&Entry>,
    ) -> Option<Entry> {
        let outcome = match answer {
            None => Outcome::Failed,
            Some(Entry { document, fetched_at }) => {
                let fetched_at = clock(*fetched_at);
                match validator {
                    Some(Validator { etag, .. }) if *etag == document.etag => {
                        Outcome::NotModified { etag: etag.clone(), fetched_at }
                    }
                    _ => Outcome::Set(fetched(document, fetched_at)),
                }
            }
        };
        let saved = self.0.fetched(clock(now), start, outcome)?;
        let document = Rc::clone(&answer?.document);
        Some(Entry { document, fetched_at: saved.fetched_at.millis() - EPOCH })
    }
}

fn clock(at: u64) -> UnixMillis {
    UnixMillis::new(EPOCH + at)
}

fn fetched(document: &Document, fetched_at: UnixMillis) -> Fetched {
    Fetched {
        keys: Rc::clone(&document.keys),
        document: Rc::clone(&document.text),
        jwks_uri: JWKS_URI.into(),
        etag: Some(document.etag.clone()),
        fetched_at,
    }
}
