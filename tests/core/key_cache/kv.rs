//! A KV that shows its entry late, loses it, shows an earlier one or corrupts it.

use super::isolate::Origin;
use drawbridge::keys::{Fetched, kv_entry};
use drawbridge::time::UnixMillis;

const SOURCE: &str = "https://login.example.com";

/// The entry that a read finds.
#[derive(Clone, Copy, Debug)]
pub enum View {
    Newest,
    /// An entry that has been overwritten this many times.
    Earlier(usize),
    Nothing,
    Corrupt,
}

#[derive(Default)]
pub struct Kv {
    written: Vec<(String, Origin)>,
}

impl Kv {
    pub fn write(&mut self, set: &Fetched, origin: Origin) {
        self.written.push((kv_entry::write(SOURCE, set), origin));
    }

    pub fn read(&self, view: View, now: UnixMillis) -> Option<(Fetched, Origin)> {
        let ago = match view {
            View::Newest | View::Corrupt => 0,
            View::Earlier(ago) => ago,
            View::Nothing => return None,
        };
        let (text, origin) = self.written.iter().rev().nth(ago)?;
        let text = match view {
            View::Corrupt => text.split_at(text.len() / 2).0,
            _ => text,
        };
        Some((kv_entry::read(text, SOURCE, |_| true, now).ok()?, *origin))
    }
}
