//! The fuzzer. It runs libFuzzer on the target that the environment variable FUZZ_TARGET names.
//! `npm run fuzz` builds and runs the fuzzer.
#![no_main]

use std::sync::OnceLock;

#[path = "../targets/mod.rs"]
mod targets;

static TARGET: OnceLock<targets::Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let target = TARGET.get_or_init(|| {
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
        targets::find(&name).expect("FUZZ_TARGET is one of the targets")
    });
    target(data);
});
