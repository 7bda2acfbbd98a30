//! The warnings that were found so far.

use crate::settings::Fault;

#[derive(Default)]
pub(super) struct Warnings(Vec<Fault>);

impl Warnings {
    pub(super) fn add(&mut self, place: String, message: &str) {
        self.0.push(Fault::new(&place, message));
    }

    pub(super) fn into_sorted(mut self) -> Vec<Fault> {
        self.0.sort();
        self.0
    }
}
