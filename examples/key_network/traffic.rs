//! Where requests come from, and how long the isolates live that serve them.

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use crate::plan::{DAY, HOUR, MINUTE, Size};

/// A point of presence.
pub struct Location {
    /// Requests per millisecond at noon.
    rate: f64,
    /// Where on Earth it is, as a part of a day.
    longitude: f64,
    /// Milliseconds to the issuer and back.
    pub distance: u64,
    /// Of its first isolate.
    pub first: usize,
    pub isolates: usize,
}

/// The first location is the busiest, the second half as busy, the third a third.
pub fn locations(size: Size, random: &mut Xoshiro256PlusPlus) -> Vec<Location> {
    let weights: f64 = (1..=size.locations).map(|rank| 1.0 / rank as f64).sum();
    let mut first = 0;
    (1..=size.locations)
        .map(|rank| {
            let share = 1.0 / rank as f64 / weights;
            let isolates = (size.isolates as f64 / (rank as f64).sqrt()).ceil() as usize;
            first += isolates;
            Location {
                rate: size.requests_per_second * share / 1000.0 / MEAN_OF_DAY,
                longitude: random.random_range(0.0..1.0),
                distance: random.random_range(20..250),
                first: first - isolates,
                isolates,
            }
        })
        .collect()
}

const MEAN_OF_DAY: f64 = 0.6;

impl Location {
    /// Until the next request. At night there is a fifth of noon's traffic.
    pub fn pause(&self, now: u64, random: &mut Xoshiro256PlusPlus) -> u64 {
        let hour = (now as f64 / DAY as f64 + self.longitude) * std::f64::consts::TAU;
        let rate = self.rate * (MEAN_OF_DAY + 0.4 * hour.sin());
        exponential(1.0 / rate, random).clamp(1, HOUR)
    }

    /// The isolate that serves a request: some are preferred.
    pub fn isolate(&self, random: &mut Xoshiro256PlusPlus) -> usize {
        let place: f64 = random.random_range(0.0..1.0);
        self.first + (place * place * self.isolates as f64) as usize
    }

    /// How long the issuer takes to answer: now and then, seconds.
    pub fn latency(&self, random: &mut Xoshiro256PlusPlus) -> u64 {
        let slow = if random.random_bool(0.01) { random.random_range(500..3_000) } else { 0 };
        2 * self.distance + exponential(40.0, random) + slow
    }
}

/// How long an isolate lives.
pub fn life(random: &mut Xoshiro256PlusPlus) -> u64 {
    exponential((3 * HOUR) as f64, random)
}

/// How long it may idle before it is evicted. A tenth sleep for hours.
pub fn patience(random: &mut Xoshiro256PlusPlus) -> u64 {
    let mean = if random.random_bool(0.1) { 6 * HOUR } else { 15 * MINUTE };
    exponential(mean as f64, random)
}

fn exponential(mean: f64, random: &mut Xoshiro256PlusPlus) -> u64 {
    let uniform: f64 = random.random_range(f64::EPSILON..1.0);
    (-uniform.ln() * mean) as u64
}
