//! Workers KV with one entry. It is eventually consistent. Each location caches the entry, or its
//! absence.

use std::rc::Rc;

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use crate::issuer::Document;
use crate::plan::{MINUTE, SECOND};

/// The time for which a location answers from its own cache: the `cacheTtl` that the worker sets.
const CACHE: u64 = 30 * SECOND;

/// The time after which every location sees a write.
const PROPAGATION: u64 = MINUTE;

/// The minimum time between two writes.
const WRITE_INTERVAL: u64 = SECOND;

#[derive(Clone)]
pub struct Entry {
    pub document: Rc<Document>,
    pub fetched_at: u64,
}

pub struct Kv {
    locations: Vec<Location>,
    written_at: Option<u64>,
    /// The lifetime of an entry in milliseconds.
    lifetime: u64,
    pub reads: u64,
    pub writes: u64,
}

#[derive(Clone, Default)]
struct Location {
    /// The entries on their way to this location, each with the time of its arrival.
    arriving: Vec<(u64, Entry)>,
    here: Option<Entry>,
    /// The time and the result of the last read that its cache did not answer.
    cached: Option<(u64, Option<Entry>)>,
}

impl Kv {
    pub fn new(locations: usize, lifetime: u64) -> Self {
        Self {
            locations: vec![Location::default(); locations],
            written_at: None,
            lifetime,
            reads: 0,
            writes: 0,
        }
    }

    /// Returns the entry that a read finds, and the milliseconds that the read takes.
    pub fn read(
        &mut self,
        now: u64,
        location: usize,
        random: &mut Xoshiro256PlusPlus,
    ) -> (Option<Entry>, u64) {
        self.reads += 1;
        let lifetime = self.lifetime;
        let location = &mut self.locations[location];
        if let Some((at, found)) = &location.cached
            && now < at + CACHE
        {
            return (found.clone(), random.random_range(2..10));
        }
        location.settle(now);
        let found = location.here.clone().filter(|entry| now < entry.fetched_at + lifetime);
        location.cached = Some((now, found.clone()));
        (found, random.random_range(30..250))
    }

    /// Writes an entry, which replaces the one before. A write too soon after another one fails.
    pub fn write(&mut self, now: u64, at: usize, entry: &Entry, random: &mut Xoshiro256PlusPlus) {
        self.writes += 1;
        if self.written_at.is_some_and(|written_at| now < written_at + WRITE_INTERVAL) {
            return;
        }
        self.written_at = Some(now);
        for (index, location) in self.locations.iter_mut().enumerate() {
            let delay = if index == at { 0 } else { random.random_range(SECOND..=PROPAGATION) };
            location.settle(now);
            location.arriving.push((now + delay, entry.clone()));
        }
    }
}

impl Location {
    /// Takes the entries that have arrived, in the order in which they were written.
    fn settle(&mut self, now: u64) {
        while let Some(index) = self.arriving.iter().position(|(at, _)| *at <= now) {
            // An earlier write that is still on its way never replaces a later one.
            let (_, entry) = self.arriving.drain(..=index).next_back().unwrap();
            self.here = Some(entry);
        }
    }
}
