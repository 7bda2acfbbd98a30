//! The fuzz targets over their corpora, and over each seed with some bytes changed: the same in
//! every run. `npm run fuzz` looks further.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "a target fails by panicking"
)]

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::path::PathBuf;

/// How many changed forms of each seed are tried.
const CHANGES: usize = 40;
const MAX_CORPUS_BYTES: usize = 64 << 10;

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn run(name: &str) {
    let target = targets::find(name).unwrap();
    let seeds = corpus(name);
    assert!(!seeds.is_empty());
    assert!(seeds.iter().map(Vec::len).sum::<usize>() <= MAX_CORPUS_BYTES);
    // Big numbers take long without optimisation.
    let slow = ["ed25519", "rs256"].contains(&name);
    let changes = if slow { CHANGES / 10 } else { CHANGES };
    let mut random = Random(1);
    for seed in &seeds {
        target(seed);
        for _ in 0..changes {
            let other = &seeds[random.below(seeds.len())];
            target(&changed(seed, other, &mut random));
        }
    }
}

/// One byte replaced, removed or inserted, or the end of another seed put in place of its own.
fn changed(seed: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    const BYTES: &[u8] = b"\0 \"%+,-./0:;=?AEZ[\\]_aez{}~\x7f\x80\xc3\xff";
    let mut bytes = seed.to_vec();
    let at = random.below(bytes.len() + 1);
    let byte = BYTES[random.below(BYTES.len())];
    match random.below(4) {
        0 if at < bytes.len() => bytes[at] = byte,
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 => {
            bytes.truncate(at);
            bytes.extend(&other[random.below(other.len() + 1)..]);
        }
        _ => bytes.insert(at, byte),
    }
    bytes
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as usize % limit.max(1)
    }
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test] fn $name() { run(stringify!($name)); })*

        #[test]
        fn every_target_is_run() {
            assert_eq!(targets::TARGETS.map(|(name, _)| name), [$(stringify!($name)),*]);
        }
    };
}

tests!(claims config ed25519 header identity jwks path routes rs256 token);

#[test]
fn the_seeds_of_tokens_verify() {
    let seeds: Vec<String> =
        corpus("token").into_iter().filter_map(|seed| String::from_utf8(seed).ok()).collect();
    for token in targets::token::tokens() {
        assert!(seeds.contains(&token), "fuzz/corpus/token has not {token}");
    }
}
