//! Plans: what happens to the issuer during a simulation. All times are milliseconds from the
//! start.

use std::ops::Range;

pub const SECOND: u64 = 1_000;
pub const MINUTE: u64 = 60 * SECOND;
pub const HOUR: u64 = 60 * MINUTE;
pub const DAY: u64 = 24 * HOUR;

#[derive(Clone, Debug)]
pub struct Plan {
    pub duration: u64,
    pub changes: Vec<Change>,
    /// The time in which the issuer accepts connections but does not answer.
    pub outage: Option<Range<u64>>,
    /// The time in which [`FLOOD`] requests with invented key ids come with each real one.
    pub flood: Option<Range<u64>>,
    /// The time for which a thief uses a revoked key.
    pub theft: u64,
    /// The interval of the cron trigger, if there is one.
    pub cron: Option<u64>,
    pub size: Size,
}

#[derive(Clone, Debug)]
pub struct Change {
    pub at: u64,
    pub kind: ChangeKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ChangeKind {
    /// The new key is published an hour before it signs. The old key stays for an hour after that.
    Overlapping,
    /// The old key is revoked and the new key signs at the same time.
    Abrupt,
}

/// The time at the start that the figures leave out, until isolates and KV are in a usual state.
pub const WARM_UP: u64 = HOUR / 2;

/// The phase under which a moment is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Phase {
    Usual,
    Down,
    Flood,
}

/// The number of requests with invented key ids per real request in a flood.
pub const FLOOD: u32 = 10;

#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub locations: usize,
    /// The maximum number of isolates in a location.
    pub isolates: usize,
    /// The average of requests per second of all locations together.
    pub requests_per_second: f64,
}

/// The network of the tables. It is large enough to show every effect, and is still simulated
/// within seconds.
pub const NETWORK: Size = Size { locations: 300, isolates: 60, requests_per_second: 8.0 };

impl Plan {
    /// Returns a day of an issuer that always answers and keeps its keys.
    pub fn quiet() -> Self {
        Self {
            duration: DAY,
            changes: Vec::new(),
            outage: None,
            flood: None,
            theft: HOUR,
            cron: Some(5 * MINUTE),
            size: NETWORK,
        }
    }

    /// Returns two days of an issuer that always answers and changes its keys.
    pub fn rotations() -> Self {
        Self {
            duration: 2 * DAY,
            changes: vec![
                Change { at: 9 * HOUR + 7 * MINUTE, kind: ChangeKind::Overlapping },
                Change { at: 18 * HOUR + 13 * MINUTE, kind: ChangeKind::Abrupt },
                Change { at: 29 * HOUR + 31 * MINUTE, kind: ChangeKind::Overlapping },
                Change { at: 41 * HOUR + 47 * MINUTE, kind: ChangeKind::Abrupt },
            ],
            ..Self::quiet()
        }
    }

    /// Returns at least eight hours with an outage of `length` milliseconds after the first hour.
    pub fn outage(length: u64) -> Self {
        let down = HOUR..HOUR + length;
        Self { duration: (down.end + HOUR).max(8 * HOUR), outage: Some(down), ..Self::quiet() }
    }

    /// Returns twelve hours with an outage of six hours. A minute before the outage, a stolen key
    /// is revoked.
    pub fn revoked_before_outage() -> Self {
        let at = 2 * HOUR - MINUTE;
        Self {
            duration: 12 * HOUR,
            changes: vec![Change { at, kind: ChangeKind::Overlapping }],
            outage: Some(4 * HOUR..10 * HOUR),
            theft: DAY,
            ..Self::quiet()
        }
    }

    /// Returns six hours with a flood of invented key ids in the second hour. The keys are changed
    /// abruptly in the middle of the flood.
    pub fn flood() -> Self {
        let at = HOUR + 31 * MINUTE;
        Self {
            duration: 6 * HOUR,
            changes: vec![Change { at, kind: ChangeKind::Abrupt }],
            flood: Some(HOUR..2 * HOUR),
            ..Self::quiet()
        }
    }

    /// Returns a day with rotations, an outage and a flood.
    pub fn mixed() -> Self {
        Self {
            changes: vec![
                Change { at: 3 * HOUR + 7 * MINUTE, kind: ChangeKind::Overlapping },
                Change { at: 9 * HOUR + 13 * MINUTE, kind: ChangeKind::Abrupt },
                Change { at: 19 * HOUR + 31 * MINUTE, kind: ChangeKind::Abrupt },
            ],
            outage: Some(14 * HOUR..15 * HOUR),
            flood: Some(19 * HOUR..20 * HOUR),
            ..Self::quiet()
        }
    }

    pub fn cron(self, cron: Option<u64>) -> Self {
        Self { cron, ..self }
    }

    pub fn phase(&self, at: u64) -> Phase {
        let within = |span: &Option<Range<u64>>| span.as_ref().is_some_and(|s| s.contains(&at));
        if within(&self.outage) {
            Phase::Down
        } else if within(&self.flood) {
            Phase::Flood
        } else {
            Phase::Usual
        }
    }

    /// Returns the total length of a phase in milliseconds.
    pub fn length(&self, phase: Phase) -> u64 {
        let length = |span: &Option<Range<u64>>| span.as_ref().map_or(0, |s| s.end - s.start);
        match phase {
            Phase::Down => length(&self.outage),
            Phase::Flood => length(&self.flood),
            Phase::Usual => self.duration - WARM_UP - length(&self.outage) - length(&self.flood),
        }
    }
}
