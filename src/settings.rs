//! The reader of settings: from a JSON document to values. It reports every fault with its place.

mod faults;
mod fields;
pub(crate) mod shape;
mod spelling;
mod tokens;
pub mod variables;

use std::fmt;

use crate::redaction::redacted;

pub(crate) use faults::Faults;
pub(crate) use fields::Fields;
pub(crate) use tokens::refuse_tokens;
pub(crate) use variables::join;

/// A fault of the configuration, or a risk in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The place of the fault, such as `providers[1].regions[0]`.
    pub place: String,
    /// A sentence fragment that says what was found and what is allowed.
    pub message: String,
}

impl Fault {
    /// Makes a fault whose place and message hold no token, no secret and no private part of a URL.
    pub fn new(place: &str, message: &str) -> Self {
        Self { place: redacted(place), message: redacted(message) }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
