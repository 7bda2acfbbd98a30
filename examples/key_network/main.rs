//! Simulates key caching at the scale of a network.
//!
//! `cargo run --release --locked --example key_network` prints the tables of `docs/key-caching.md`.
//! Every run prints the same figures.
//!
//! Thousands of isolates in hundreds of locations cache an issuer's keys over days of virtual time.
//! They use the key cache of the worker, or those of jose, jwks-rsa and Nimbus.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a simulation of bounded size, which nobody relies on"
)]

mod figures;
mod issuer;
mod keys;
mod kv;
mod network;
mod plan;
mod report;
#[cfg(test)]
mod tests;
mod traffic;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use drawbridge::config::Config;
use drawbridge::keys::CachePolicy;
use figures::Figures;
use keys::Keeper;
use plan::{HOUR, MINUTE, Plan};

const SEED: u64 = 1;

struct Run {
    name: String,
    plan: Plan,
    keeper: Keeper,
}

fn main() {
    let chapters = chapters();
    let figures = simulate_all(chapters.iter().flat_map(|chapter| &chapter.runs));
    let mut figures = figures.iter();
    for chapter in &chapters {
        let rows: Vec<_> = chapter
            .runs
            .iter()
            .zip(figures.by_ref())
            .map(|(run, figures)| (run.name.clone(), figures))
            .collect();
        println!("{}\n", report::table(chapter.title, &rows, chapter.columns));
    }
}

struct Chapter {
    title: &'static str,
    runs: Vec<Run>,
    columns: &'static [report::Column],
}

fn chapters() -> Vec<Chapter> {
    use report::*;
    let chapter = |title, plan: Plan, columns| Chapter { title, runs: comparison(&plan), columns };
    let quiet = &[FETCHES, BUSIEST, READS, WRITES, WAITED, MEDIAN, P99, LONGEST];
    let rotations = &[FETCHES, BUSIEST, READS, WRITES, WAITED, P99, REFUSED, FAILED, REVOKED];
    let outage = &[FETCHES_DOWN, WAITED, MEDIAN, P99, FAILED, SHARE_FAILED, FIRST_FAILURE];
    let revoked = &[FETCHES_DOWN, FAILED, SHARE_FAILED, REVOKED];
    let flood = &[FETCHES, FETCHES_FLOOD, BUSIEST, WAITED, P99, REFUSED, FAILED];
    let sweep = &[
        FETCHES,
        FETCHES_DOWN,
        FETCHES_FLOOD,
        READS,
        WRITES,
        WAITED,
        P99,
        REFUSED,
        FAILED,
        REVOKED,
    ];
    vec![
        chapter("a quiet day", Plan::quiet(), quiet),
        chapter("two days of rotations", Plan::rotations(), rotations),
        chapter("down for 5 min", Plan::outage(5 * MINUTE), outage),
        chapter("down for 1 h", Plan::outage(HOUR), outage),
        chapter("down for 26 h", Plan::outage(26 * HOUR), outage),
        chapter("revoked, then down for 6 h", Plan::revoked_before_outage(), revoked),
        chapter("an hour of invented key ids", Plan::flood(), flood),
        Chapter { title: "a mixed day", runs: sweep_runs(), columns: sweep },
    ]
}

fn defaults() -> CachePolicy {
    let minimal = r#"{
        "providers": [{"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]}],
        "upstreams": {"origin": {"url": "https://backend.example.com"}}
    }"#;
    Config::parse([("DRAWBRIDGE", minimal)]).unwrap().keys.policy
}

fn comparison(plan: &Plan) -> Vec<Run> {
    let run = |name: &str, plan: Plan, keeper| Run { name: name.into(), plan, keeper };
    let ours = Keeper::Drawbridge(defaults());
    vec![
        run("Drawbridge, cron every 5 min", plan.clone(), ours),
        run("Drawbridge, no cron", plan.clone().cron(None), ours),
        run("jose", plan.clone(), Keeper::Jose),
        run("jwks-rsa", plan.clone(), Keeper::JwksRsa),
        run("Nimbus", plan.clone(), Keeper::Nimbus { outage_tolerant: false }),
        run("Nimbus, outage tolerant", plan.clone(), Keeper::Nimbus { outage_tolerant: true }),
    ]
}

/// Returns the runs with the defaults and with one setting changed at a time.
fn sweep_runs() -> Vec<Run> {
    let defaults = defaults();
    let run = |name: String, cron, policy| Run {
        name,
        plan: Plan::mixed().cron(cron),
        keeper: Keeper::Drawbridge(policy),
    };
    let usual = Some(5 * MINUTE);
    let mut runs = vec![run("the defaults".into(), usual, defaults)];
    for fresh in [60, 120, 300, 1_800, 3_600] {
        let policy = CachePolicy { fresh: fresh * 1_000, ..defaults };
        runs.push(run(format!("fresh_seconds = {fresh}"), usual, policy));
    }
    for stale in [0, 1_800, 3_600] {
        let policy = CachePolicy { stale: stale * 1_000, ..defaults };
        runs.push(run(format!("stale_seconds = {stale}"), usual, policy));
    }
    for cooldown in [1, 10, 120, 300] {
        let policy = CachePolicy { cooldown: cooldown * 1_000, ..defaults };
        runs.push(run(format!("cooldown_seconds = {cooldown}"), usual, policy));
    }
    for wait in [0, 100, 1_000, 5_000] {
        runs.push(run(format!("wait_ms = {wait}"), usual, CachePolicy { wait, ..defaults }));
    }
    for minutes in [1, 2, 10, 15] {
        runs.push(run(format!("cron every {minutes} min"), Some(minutes * MINUTE), defaults));
    }
    runs.push(run("no cron".into(), None, defaults));
    runs
}

/// Simulates all runs in as many threads as there are processors. The figures do not depend on the
/// threads, because each run is single-threaded and has its own random numbers.
fn simulate_all<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<Figures> {
    let runs: Vec<&Run> = runs.collect();
    let next = AtomicUsize::new(0);
    let done: Vec<_> = runs.iter().map(|_| Mutex::new(Figures::default())).collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(run) = runs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let index = runs.iter().position(|other| std::ptr::eq(*other, *run)).unwrap();
                    *done[index].lock().unwrap() = network::simulate(&run.plan, run.keeper, SEED);
                }
            });
        }
    });
    done.into_iter().map(|figures| figures.into_inner().unwrap()).collect()
}
