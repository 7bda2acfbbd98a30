//! HTTP exchanges with issuers.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use worker::js_sys::Promise;

use super::clock::millis_until;
use crate::keys::exchange::{Call, Reply};
use crate::time::UnixMillis;

#[wasm_bindgen(module = "/src/edge/exchange.js")]
extern "C" {
    /// One exchange whose whole duration and size are bounded. `call` is JSON.
    fn exchange(call: &str, millis: u32, max_bytes: usize) -> Promise;

    /// What came of [`exchange`].
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

/// Carries out a call.
///
/// # Errors
/// Why there is no complete response.
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
