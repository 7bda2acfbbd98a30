//! Measures native code and prints JSON: the name of each subject and its time in µs.

#![expect(clippy::disallowed_methods, reason = "a clock is what this is about")]

use std::collections::BTreeMap;
use std::time::Instant;

use signatures::{SUBJECTS, verify};

const BATCHES: usize = 400;
const BATCH: u32 = 5;

fn main() {
    let mut micros: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    // The subjects take turns, so that a disturbance of the machine affects all of them.
    for _ in 0..BATCHES {
        for (number, name) in SUBJECTS.iter().enumerate() {
            let started = Instant::now();
            assert_eq!(verify(number as u32, BATCH), BATCH, "{name}");
            let micros_each = started.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH);
            micros.entry(name).or_default().push(micros_each);
        }
    }
    // Other processes only make a batch slower, so the lower decile is the undisturbed time.
    let undisturbed: BTreeMap<&str, f64> = micros
        .into_iter()
        .map(|(name, mut all)| {
            all.sort_by(f64::total_cmp);
            (name, all[all.len() / 10])
        })
        .collect();
    println!("{}", serde_json::to_string(&undisturbed).unwrap());
}
