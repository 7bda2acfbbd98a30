//! Reading settings: from a JSON document to values, with every fault and its place.

mod fields;
pub(crate) mod shape;
mod spelling;
pub mod variables;

use std::fmt;

pub(crate) use fields::{Faults, Fields};
pub(crate) use variables::join;

/// Something wrong with the configuration, or risky in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where, such as `providers[1].regions[0]`.
    pub place: String,
    /// What was found and what is allowed.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
