//! Random events, and the world in which they happen.

use super::conditions::{Conditions, HEALTHY_MILLIS, any_conditions, healthy_conditions};
use super::isolate::{Isolate, Moment, Token, Verdict};
use super::issuer::{Issuer, key_id};
use super::kv::Kv;
use drawbridge::keys::CachePolicy;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Event {
    /// The time passes, in milliseconds. An isolate without a request sleeps meanwhile.
    Pass(u64),
    /// The clock of an isolate is set forward or back by so many milliseconds.
    Set {
        isolate: usize,
        by: i64,
    },
    Conditions(Conditions),
    /// A request comes whose token was signed by the key of `ago` rotations ago.
    Request {
        isolate: usize,
        ago: usize,
        with_key_id: bool,
    },
    /// Requests come, each with another invented key id.
    Flood {
        isolate: usize,
        requests: u32,
    },
    Cron {
        isolate: usize,
    },
    Rotate {
        overlapping: bool,
    },
}

pub struct World {
    policy: CachePolicy,
    healthy: bool,
    now: Moment,
    issuer: Issuer,
    kv: Kv,
    conditions: Option<Conditions>,
    isolates: Vec<Isolate>,
    invented: u64,
}

impl World {
    pub fn new(policy: CachePolicy, isolates: usize) -> Self {
        Self {
            policy,
            healthy: false,
            now: Moment { at: 0, slack: 0 },
            issuer: Issuer::new(),
            kv: Kv::default(),
            conditions: None,
            isolates: (0..isolates).map(|_| Isolate::new(policy)).collect(),
            invented: 0,
        }
    }

    /// Returns a world whose issuer always answers.
    pub fn healthy(policy: CachePolicy, isolates: usize) -> Self {
        Self { healthy: true, ..Self::new(policy, isolates) }
    }

    pub fn live_through(&mut self, events: &[Event]) {
        for event in events {
            self.live(event);
        }
    }

    fn live(&mut self, event: &Event) {
        match *event {
            Event::Pass(millis) => self.pass(millis),
            Event::Set { isolate, by } => {
                self.isolates[isolate].clock += by;
                self.now.slack += by.unsigned_abs();
            }
            Event::Conditions(conditions) => self.conditions = Some(conditions),
            Event::Request { isolate, ago, with_key_id } => {
                let key = self.issuer.signing_key(ago);
                let key_id = with_key_id.then(|| key_id(key));
                self.request(isolate, Token { key_id, key: Some(key) });
            }
            Event::Flood { isolate, requests } => {
                for _ in 0..requests {
                    self.invented += 1;
                    let key_id = Some(format!("invented-{}", self.invented));
                    self.request(isolate, Token { key_id, key: None });
                }
            }
            Event::Cron { isolate } => {
                if let Some(conditions) = self.conditions {
                    self.isolates[isolate].refresh(self.now, conditions);
                }
            }
            Event::Rotate { overlapping } => self.issuer.rotate(self.now.at, overlapping),
        }
        self.pass(0);
    }

    fn request(&mut self, isolate: usize, token: Token) {
        let Some(conditions) = self.conditions else { return };
        let Self { policy, healthy, now, issuer, isolates, .. } = self;
        isolates[isolate].request(*now, token, conditions, &mut |token, verdict| {
            if *healthy {
                judge(*policy, now.at, issuer, token, verdict);
            }
        });
    }

    fn pass(&mut self, millis: u64) {
        let end = self.now.at + millis;
        let mut at_once = 0;
        while let Some(next) = self.next_event().filter(|next| *next <= end) {
            at_once = if next > self.now.at { 0 } else { at_once + 1 };
            assert!(at_once < 1_000, "requests and attempts go round in circles");
            self.now.at = next.max(self.now.at);
            let Self { policy, healthy, now, issuer, kv, isolates, .. } = self;
            for isolate in isolates {
                isolate.run_due(*now, issuer, kv, &mut |token, verdict| {
                    if *healthy {
                        judge(*policy, now.at, issuer, token, verdict);
                    }
                });
            }
        }
        self.now.at = end;
    }

    fn next_event(&self) -> Option<u64> {
        self.isolates.iter().filter_map(|isolate| isolate.next_event(self.now)).min()
    }
}

/// Asserts that a verdict is right if the issuer is healthy.
fn judge(policy: CachePolicy, at: u64, issuer: &Issuer, token: &Token, verdict: Verdict) {
    assert_ne!(verdict, Verdict::Unavailable, "of a healthy issuer");
    if let (Some(key), Verdict::Accepted) = (token.key, verdict) {
        let gone = at - issuer.last_published(key, at).unwrap_or_default();
        let bound = policy.fresh + policy.wait + HEALTHY_MILLIS;
        assert!(gone <= bound, "accepted {gone} after it was revoked");
    }
}

/// Returns any event except for clocks that are set.
pub fn steady_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => any_pass(),
        5 => any_conditions().prop_map(Event::Conditions),
        15 => any_traffic(),
    ]
}

/// Returns any event.
pub fn any_event() -> impl Strategy<Value = Event> {
    let by = prop_oneof![-100_i64..100, -60_000_i64..60_000, -200_000_000_i64..200_000_000];
    let set = (any_isolate(), by).prop_map(|(isolate, by)| Event::Set { isolate, by });
    prop_oneof![40 => steady_event(), 1 => set]
}

/// Returns any event of a world with a healthy issuer.
pub fn healthy_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => any_pass(),
        5 => healthy_conditions().prop_map(Event::Conditions),
        15 => any_traffic(),
    ]
}

fn any_pass() -> impl Strategy<Value = Event> {
    prop_oneof![0_u64..1_000, 0_u64..7_000, 0_u64..60_000, 0_u64..900_000, 0_u64..100_000_000,]
        .prop_map(Event::Pass)
}

fn any_traffic() -> impl Strategy<Value = Event> {
    prop_oneof![
        10 => (any_isolate(), 0_usize..4, prop::bool::weighted(0.8)).prop_map(
            |(isolate, ago, with_key_id)| Event::Request { isolate, ago, with_key_id }
        ),
        1 => (any_isolate(), 1_u32..20)
            .prop_map(|(isolate, requests)| Event::Flood { isolate, requests }),
        1 => any_isolate().prop_map(|isolate| Event::Cron { isolate }),
        2 => any::<bool>().prop_map(|overlapping| Event::Rotate { overlapping }),
    ]
}

fn any_isolate() -> impl Strategy<Value = usize> {
    0..super::ISOLATES
}
