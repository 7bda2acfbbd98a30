//! The faults of a configuration, collected while it is read.

use std::cell::RefCell;

use super::Fault;

/// The faults that were found so far, or the warnings.
#[derive(Debug, Default)]
pub(crate) struct Faults(RefCell<Vec<Fault>>);

impl Faults {
    pub(crate) fn add(&self, place: impl Into<String>, message: impl Into<String>) {
        self.0.borrow_mut().push(Fault::new(&place.into(), &message.into()));
    }

    /// Adds a fault unless its place has one already.
    pub(crate) fn add_first(&self, place: &str, message: &str) {
        let fault = Fault::new(place, message);
        let mut faults = self.0.borrow_mut();
        if !faults.iter().any(|known| known.place == fault.place) {
            faults.push(fault);
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<Fault> {
        let mut faults = self.0.into_inner();
        faults.sort();
        faults
    }
}
