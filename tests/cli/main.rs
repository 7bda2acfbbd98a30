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
mod folder;
mod init;
mod keygen;
#[cfg(unix)]
mod terminal;
