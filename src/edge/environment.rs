//! The worker's variables and bindings.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use crate::settings::variables::is_variable;

/// The name and the text of each variable that holds a part of the configuration.
pub(super) fn variables(env: &Env) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for name in names(env) {
        if is_variable(&name) {
            let text = variable(env, &name);
            variables.push((name, text));
        }
    }
    variables
}

#[wasm_bindgen(module = "/src/edge/environment.js")]
extern "C" {
    /// The names of all variables, secrets and bindings.
    fn names(env: &Env) -> Vec<String>;

    /// The text of a variable: a string as it is, anything else as JSON.
    fn variable(env: &Env, name: &str) -> String;

    /// Returns whether `env` has a binding of that name that can fetch.
    #[wasm_bindgen(js_name = hasFetcher)]
    pub(super) fn has_fetcher(env: &Env, name: &str) -> bool;

    /// Returns 16 random bytes.
    pub(super) fn random() -> Vec<u8>;

    /// Returns the binding of the Analytics Engine dataset, if there is one.
    pub(super) fn metrics(env: &Env) -> Option<Metrics>;

    /// An Analytics Engine dataset.
    pub(super) type Metrics;

    #[wasm_bindgen(method, js_name = writeDataPoint)]
    pub(super) fn write_data_point(this: &Metrics, point: &JsValue);
}
