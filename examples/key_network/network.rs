//! The network: isolates in locations all over the world, driven by a queue of events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use drawbridge::keys::{AfterKvRead, Start, Validator};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

use crate::figures::Figures;
use crate::issuer::{Document, Issuer, Key};
use crate::keys::drawbridge::Cache;
use crate::keys::{Keeper, Keys, Look, Purpose, Verdict, Work};
use crate::kv::{Entry, Kv};
use crate::plan::{FLOOD, Phase, Plan, WARM_UP};
use crate::traffic::{self, Location};

/// The share of requests that carry a thief's token while the thief uses a revoked key.
const STOLEN: f64 = 0.1;

/// The number of a key that was never published.
const INVENTED: u8 = u8::MAX;

/// The time between two looks at the isolate's memory while a request waits for the work of
/// another, in milliseconds.
const POLLING: u64 = 50;

/// Simulates a plan and returns the figures.
pub fn simulate(plan: &Plan, keeper: Keeper, seed: u64) -> Figures {
    let mut network = Network::new(plan, keeper, seed);
    network.run(plan.duration);
    network.figures.kv_reads = network.kv.reads;
    network.figures.kv_writes = network.kv.writes;
    network.figures.finish(plan);
    network.figures
}

struct Network {
    plan: Plan,
    keeper: Keeper,
    now: u64,
    /// The time and number of each planned event. Events at the same time happen in the order in
    /// which they were planned.
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    events: Slab,
    planned: u64,
    issuer: Issuer,
    kv: Kv,
    locations: Vec<Location>,
    isolates: Vec<Option<Isolate>>,
    random: Xoshiro256PlusPlus,
    inventions: u64,
    figures: Figures,
}

/// The planned events, by their number in the queue.
type Slab = std::collections::HashMap<u64, Event>;

enum Event {
    Cron,
    /// A request comes.
    Request {
        location: usize,
    },
    /// A request has waited long enough.
    Look {
        isolate: usize,
    },
    /// An attempt gets the answer of KV.
    KvRead {
        isolate: usize,
        location: usize,
        start: Start,
        entry: Option<Entry>,
    },
    /// An attempt gets the answer of the issuer.
    Answered {
        isolate: usize,
        location: usize,
        start: Start,
        validator: Option<Validator>,
        answer: Option<Entry>,
    },
    /// A fetch by one of the other libraries has ended.
    Fetched {
        isolate: usize,
        purpose: Purpose,
        answer: Option<Rc<Document>>,
    },
}

struct Isolate {
    keys: Keys,
    dies: u64,
    patience: u64,
    used: u64,
    /// The number of attempts and fetches under way. They keep the isolate alive.
    busy: u32,
    waiting: Vec<Waiting>,
}

struct Waiting {
    key: Key,
    since: u64,
    /// Whether the request carries out the work that it waits for.
    own: bool,
    until: Option<u64>,
    seen: u64,
    awaited: Option<Purpose>,
}

impl Waiting {
    fn new(key: Key, since: u64) -> Self {
        Self { key, since, own: false, until: None, seen: 0, awaited: None }
    }
}

/// An isolate and the location that it runs in, by their indices.
#[derive(Clone, Copy)]
struct Place {
    isolate: usize,
    location: usize,
}

impl Network {
    fn new(plan: &Plan, keeper: Keeper, seed: u64) -> Self {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let locations = traffic::locations(plan.size, &mut random);
        let isolates = locations.iter().map(|location| location.isolates).sum();
        let lifetime = match keeper {
            Keeper::Drawbridge(policy) => policy.usable(),
            _ => 0,
        };
        let mut network = Self {
            plan: plan.clone(),
            keeper,
            now: 0,
            queue: BinaryHeap::new(),
            events: Slab::default(),
            planned: 0,
            issuer: Issuer::new(plan),
            kv: Kv::new(locations.len(), lifetime),
            isolates: std::iter::repeat_with(|| None).take(isolates).collect(),
            locations,
            random,
            inventions: 0,
            figures: Figures::default(),
        };
        for location in 0..network.locations.len() {
            network.plan_request(location);
        }
        if let Keeper::Drawbridge(_) = keeper {
            network.plan_cron();
        }
        network
    }

    fn run(&mut self, duration: u64) {
        while let Some(Reverse((at, number))) = self.queue.pop() {
            if at >= duration {
                break;
            }
            if self.now < WARM_UP && at >= WARM_UP {
                self.figures = Figures::default();
                (self.kv.reads, self.kv.writes) = (0, 0);
            }
            self.now = at;
            if let Some(event) = self.events.remove(&number) {
                self.happen(event);
            }
        }
    }

