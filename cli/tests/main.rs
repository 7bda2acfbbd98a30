//! The command line, as a user runs it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod check;
mod explain;
mod folder;
mod init;
mod issuer;
mod keygen;
#[path = "../../tests/core/signing.rs"]
mod signing;
#[cfg(unix)]
mod terminal;
