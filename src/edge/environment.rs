//! The worker's variables and bindings.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

#[wasm_bindgen(module = "/src/edge/environment.js")]
extern "C" {
    /// Names and JSON texts of the configuration's variables in turn.
    pub(super) fn variables(env: &Env) -> Vec<String>;

    /// Whether `env` has a binding of that name that can fetch.
    #[wasm_bindgen(js_name = hasFetcher)]
    pub(super) fn has_fetcher(env: &Env, name: &str) -> bool;

    /// 16 random bytes.
    pub(super) fn random() -> Vec<u8>;

    /// The binding of the Analytics Engine dataset, if there is one.
    pub(super) fn metrics(env: &Env) -> Option<Metrics>;

    /// An Analytics Engine dataset.
    pub(super) type Metrics;

    #[wasm_bindgen(method, js_name = writeDataPoint)]
    pub(super) fn write_data_point(this: &Metrics, point: &JsValue);
}