    fn plan_at(&mut self, at: u64, event: Event) {
        self.planned += 1;
        self.queue.push(Reverse((at, self.planned)));
        self.events.insert(self.planned, event);
    }

    fn plan_request(&mut self, location: usize) {
        let pause = self.locations[location].pause(self.now, &mut self.random);
        self.plan_at(self.now + pause, Event::Request { location });
    }

    fn plan_cron(&mut self) {
        if let Some(interval) = self.plan.cron {
            self.plan_at(self.now + interval, Event::Cron);
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Cron => self.cron(),
            Event::Request { location } => {
                self.plan_request(location);
                self.request(location);
            }
            Event::Look { isolate } => self.look_again(isolate, None),
            Event::KvRead { isolate, location, start, entry } => {
                self.kv_read(isolate, location, start, entry);
            }
            Event::Answered { isolate, location, start, validator, answer } => {
                let place = Place { isolate, location };
                self.answered(place, &start, validator.as_ref(), answer.as_ref());
            }
            Event::Fetched { isolate, purpose, answer } => {
                let now = self.now;
                let alive = self.isolate(isolate);
                alive.busy -= 1;
                alive.keys.fetched(now, &purpose, answer.as_ref());
                let brought = answer.is_some();
                self.look_again(isolate, Some((purpose, brought)));
            }
        }
    }

    fn request(&mut self, location: usize) {
        let isolate = self.locations[location].isolate(&mut self.random);
        self.wake(isolate);
        let stolen = match self.issuer.revoked(self.now) {
            Some((since, key))
                if self.now < since + self.plan.theft && self.random.random_bool(STOLEN) =>
            {
                Some(key.clone())
            }
            _ => None,
        };
        let key = stolen.unwrap_or_else(|| self.issuer.signing_key(self.now).clone());
        self.figures.requests += 1;
        self.serve(isolate, location, Waiting::new(key, self.now), None);
        if self.plan.phase(self.now) == Phase::Flood {
            for _ in 0..FLOOD {
                self.invented(location);
            }
        }
    }

    fn invented(&mut self, location: usize) {
        let isolate = self.locations[location].isolate(&mut self.random);
        self.wake(isolate);
        self.inventions += 1;
        let id = format!("invented-{}", self.inventions).into();
        let key = Key { number: INVENTED, id };
        self.serve(isolate, location, Waiting::new(key, self.now), None);
    }

    /// Fires the cron trigger in a random isolate.
    fn cron(&mut self) {
        self.plan_cron();
        let location = self.random.random_range(0..self.locations.len());
        let isolate = self.locations[location].isolate(&mut self.random);
        self.wake(isolate);
        let now = self.now;
        if let Keys::Drawbridge(cache) = &mut self.isolate(isolate).keys
            && let Some(start) = cache.refresh(now)
        {
            self.work(isolate, location, Work::Attempt(start));
        }
    }

    /// Makes a new isolate if the old one has been evicted.
    fn wake(&mut self, isolate: usize) {
        let now = self.now;
        let evicted =
            |old: &Isolate| old.busy == 0 && (now >= old.dies || now >= old.used + old.patience);
        let slot = &mut self.isolates[isolate];
        match slot {
            Some(alive) if !evicted(alive) => alive.used = now,
            _ => {
                self.figures.isolates += 1;
                *slot = Some(Isolate {
                    keys: Keys::new(self.keeper),
                    dies: now + traffic::life(&mut self.random),
                    patience: traffic::patience(&mut self.random),
                    used: now,
                    busy: 0,
                    waiting: Vec::new(),
                });
            }
        }
    }

    fn isolate(&mut self, isolate: usize) -> &mut Isolate {
        self.isolates[isolate].as_mut().expect("an isolate at work is not evicted")
    }

    fn serve(
        &mut self,
        isolate: usize,
        location: usize,
        mut request: Waiting,
        waited_for: Option<(Purpose, bool)>,
    ) {
        let now = self.now;
        let mut works = Vec::new();
        let look = Look { now, key: &request.key, waited_for };
        let verdict = self.isolate(isolate).keys.look(&look, &mut works);
        request.own |= !works.is_empty();
        for work in works {
            self.work(isolate, location, work);
        }
        let Verdict::Wait(until) = verdict else { return self.count(&request, verdict) };
        if let Some(until) = until {
            self.plan_at(until, Event::Look { isolate });
        }
        let alive = self.isolate(isolate);
        request.until = until;
        request.awaited = alive.keys.awaited(&request.key);
        request.seen = match &alive.keys {
            Keys::Drawbridge(cache) => cache.changes(),
            _ => 0,
        };
        alive.waiting.push(request);
    }

