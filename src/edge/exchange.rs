//! HTTP exchanges with issuers, carried out by JavaScript.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use worker::js_sys::Promise;

use super::clock::millis_until;
use crate::keys::exchange::{Call, Reply};
use crate::time::UnixMillis;

#[wasm_bindgen(module = "/src/edge/exchange.js")]
extern "C" {
    /// Carries out one exchange within `millis` milliseconds, with a response of at most
    /// `max_bytes` bytes. `call` is JSON. The promise never rejects.
    fn exchange(call: &str, millis: u32, max_bytes: usize) -> Promise;

    /// The result of [`exchange`].
    type Exchanged;

    #[wasm_bindgen(method, getter)]
    fn fault(this: &Exchanged) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn status(this: &Exchanged) -> u16;

    #[wasm_bindgen(method, getter)]
    fn etag(this: &Exchanged) -> Option<String>;

    #[wasm_bindgen(method, getter)]
    fn bytes(this: &Exchanged) -> Vec<u8>;
}

/// Carries out a call until `deadline`, and returns a reply of at most `max_bytes` bytes.
///
/// # Errors
/// Returns why there is no complete response.
pub(super) async fn send(
    call: &Call,
    deadline: UnixMillis,
    max_bytes: usize,
) -> Result<Reply, String> {
    // Strings always serialise.
    let call = serde_json::to_string(call).unwrap_or_default();
    let promise = exchange(&call, millis_until(deadline), max_bytes);
    let exchanged: Exchanged =
        JsFuture::from(promise).await.map_err(|_| "no response")?.unchecked_into();
    match exchanged.fault() {
        Some(fault) => Err(fault),
        None => Ok(Reply {
            status: exchanged.status(),
            etag: exchanged.etag(),
            body: exchanged.bytes(),
        }),
    }
}
