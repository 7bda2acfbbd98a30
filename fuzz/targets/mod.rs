//! The targets of the fuzzer. Each target is a function of any bytes that panics if a property does
//! not hold. `tests/fuzz/main.rs` runs the targets over the corpora, and `fuzz/src/main.rs` under
//! libFuzzer.

mod claims;
mod config;
mod ed25519;
mod header;
mod identity;
mod json;
mod jwks;
mod path;
mod percent;
mod routes;
mod rs256;
#[path = "../../tests/core/signing.rs"]
mod signing;
pub mod token;

/// A function of any bytes.
pub type Target = fn(&[u8]);

/// Every target by name. Each has its corpus in `fuzz/corpus/<name>/`.
pub const TARGETS: [(&str, Target); 10] = [
    ("claims", claims::target),
    ("config", config::target),
    ("ed25519", ed25519::target),
    ("header", header::target),
    ("identity", identity::target),
    ("jwks", jwks::target),
    ("path", path::target),
    ("routes", routes::target),
    ("rs256", rs256::target),
    ("token", token::target),
];

/// Returns the target of this name.
pub fn find(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(found, _)| *found == name).map(|(_, target)| *target)
}
