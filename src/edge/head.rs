//! The head of a request, as JavaScript writes it.

use std::cell::RefCell;
use std::ops::Range;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Request;

use crate::pipeline::Incoming;

/// Lines before the values of the fields: slots, method, URL.
const FIXED_LINES: usize = 3;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

#[wasm_bindgen(module = "/src/edge/head.js")]
extern "C" {
    /// Tells JavaScript the names of the fields to read.
    #[wasm_bindgen(js_name = install)]
    fn install_names(names: Vec<String>);

    /// Writes these lines in UTF-8: the slots of requests that have ended without a report, the
    /// method, the URL and the values of the fields to read. Returns how many bytes these are, or how
    /// many are enough if there are too few.
    #[wasm_bindgen(js_name = writeHead)]
    fn write_head(request: &Request, bytes: &mut [u8]) -> usize;
}

/// Tells JavaScript what to read of every request.
pub(super) fn install(names: &[String]) {
    install_names(names.to_vec());
}

/// A request's head, read once.
#[derive(Clone)]
pub(super) struct Head {
    text: String,
    /// Where each line lies.
    lines: Vec<Range<usize>>,
}

impl Head {
    /// Reads the head of a request with the values of `fields` fields.
    ///
    /// JavaScript writes into memory that is kept. A string that is handed over, character by
    /// character, takes several times as long.
    pub(super) fn read(request: &Request, fields: usize) -> Self {
        let mut bytes = BYTES.take();
        loop {
            let length = write_head(request, &mut bytes);
            if let Some(written) = bytes.get(..length) {
                let text = String::from_utf8_lossy(written).into_owned();
                BYTES.set(bytes);
                return Self::new(text, fields);
            }
            bytes.resize(length, 0);
        }
    }

    /// None of the values can hold a line feed. If a text has other lines than it must, it is dropped,
    /// and a request without a method and a URL is refused.
    fn new(text: String, fields: usize) -> Self {
        let expected = fields.saturating_add(FIXED_LINES);
        let mut lines = Vec::with_capacity(expected);
        let mut start = 0_usize;
        for line in text.split('\n') {
            let end = start.saturating_add(line.len());
            lines.push(start..end);
            start = end.saturating_add(1);
        }
        if lines.len() == expected {
            Self { text, lines }
        } else {
            Self { text: String::new(), lines: Vec::new() }
        }
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| self.text.get(line.clone()).unwrap_or_default())
    }

    /// The slots of requests that have ended and are not reported otherwise.
    pub(super) fn unreported(&self) -> impl Iterator<Item = u32> {
        let slots = self.lines().next().unwrap_or_default();
        slots.split_ascii_whitespace().filter_map(|slot| slot.parse().ok())
    }

    /// The request for the core. `names` are those of the fields that were read.
    pub(super) fn incoming<'h>(&'h self, names: &'h [String]) -> Incoming<'h> {
        let mut lines = self.lines().skip(1);
        let method = lines.next().unwrap_or_default();
        let url = lines.next().unwrap_or_default();
        let names = names.iter().map(String::as_str);
        Incoming { method, url, headers: names.zip(lines).collect() }
    }
}
