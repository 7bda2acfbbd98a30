//! What is counted.

use crate::plan::{HOUR, MINUTE, Phase, Plan, WARM_UP};

#[derive(Default)]
pub struct Figures {
    pub hours: f64,
    /// Isolates that ever lived.
    pub isolates: u64,
    pub requests: u64,
    /// At the issuer, by minute.
    fetches: Vec<u32>,
    /// By [`Phase`].
    fetches_in: [u64; 3],
    hours_in: [f64; 3],
    pub store_reads: u64,
    pub store_writes: u64,
    /// Milliseconds, of each valid request that waited.
    waits: Vec<u32>,
    /// Valid requests that were answered with 401.
    pub refused: u64,
    /// Valid requests that were answered with 503 or an exception.
    pub failed: u64,
    /// When the first of them failed, after the beginning of an outage.
    pub first_failure: Option<u64>,
    /// How long a revoked key was still accepted.
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

    /// To be called once, when all is counted.
    pub fn finish(&mut self, plan: &Plan) {
        self.hours = (plan.duration - WARM_UP) as f64 / HOUR as f64;
        self.hours_in = [Phase::Usual, Phase::Down, Phase::Flood]
            .map(|phase| plan.length(phase) as f64 / HOUR as f64);
        self.waits.sort_unstable();
    }

    /// At the issuer.
    pub fn fetches_per_hour(&self, phase: Phase) -> f64 {
        self.fetches_in[phase as usize] as f64 / self.hours_in[phase as usize]
    }

    pub fn fetches_in_busiest_minute(&self) -> u32 {
        self.fetches.iter().copied().max().unwrap_or_default()
    }

    pub fn per_day(&self, count: u64) -> f64 {
        count as f64 * 24.0 / self.hours
    }

    /// Of all requests, in percent.
    pub fn share_waited(&self) -> f64 {
        100.0 * self.waits.len() as f64 / self.requests as f64
    }

    /// That part of those that waited waited at most so long.
    pub fn wait(&self, part: f64) -> u32 {
        let index = (part * self.waits.len() as f64) as usize;
        self.waits.get(index.min(self.waits.len().saturating_sub(1))).copied().unwrap_or_default()
    }
}
