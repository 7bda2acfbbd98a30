//! Tests of the core, as native code.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod jwt_compact;
mod key_cache;
mod pipeline;
mod rfc_vectors;
mod schema;
mod signing;
mod strictness;
mod verified_before;
mod wycheproof;
