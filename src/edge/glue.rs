//! The functions of `glue.js`.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;
use worker::js_sys::Promise;

#[wasm_bindgen(module = "/src/edge/glue.js")]
extern "C" {
    /// Tells JavaScript what to read, what to strip and how to refuse.
    pub(super) fn install(
        read_fields: Vec<String>,
        identity_prefix: &str,
        stripped_fields: Vec<String>,
        refuse: &JsValue,
    );

    /// Method, URL and the values of the read fields, one a line.
    pub(super) fn head(request: &Request) -> String;

    /// The promise of the backend's response, whose `access-control-*` are replaced where
    /// `response_headers` are given. `kept` are names of fields that are not stripped.
    pub(super) fn forward(
        request: &Request,
        url: &str,
        millis: u32,
        cacheable: bool,
        identity: &str,
        kept: &str,
        response_headers: Option<String>,
    ) -> Promise;

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