    fn work(&mut self, isolate: usize, location: usize, work: Work) {
        match work {
            Work::Attempt(start) => {
                let (entry, latency) = self.kv.read(self.now, location, &mut self.random);
                self.isolate(isolate).busy += 1;
                let kv_read = Event::KvRead { isolate, location, start, entry };
                self.plan_at(self.now + latency, kv_read);
            }
            Work::Fetch { purpose, timeout } => {
                self.isolate(isolate).busy += 1;
                let (answer, ends) = self.fetch(location, timeout);
                self.plan_at(ends, Event::Fetched { isolate, purpose, answer });
            }
        }
    }

    fn fetch(&mut self, location: usize, timeout: u64) -> (Option<Rc<Document>>, u64) {
        let phase = self.plan.phase(self.now);
        self.figures.fetch(self.now, phase);
        let latency = self.locations[location].latency(&mut self.random);
        if phase == Phase::Down || latency > timeout {
            return (None, self.now + timeout);
        }
        (Some(Rc::clone(self.issuer.published(self.now))), self.now + latency)
    }

    fn kv_read(&mut self, isolate: usize, location: usize, start: Start, entry: Option<Entry>) {
        let now = self.now;
        let alive = self.isolate(isolate);
        alive.busy -= 1;
        let Keys::Drawbridge(cache) = &mut alive.keys else { return };
        if let AfterKvRead::Fetch(validator) = cache.kv_read(now, &start, entry) {
            alive.busy += 1;
            let (answer, ends) = self.fetch(location, Cache::remaining(now, &start));
            let answer = answer.map(|document| Entry { document, fetched_at: now });
            let event = Event::Answered { isolate, location, start, validator, answer };
            self.plan_at(ends, event);
        }
        self.look_again(isolate, None);
    }

    fn answered(
        &mut self,
        Place { isolate, location }: Place,
        start: &Start,
        validator: Option<&Validator>,
        answer: Option<&Entry>,
    ) {
        let now = self.now;
        let alive = self.isolate(isolate);
        alive.busy -= 1;
        let Keys::Drawbridge(cache) = &mut alive.keys else { return };
        if let Some(entry) = cache.fetched(now, start, validator, answer) {
            self.kv.write(now, location, &entry, &mut self.random);
        }
        self.look_again(isolate, None);
    }

    /// Lets each waiting request look again if something has changed for it.
    fn look_again(&mut self, isolate: usize, ended: Option<(Purpose, bool)>) {
        let now = self.now;
        let Some(alive) = &mut self.isolates[isolate] else { return };
        let changes = match &alive.keys {
            Keys::Drawbridge(cache) => Some(cache.changes()),
            _ => None,
        };
        let ready = |waiting: &mut Waiting| {
            waiting.until.is_some_and(|until| now >= until)
                || changes.is_some_and(|changes| changes != waiting.seen)
                || ended.as_ref().is_some_and(|(purpose, _)| is_for(purpose, waiting))
        };
        let ready: Vec<Waiting> = alive.waiting.extract_if(.., ready).collect();
        let location = self.locations.partition_point(|location| location.first <= isolate) - 1;
        for waiting in ready {
            self.serve(isolate, location, waiting, ended.clone());
        }
    }

    fn count(&mut self, request: &Waiting, verdict: Verdict) {
        let (now, key) = (self.now, &request.key);
        if key.number == INVENTED {
            assert_ne!(verdict, Verdict::Accepted, "of a token with an invented key id");
            return;
        }
        if let Some((revoked_at, revoked)) = self.issuer.revoked(now)
            && revoked == key
        {
            if verdict == Verdict::Accepted {
                let accepted = now - revoked_at;
                self.figures.revoked_accepted = self.figures.revoked_accepted.max(accepted);
            }
            return;
        }
        if request.since < now {
            let others = !request.own && matches!(self.keeper, Keeper::Drawbridge(_));
            let lag = if others { self.random.random_range(0..POLLING) } else { 0 };
            self.figures.waited(now - request.since + lag);
        }
        match verdict {
            Verdict::Accepted | Verdict::Wait(_) => {}
            Verdict::Refused => self.figures.refused += 1,
            Verdict::Failed => {
                self.figures.failed += 1;
                let outage = self.plan.outage.as_ref().filter(|outage| outage.start <= now);
                if let (None, Some(outage)) = (self.figures.first_failure, outage) {
                    self.figures.first_failure = Some(now - outage.start);
                }
            }
        }
    }
}

/// Returns whether a fetch is the one that a request waits for.
fn is_for(purpose: &Purpose, waiting: &Waiting) -> bool {
    match (purpose, &waiting.awaited) {
        (Purpose::Set { .. }, Some(Purpose::Set { .. })) => true,
        (Purpose::Key(fetched), Some(Purpose::Key(awaited))) => fetched == awaited,
        _ => false,
    }
}
