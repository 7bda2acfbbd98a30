//! The head of a request, which JavaScript writes into the memory of Rust.

use std::cell::RefCell;
use std::ops::Range;

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Request;

use crate::pipeline::Incoming;

/// The number of lines before the values of the fields: slots, method, URL.
const FIXED_LINES: usize = 3;

thread_local! {
    static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

#[wasm_bindgen(module = "/src/edge/head.js")]
extern "C" {
    /// Gives JavaScript the names of the fields to read.
    #[wasm_bindgen(js_name = install)]
    fn install_names(names: Vec<String>);

    /// Writes these lines in UTF-8: the slots of requests that have ended without a report, the
    /// method, the URL and the values of the fields to read. Returns the number of bytes that were
    /// written. If `bytes` is too short, returns a sufficient length instead.
    #[wasm_bindgen(js_name = writeHead)]
    fn write_head(request: &Request, bytes: &mut [u8]) -> usize;
}

/// Gives JavaScript the names of the fields to read from every request.
pub(super) fn install(names: &[String]) {
    install_names(names.to_vec());
}

/// The head of a request: method, URL and the values of some fields.
#[derive(Clone)]
pub(super) struct Head {
    text: String,
    /// The range of each line in `text`.
    lines: Vec<Range<usize>>,
}

impl Head {
    /// Reads the head of a request with the values of as many fields as `fields` says.
    ///
    /// JavaScript writes into a buffer that lives as long as the isolate. A string as an argument
    /// would cross character by character, which takes several times as long.
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

    /// Returns the head with these lines. No value can contain a line feed. If the number of lines
    /// is wrong nevertheless, the head is empty, and a request without method and URL is refused.
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

    /// Returns the slots of requests that have ended without a report.
    pub(super) fn unreported(&self) -> impl Iterator<Item = u32> {
        let slots = self.lines().next().unwrap_or_default();
        slots.split_ascii_whitespace().filter_map(|slot| slot.parse().ok())
    }

    /// Returns the request for the core. `names` are the names of the fields that were read.
    pub(super) fn incoming<'h>(&'h self, names: &'h [String]) -> Incoming<'h> {
        let mut lines = self.lines().skip(1);
        let method = lines.next().unwrap_or_default();
        let url = lines.next().unwrap_or_default();
        let names = names.iter().map(String::as_str);
        Incoming { method, url, headers: names.zip(lines).collect() }
    }
}
