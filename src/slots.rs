//! Values under numbers: a number can be handed to somebody who cannot hold the value.

use crate::time::UnixMillis;

/// The least number of places.
const MIN_PLACES: usize = 64;

/// Values that wait until their number is reported. Each is taken out once.
///
/// A value lies at its number modulo the count of places. A number whose place is taken is skipped. At
/// least half of the places are free, so that few numbers are skipped.
///
/// A number that is never reported would keep its value for ever. Expired values are therefore dropped
/// before places are added. There are at most eight places for each value that had not expired then.
#[derive(Debug)]
pub struct Slots<T> {
    next: u32,
    taken: usize,
    /// A power of two of them.
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

    /// Keeps a value, and returns its number. Nobody reports it after `expires_at`.
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

    /// Takes a value out; `None` if the number is not, or no longer, known.
    pub fn take(&mut self, slot: u32) -> Option<T> {
        let taken = self.place(slot)?.take_if(|place| place.slot == slot)?;
        self.taken = self.taken.saturating_sub(1);
        Some(taken.value)
    }

    fn place(&mut self, slot: u32) -> Option<&mut Option<Place<T>>> {
        let index = usize::try_from(slot).ok()?.checked_rem(self.places.len())?;
        self.places.get_mut(index)
    }

    /// Drops what has expired. If more than a quarter of the places remains taken, doubles them.
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
            // No two values want the same place: they did not when there were fewer places.
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
