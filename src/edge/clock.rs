//! The runtime's clock and timers.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::js_sys::{Array, Date, Promise};

use crate::time::UnixMillis;

#[wasm_bindgen(module = "/src/edge/clock.js")]
extern "C" {
    /// Returns a promise that resolves after `millis` milliseconds. It never rejects.
    pub(super) fn pause(millis: u32) -> Promise;
}

/// Returns the current time. The runtime's clock stands still until the worker awaits something.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the runtime's clock counts whole milliseconds"
)]
pub(super) fn now() -> UnixMillis {
    UnixMillis::new(Date::now() as u64)
}

/// Returns the milliseconds from now until `moment`, at least 1, so that a waiting request lets
/// other requests run.
pub(super) fn millis_until(moment: UnixMillis) -> u32 {
    u32::try_from(moment.since(now())).unwrap_or(u32::MAX).max(1)
}

/// Returns after that many milliseconds.
pub(super) async fn sleep(millis: u32) {
    // The promise never rejects.
    let _ = JsFuture::from(pause(millis)).await;
}

/// Returns the result of `future`, or an error if there is none at `deadline`.
pub(super) async fn within(
    deadline: UnixMillis,
    future: impl Future<Output = Result<JsValue, JsValue>> + 'static,
) -> Result<JsValue, JsValue> {
    let too_late = JsFuture::from(pause(millis_until(deadline)));
    let too_late = future_to_promise(async move {
        too_late.await?;
        Err(JsValue::UNDEFINED)
    });
    JsFuture::from(Promise::race(&Array::of2(&future_to_promise(future), &too_late))).await
}
