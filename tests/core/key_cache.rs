//! The promises of the key cache, over long random timelines.
//!
//! Three isolates share KV and an issuer. An observer who knows the true time watches them.
//! `PROPTEST_CASES=100000 PROPTEST_RNG_SEED=2 cargo test key_cache` tries more timelines.

mod attempts;
mod isolate;
mod issuer;
mod store;
mod timeline;
mod weather;

use drawbridge::keys::CachePolicy;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use timeline::{World, any_event, healthy_event, steady_event};

const ISOLATES: usize = 3;

fn any_policy() -> impl Strategy<Value = CachePolicy> {
    let policy = |fresh, stale, cooldown, timeout, wait| CachePolicy {
        fresh,
        stale,
        cooldown,
        timeout,
        wait,
    };
    prop_oneof![
        Just(policy(600_000, 86_400_000, 30_000, 5_000, 500)),
        Just(policy(60_000, 600_000, 30_000, 5_000, 500)),
        Just(policy(300_000, 0, 1_000, 2_000, 0)),
        Just(policy(10_000, 5_000, 1_000, 5_000, 5_000)),
        Just(policy(3_600_000, 3_600_000, 300_000, 1_000, 1_000)),
    ]
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 200,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever happens to issuer, KV and requests, the observer's assertions hold:
    ///
    /// - A valid key of a usable set is never refused.
    /// - No set serves past its bound.
    /// - At most one attempt asks the issuer in a cooldown.
    /// - An attempt that is due begins as soon as the cooldown allows.
    /// - A set is replaced only by a later and valid one.
    #[test]
    fn the_promises_hold_in_every_weather(
        policy in any_policy(),
        events in prop::collection::vec(steady_event(), 1..300),
    ) {
        World::new(policy, ISOLATES).live_through(&events);
    }

    /// The same promises, as far as an isolate can keep them while its clock is set.
    #[test]
    fn the_promises_hold_with_clocks_that_are_set(
        policy in any_policy(),
        events in prop::collection::vec(any_event(), 1..300),
    ) {
        World::new(policy, ISOLATES).live_through(&events);
    }

    /// A key that a healthy issuer has revoked is dropped in time, whatever KV shows, and even by
    /// an isolate that slept. No caller is told that there are no keys.
    #[test]
    fn a_revoked_key_is_dropped_in_time(
        policy in any_policy(),
        events in prop::collection::vec(healthy_event(), 1..300),
    ) {
        World::healthy(policy, ISOLATES).live_through(&events);
    }
}
