//! The traffic: where requests come from, and how long the isolates live that serve them.

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use crate::plan::{DAY, HOUR, MINUTE, Size};

/// A location of the network, with its share of the traffic.
pub struct Location {
    /// The requests per millisecond at noon.
    rate: f64,
    /// The longitude of the location, as a fraction of a day.
    longitude: f64,
    /// The round-trip time to the issuer in milliseconds.
    pub distance: u64,
    /// The index of the location's first isolate.
    pub first: usize,
    pub isolates: usize,
}

/// Returns the locations. The first is the busiest, the second is half as busy, the third a third
/// as busy.
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
    /// Returns the milliseconds until the next request. At night there is a fifth of the traffic at
    /// noon.
    pub fn pause(&self, now: u64, random: &mut Xoshiro256PlusPlus) -> u64 {
        let hour = (now as f64 / DAY as f64 + self.longitude) * std::f64::consts::TAU;
        let rate = self.rate * (MEAN_OF_DAY + 0.4 * hour.sin());
        exponential(1.0 / rate, random).clamp(1, HOUR)
    }

    /// Returns the isolate that serves a request. Some isolates get more requests than others.
    pub fn isolate(&self, random: &mut Xoshiro256PlusPlus) -> usize {
        let place: f64 = random.random_range(0.0..1.0);
        self.first + (place * place * self.isolates as f64) as usize
    }

    /// Returns the milliseconds that the issuer takes to answer. One answer in a hundred takes up
    /// to 3 s longer.
    pub fn latency(&self, random: &mut Xoshiro256PlusPlus) -> u64 {
        let slow = if random.random_bool(0.01) { random.random_range(500..3_000) } else { 0 };
        2 * self.distance + exponential(40.0, random) + slow
    }
}

/// Returns the lifetime of an isolate in milliseconds.
pub fn life(random: &mut Xoshiro256PlusPlus) -> u64 {
    exponential((3 * HOUR) as f64, random)
}

/// Returns the milliseconds without a request after which an isolate is evicted. A tenth of the
/// isolates sleep for hours.
pub fn patience(random: &mut Xoshiro256PlusPlus) -> u64 {
    let mean = if random.random_bool(0.1) { 6 * HOUR } else { 15 * MINUTE };
    exponential(mean as f64, random)
}

fn exponential(mean: f64, random: &mut Xoshiro256PlusPlus) -> u64 {
    let uniform: f64 = random.random_range(f64::EPSILON..1.0);
    (-uniform.ln() * mean) as u64
}
