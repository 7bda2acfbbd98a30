//! The functions of `glue.js`.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;
use worker::js_sys::Promise;

thread_local! {
    static HEAD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Method, URL and the values of the read fields, one a line.
///
/// JavaScript writes into memory that is kept: a string that is handed over, character by character,
/// takes several times as long.
pub(super) fn head(request: &Request) -> String {
    let mut bytes = HEAD.take();
    loop {
        let length = write_head(request, &mut bytes);
        if let Some(head) = bytes.get(..length) {
            let head = String::from_utf8_lossy(head).into_owned();
            HEAD.set(bytes);
            return head;
        }
        bytes.resize(length, 0);
    }
}

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    /// Tells JavaScript what to read, what to strip, where to send and how to refuse: `settings` is
    /// JSON.
    pub(super) fn install(env: &Env, settings: &str, refuse: &JsValue);

    /// Writes method, URL and the values of the read fields, one a line, in UTF-8. Returns how many
    /// bytes these are, or how many are enough where there are too few.
    #[wasm_bindgen(js_name = writeHead)]
    fn write_head(request: &Request, bytes: &mut [u8]) -> usize;

    /// The promise of the backend's response, whose `access-control-*` are replaced where
    /// `response_headers` are given. `kept` are names of fields that are not stripped; `route` and
    /// `provider` are indices, -1 for none; `token` is for the log line, where it is `logged`.
    pub(super) fn forward(
        request: &Request,
        upstream: usize,
        url: &str,
        identity: &str,
        kept: &str,
        response_headers: Option<String>,
        access_token: Option<String>,
        route: i32,
        provider: i32,
        logged: bool,
        token: &str,
    ) -> Promise;

    /// Writes the log line of a request, which is JSON, where `logged`, and its data point.
    pub(super) fn record(line: &str, logged: bool);

    /// Whether a request may be sent a second time.
    #[wasm_bindgen(js_name = isRepeatable)]
    pub(super) fn is_repeatable(request: &Request) -> bool;

    /// Gives up a response of which nobody will read the body.
    pub(super) fn discard(response: &Response);

    /// Whether `env` has a binding of that name that can fetch.
    #[wasm_bindgen(js_name = hasFetcher)]
    pub(super) fn has_fetcher(env: &Env, name: &str) -> bool;

    /// 16 random bytes.
    pub(super) fn random() -> Vec<u8>;

    /// A response of our own.
    pub(super) fn respond(status: u16, headers: &str, body: &str) -> Response;

    /// One bounded HTTP exchange; resolves to an [`Exchange`].
    pub(super) fn exchange(
        url: &str,
        method: &str,
        headers: &str,
        body: &str,
        millis: u32,
        max_bytes: usize,
    ) -> Promise;

    /// Resolves after that many milliseconds.
    pub(super) fn pause(millis: u32) -> Promise;

    /// Names and JSON texts of the configuration's variables in turn.
    pub(super) fn variables(env: &Env) -> Vec<String>;

    /// What came of [`exchange`].
    pub(super) type Exchange;

    #[wasm_bindgen(method, getter)]
    pub(super) fn fault(this: &Exchange) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &Exchange) -> u16;

    #[wasm_bindgen(method, getter)]
    pub(super) fn etag(this: &Exchange) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn bytes(this: &Exchange) -> Vec<u8>;
}
