use proptest::prelude::*;

use super::*;

fn at(millis: u64) -> UnixMillis {
    UnixMillis::new(millis)
}

#[test]
fn a_value_is_taken_out_once() {
    let mut slots = Slots::new(7);
    let first = slots.insert(at(0), at(10), "a");
    let second = slots.insert(at(0), at(10), "b");
    assert_eq!((first, second), (7, 8));
    assert_eq!(slots.take(second), Some("b"));
    assert_eq!(slots.take(second), None);
    // The first value has expired, but nothing has looked for expired values yet.
    assert_eq!(slots.take(first), Some("a"));
}

#[test]
fn a_number_that_was_not_given_is_unknown() {
    let mut slots = Slots::new(7);
    slots.insert(at(0), at(10), "a");
    for slot in [0, 6, 8, u32::MAX] {
        assert_eq!(slots.take(slot), None, "{slot}");
    }
}

#[test]
fn a_number_whose_place_is_taken_is_skipped() {
    let mut slots = Slots::new(0);
    let first = slots.insert(at(0), at(10), 0);
    for value in 1..200 {
        let slot = slots.insert(at(0), at(10), value);
        assert!(
            usize::try_from(slot).unwrap() % MIN_PLACES != 0 || slots.places.len() > MIN_PLACES
        );
        assert_eq!(slots.take(slot), Some(value));
    }
    assert_eq!((slots.take(first), slots.places.len()), (Some(0), MIN_PLACES));
}

#[test]
fn there_is_a_place_for_everything_that_may_be_reported() {
    let mut slots = Slots::new(u32::MAX - 100);
    let numbers: Vec<u32> =
        (0..10_000).map(|value| slots.insert(at(value), at(20_000), value)).collect();
    for (value, slot) in (0..10_000).zip(numbers) {
        assert_eq!(slots.take(slot), Some(value));
    }
    assert_eq!(slots.taken, 0);
}

#[test]
fn numbers_begin_anew_after_the_last() {
    let mut slots = Slots::new(u32::MAX);
    let numbers = ["a", "b"].map(|value| slots.insert(at(0), at(10), value));
    assert_eq!(numbers, [u32::MAX, 0]);
    assert_eq!(numbers.map(|slot| slots.take(slot)), [Some("a"), Some("b")]);
}

#[test]
fn a_value_that_nobody_reports_is_dropped_after_it_has_expired() {
    let mut slots = Slots::new(0);
    for millis in 0..100_000 {
        slots.insert(at(millis), at(millis + 10), millis);
        assert!(slots.places.len() <= MIN_PLACES);
    }
}

proptest! {
    /// Numbers are reported in time, late, twice or never. A report in time gets its own value.
    /// There are at most eight times as many places as values that may still be reported.
    #[test]
    fn values_are_kept_as_long_as_they_may_be_reported(
        events in prop::collection::vec((0..20_u64, 1..500_u64, any::<bool>(), 0..400_usize), 1..2_000),
    ) {
        let mut slots = Slots::new(u32::MAX - 500);
        let mut now = at(0);
        let mut given: Vec<(u32, UnixMillis)> = Vec::new();
        let mut most = 0;
        for (value, (step, lifetime, reports, which)) in events.into_iter().enumerate() {
            now = now.plus(step);
            let until = now.plus(lifetime);
            given.push((slots.insert(now, until, value), until));
            most = most.max(given.iter().filter(|(_, until)| now < *until).count());
            prop_assert!(slots.places.len() <= most.saturating_mul(8).max(MIN_PLACES));
            prop_assert_eq!(slots.places.iter().flatten().count(), slots.taken);
            if reports && let Some((slot, until)) = given.get(which).copied() {
                let taken = slots.take(slot);
                prop_assert!(taken.is_none_or(|value| value == which));
                prop_assert!(taken.is_some() || now >= until);
                prop_assert_eq!(slots.take(slot), None);
                given[which].1 = at(0);
            }
        }
    }
}

#[test]
fn no_more_values_are_kept_than_have_room() {
    let mut slots = Slots::new(0);
    let given: Vec<u32> = (0..40_000).map(|value| slots.insert(at(0), at(10), value)).collect();
    assert_eq!(slots.places.len(), MAX_PLACES);
    assert!(slots.taken <= MAX_PLACES);
    let kept = given.iter().filter(|slot| slots.take(**slot).is_some()).count();
    assert!((MAX_PLACES / 2..=MAX_PLACES).contains(&kept), "{kept}");
    // The last one is among them, and nothing is left.
    assert_eq!((slots.taken, slots.take(given[0])), (0, None));
}
