//! Values kept under numbers, so that JavaScript can hold a number in place of a Rust value.

use crate::time::UnixMillis;

/// The smallest number of places that a set of slots has once it holds a value.
const MIN_PLACES: usize = 64;

/// Values that wait until their number is reported. Each value is taken out once.
///
/// The place of a value is its number modulo the number of places. A number whose place is taken is
/// skipped. At least half of the places are free, so few numbers are skipped.
///
/// A value whose number is never reported would stay for ever. Expired values are therefore dropped
/// before places are added. There are at most eight places for each value that had not expired
/// then.
#[derive(Debug)]
pub struct Slots<T> {
    next: u32,
    taken: usize,
    /// The places. Their number is zero or a power of two.
    places: Vec<Option<Place<T>>>,
}

#[derive(Debug)]
struct Place<T> {
    slot: u32,
    expires_at: UnixMillis,
    value: T,
}

impl<T> Slots<T> {
    /// Makes an empty set of slots whose numbers begin with `first`.
    pub fn new(first: u32) -> Self {
        Self { next: first, taken: 0, places: Vec::new() }
    }

    /// Keeps a value and returns its number. The caller reports the number before `expires_at`;
    /// after that, the value may be dropped.
    pub fn insert(&mut self, now: UnixMillis, expires_at: UnixMillis, value: T) -> u32 {
        if self.taken.saturating_mul(2) >= self.places.len() {
            self.make_room(now);
        }
        loop {
            let slot = self.next;
            self.next = slot.wrapping_add(1);
            if let Some(place @ None) = self.place(slot) {
                *place = Some(Place { slot, expires_at, value });
                self.taken = self.taken.saturating_add(1);
                return slot;
            }
        }
    }

    /// Takes out the value under a number. Returns `None` if the number was never given, was
    /// reported before, or has expired and was dropped.
    pub fn take(&mut self, slot: u32) -> Option<T> {
        let taken = self.place(slot)?.take_if(|place| place.slot == slot)?;
        self.taken = self.taken.saturating_sub(1);
        Some(taken.value)
    }

    fn place(&mut self, slot: u32) -> Option<&mut Option<Place<T>>> {
        let index = usize::try_from(slot).ok()?.checked_rem(self.places.len())?;
        self.places.get_mut(index)
    }

    /// Drops expired values. Doubles the places if at least a quarter of them is still taken.
    fn make_room(&mut self, now: UnixMillis) {
        for place in &mut self.places {
            if place.take_if(|place| place.expires_at <= now).is_some() {
                self.taken = self.taken.saturating_sub(1);
            }
        }
        if self.taken.saturating_mul(4) >= self.places.len() {
            let more = self.places.len().saturating_mul(2).max(MIN_PLACES);
            let mut places = Vec::new();
            places.resize_with(more, || None);
            // No place is wanted twice: with fewer places, these values had different ones.
            for place in std::mem::replace(&mut self.places, places).into_iter().flatten() {
                if let Some(free) = self.place(place.slot) {
                    *free = Some(place);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
