//! Workers KV, for one key: eventually consistent, cached in each location, also in its absence.

use std::rc::Rc;

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use crate::issuer::Document;
use crate::plan::{MINUTE, SECOND};

/// How long a location answers from its own cache: the `cacheTtl` that the worker asks for.
const CACHE: u64 = 30 * SECOND;

/// After this, every location sees what was written.
const PROPAGATION: u64 = MINUTE;

/// At most one write in this time.
const WRITE_INTERVAL: u64 = SECOND;

#[derive(Clone)]
pub struct Entry {
    pub document: Rc<Document>,
    pub fetched_at: u64,
}

pub struct Store {
    locations: Vec<Location>,
    written_at: Option<u64>,
    /// How long an entry lives.
    lifetime: u64,
    pub reads: u64,
    pub writes: u64,
}

#[derive(Clone, Default)]
struct Location {
    /// What reaches it, and when.
    arriving: Vec<(u64, Entry)>,
    here: Option<Entry>,
    /// When it looked last, and what it found.
    cached: Option<(u64, Option<Entry>)>,
}

impl Store {
    pub fn new(locations: usize, lifetime: u64) -> Self {
        Self {
            locations: vec![Location::default(); locations],
            written_at: None,
            lifetime,
            reads: 0,
            writes: 0,
        }
    }

    /// What a read finds, and how long it takes.
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

    /// Last write wins. One that comes too soon after another fails.
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
    /// Takes what has arrived, in the order in which it was written.
    fn settle(&mut self, now: u64) {
        while let Some(index) = self.arriving.iter().position(|(at, _)| *at <= now) {
            // An earlier write that is still on its way has lost.
            let (_, entry) = self.arriving.drain(..=index).next_back().unwrap();
            self.here = Some(entry);
        }
    }
}
