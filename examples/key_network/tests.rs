//! Tests of the relations that justify the defaults, on a small network.

use crate::defaults;
use crate::figures::Figures;
use crate::keys::Keeper;
use crate::network::simulate;
use crate::plan::{HOUR, Phase, Plan, Size};

const SMALL: Size = Size { locations: 12, isolates: 10, requests_per_second: 1.5 };

fn run(plan: Plan, keeper: Keeper) -> Figures {
    simulate(&Plan { size: SMALL, ..plan }, keeper, 1)
}

fn ours() -> Keeper {
    Keeper::Drawbridge(defaults())
}

#[test]
fn rotations_cost_no_valid_request_and_few_fetches() {
    let plan = || Plan { duration: 20 * HOUR, ..Plan::rotations() };
    let (ours, jose) = (run(plan(), ours()), run(plan(), Keeper::Jose));
    assert!(ours.requests > 10_000);
    assert_eq!((ours.refused, ours.failed), (0, 0));
    assert!(4.0 * ours.fetches_per_hour(Phase::Usual) < jose.fetches_per_hour(Phase::Usual));
    let bound = defaults().fresh + defaults().wait + defaults().timeout;
    assert!((1..bound).contains(&ours.revoked_accepted), "{}", ours.revoked_accepted);
}

#[test]
fn the_cron_trigger_carries_the_fetches() {
    let (with, without) = (run(Plan::quiet(), ours()), run(Plan::quiet().cron(None), ours()));
    // The trigger itself makes twelve fetches an hour.
    assert!((11.0..14.0).contains(&with.fetches_per_hour(Phase::Usual)));
    assert!(2.0 * with.fetches_per_hour(Phase::Usual) < without.fetches_per_hour(Phase::Usual));
}

#[test]
fn an_outage_of_an_hour_costs_no_valid_request() {
    let (ours, jose) = (run(Plan::outage(HOUR), ours()), run(Plan::outage(HOUR), Keeper::Jose));
    assert_eq!((ours.refused, ours.failed), (0, 0));
    assert!(ours.wait(1.0) <= 1_000, "{}", ours.wait(1.0));
    assert!(jose.failed > 0);
}

#[test]
fn no_set_is_used_after_the_stale_period() {
    let ours = run(Plan::outage(26 * HOUR), ours());
    assert!(ours.first_failure.is_some_and(|after| after >= 23 * HOUR));
    assert!(ours.failed > 0);
}

#[test]
fn invented_key_ids_cost_each_isolate_one_fetch_in_a_cooldown() {
    let (ours, others) = (run(Plan::flood(), ours()), run(Plan::flood(), Keeper::JwksRsa));
    let isolates = 50.0;
    assert!(ours.fetches_per_hour(Phase::Flood) < isolates * 120.0);
    assert!(3.0 * ours.fetches_per_hour(Phase::Flood) < others.fetches_per_hour(Phase::Flood));
    assert_eq!(ours.failed, 0);
}

#[test]
fn the_figures_are_the_same_every_time() {
    let figures = || {
        let figures = run(Plan { duration: 2 * HOUR, ..Plan::quiet() }, ours());
        (figures.requests, figures.kv_reads, figures.wait(0.5), figures.isolates)
    };
    assert_eq!(figures(), figures());
}
