//! Tests of the promises of the key cache, over long random timelines.
//!
//! Three isolates share KV and an issuer. An observer who knows the true time watches them.
//! `PROPTEST_CASES=100000 PROPTEST_RNG_SEED=2 cargo test key_cache` tries more timelines.

mod attempts;
mod conditions;
mod isolate;
mod issuer;
mod kv;
mod timeline;

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

    /// The observer's assertions hold, whatever happens to issuer, KV and requests:
    ///
    /// - No token with a valid key of a usable set is refused.
    /// - No set is used after its stale period.
    /// - At most one attempt per cooldown asks the issuer.
    /// - An attempt that is due begins as soon as the cooldown allows.
    /// - Only a later and valid set replaces the set that is held.
    #[test]
    fn the_promises_hold_under_all_conditions(
        policy in any_policy(),
        events in prop::collection::vec(steady_event(), 1..300),
    ) {
        World::new(policy, ISOLATES).live_through(&events);
    }

    /// The same assertions hold if clocks are set, except for what an isolate cannot know then.
    #[test]
    fn the_promises_hold_with_clocks_that_are_set(
        policy in any_policy(),
        events in prop::collection::vec(any_event(), 1..300),
    ) {
        World::new(policy, ISOLATES).live_through(&events);
    }

    /// A key that a healthy issuer has revoked is dropped in time, whatever KV shows, and also by
    /// an isolate that slept. No request learns that there are no keys.
    #[test]
    fn a_revoked_key_is_dropped_in_time(
        policy in any_policy(),
        events in prop::collection::vec(healthy_event(), 1..300),
    ) {
        World::healthy(policy, ISOLATES).live_through(&events);
    }
}
