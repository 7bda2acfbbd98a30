//! The figures that a simulation counts.

use crate::plan::{HOUR, MINUTE, Phase, Plan, WARM_UP};

#[derive(Default)]
pub struct Figures {
    pub hours: f64,
    /// The number of isolates that ever lived.
    pub isolates: u64,
    pub requests: u64,
    /// The fetches from the issuer, by minute.
    fetches: Vec<u32>,
    /// The fetches from the issuer, by [`Phase`].
    fetches_in: [u64; 3],
    hours_in: [f64; 3],
    pub kv_reads: u64,
    pub kv_writes: u64,
    /// The milliseconds that each waiting valid request waited.
    waits: Vec<u32>,
    /// The number of valid requests that were answered with 401.
    pub refused: u64,
    /// The number of valid requests that were answered with 503 or an exception.
    pub failed: u64,
    /// The milliseconds from the beginning of an outage to the first of these failures.
    pub first_failure: Option<u64>,
    /// The longest time from a key's revocation to its last acceptance, in milliseconds.
    pub revoked_accepted: u64,
}

impl Figures {
    pub fn fetch(&mut self, at: u64, phase: Phase) {
        let minute = (at / MINUTE) as usize;
        if self.fetches.len() <= minute {
            self.fetches.resize(minute + 1, 0);
        }
        self.fetches[minute] += 1;
        self.fetches_in[phase as usize] += 1;
    }

    pub fn waited(&mut self, millis: u64) {
        self.waits.push(u32::try_from(millis).unwrap_or(u32::MAX));
    }

    /// Completes the figures. It must be called once, at the end of the simulation.
    pub fn finish(&mut self, plan: &Plan) {
        self.hours = (plan.duration - WARM_UP) as f64 / HOUR as f64;
        self.hours_in = [Phase::Usual, Phase::Down, Phase::Flood]
            .map(|phase| plan.length(phase) as f64 / HOUR as f64);
        self.waits.sort_unstable();
    }

    /// Returns the fetches from the issuer per hour in a phase.
    pub fn fetches_per_hour(&self, phase: Phase) -> f64 {
        self.fetches_in[phase as usize] as f64 / self.hours_in[phase as usize]
    }

    pub fn fetches_in_busiest_minute(&self) -> u32 {
        self.fetches.iter().copied().max().unwrap_or_default()
    }

    pub fn per_day(&self, count: u64) -> f64 {
        count as f64 * 24.0 / self.hours
    }

    /// Returns the share of requests that waited, in percent.
    pub fn share_waited(&self) -> f64 {
        100.0 * self.waits.len() as f64 / self.requests as f64
    }

    /// Returns a quantile of the waits in milliseconds: `part` of the waiting requests waited at
    /// most this long.
    pub fn wait(&self, part: f64) -> u32 {
        let index = (part * self.waits.len() as f64) as usize;
        self.waits.get(index.min(self.waits.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}
