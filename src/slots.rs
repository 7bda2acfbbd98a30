//! Values kept under numbers, so that JavaScript can hold a number in place of a Rust value.

use crate::time::UnixMillis;

/// The smallest number of places that a set of slots has once it holds a value.
const MIN_PLACES: usize = 64;

/// The greatest number of places. A caller can open requests and go away: what is kept of them must
/// not fill the isolate's memory.
const MAX_PLACES: usize = 16_384;

/// The time between two searches for expired values if there can be no more places, in
/// milliseconds.
const SEARCH_PAUSE_MILLIS: u64 = 1_000;

/// Values that wait until their number is reported. Each value is taken out once.
///
/// The place of a value is its number modulo the number of places. A number whose place is taken is
/// skipped. At least half of the places are free, so few numbers are skipped.
///
/// A value whose number is never reported would stay for ever. Expired values are therefore dropped
/// before places are added. There are at most eight places for each value that had not expired
/// then. If there can be no more places, a new value replaces an old one.
#[derive(Debug)]
pub struct Slots<T> {
    next: u32,
    taken: usize,
    searched_at: UnixMillis,
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
        Self { next: first, taken: 0, searched_at: UnixMillis::default(), places: Vec::new() }
    }

    /// Keeps a value and returns its number. The caller reports the number before `expires_at`;
    /// after that, the value may be dropped.
    pub fn insert(&mut self, now: UnixMillis, expires_at: UnixMillis, value: T) -> u32 {
        let pauses =
            self.places.len() >= MAX_PLACES && now.since(self.searched_at) < SEARCH_PAUSE_MILLIS;
        if self.taken.saturating_mul(2) >= self.places.len() && !pauses {
            self.make_room(now);
        }
        let is_full = self.taken.saturating_mul(2) >= MAX_PLACES;
        loop {
            let slot = self.next;
            self.next = slot.wrapping_add(1);
            let Some(place) = self.place(slot) else { continue };
            if place.is_some() && !is_full {
                continue;
            }
            let is_new = place.replace(Place { slot, expires_at, value }).is_none();
            self.taken = self.taken.saturating_add(usize::from(is_new));
            return slot;
        }
    }

    /// Takes out the value under a number. Returns `None` if the number was never given, was
    /// reported before, or was dropped: because it has expired, or to make room.
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
        self.searched_at = now;
        for place in &mut self.places {
            if place.take_if(|place| place.expires_at <= now).is_some() {
                self.taken = self.taken.saturating_sub(1);
            }
        }
        if self.taken.saturating_mul(4) >= self.places.len() && self.places.len() < MAX_PLACES {
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
