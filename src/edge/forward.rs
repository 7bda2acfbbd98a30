//! What crosses to JavaScript for a request that is sent to a backend.
//!
//! All names cross once, at [`install`]. A request brings values only, in an order that both sides
//! know.

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;
use worker::js_sys::Promise;

use crate::config::Config;
use crate::pipeline::Gateway;
use crate::request::RESPONSE_FIELDS;
use crate::upstream::{ASSERTION_HEADER, Forward, RemovedFields, Upstream};

/// Stands for a value that there is not. No value of a header field is a tab alone.
const ABSENT: &str = "\t";

#[wasm_bindgen(module = "/src/edge/forward.js")]
extern "C" {
    /// Tells JavaScript where to send requests and how. `settings` is JSON. Returns the first slot
    /// that was not given by an instance of the WebAssembly before this one.
    #[wasm_bindgen(js_name = install)]
    fn install_settings(env: &Env, settings: &str) -> u32;

    /// Sends a request, body and all, with what [`values`] has written. Resolves to the backend's
    /// response, or to what [`super::ended`] returns. The end is reported if `reports`, or if the
    /// backend failed; otherwise the slot comes with the head of a later request.
    pub(super) fn forward(
        request: &Request,
        slot: u32,
        upstream: usize,
        reports: bool,
        values: &str,
    ) -> Promise;

    /// Whether a request may be sent a second time.
    #[wasm_bindgen(js_name = isRepeatable)]
    pub(super) fn is_repeatable(request: &Request) -> bool;

    /// Frees the connection of a response whose body nobody will read.
    pub(super) fn discard(response: &Response);
}

/// What JavaScript is told once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings<'a> {
    upstreams: Vec<Target<'a>>,
    /// By the index of the provider, the field of its credential.
    credential_fields: Vec<&'a str>,
    /// The fields that replace a backend's `access-control-*`, if the worker has rules of its own.
    cors_fields: &'a [&'a str],
    server_timing: bool,
}

/// A backend.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target<'a> {
    binding: Option<&'a str>,
    cacheable: bool,
    /// A regular expression for the names of fields that it does not get.
    removed: String,
    /// The fields that the worker sets.
    fields: Vec<&'a str>,
    /// A field, and the value that it always has.
    secret: Option<(&'a str, &'a str)>,
    timeout_millis: u32,
    /// It is called with the app's own access token.
    takes_access_token: bool,
}

/// Tells JavaScript what it needs for every request. Returns the first slot to give.
pub(super) fn install(env: &Env, gateway: &Gateway) -> u32 {
    let config = gateway.config();
    let upstreams = config.upstreams.iter().enumerate().map(|(index, upstream)| Target {
        binding: upstream.binding.as_deref(),
        cacheable: upstream.cacheable,
        removed: gateway.removed_fields(index).map(RemovedFields::pattern).unwrap_or_default(),
        fields: fields(upstream).collect(),
        secret: upstream.shared_secret.as_ref().and_then(|secret| {
            Some((secret.header.as_str(), gateway.secrets().get(&secret.secret_name)?))
        }),
        timeout_millis: upstream.timeout_millis,
        takes_access_token: upstream.client_credentials.is_some(),
    });
    let settings = Settings {
        upstreams: upstreams.collect(),
        credential_fields: config.providers.iter().map(|p| p.credential.header.as_str()).collect(),
        cors_fields: if config.cors.is_some() { &RESPONSE_FIELDS } else { &[] },
        server_timing: config.log.server_timing,
    };
    // Strings, numbers and truth values always serialise.
    install_settings(env, &serde_json::to_string(&settings).unwrap_or_default())
}

/// The fields that a request to this backend may be given, in the order of their values.
fn fields(upstream: &Upstream) -> impl Iterator<Item = &str> {
    let identity = upstream.identity_headers.iter().map(|(name, _)| name.as_str());
    let assertion = upstream.assertion.iter().map(|_| ASSERTION_HEADER);
    let access_token = upstream.client_credentials.iter().map(|_| "authorization");
    identity.chain(assertion).chain(access_token)
}

/// What to send, one value a line: the URL, the indices of the credentials that are not removed, the
/// values of [`fields`], and those of the response's CORS fields. None of them can hold a line feed.
pub(super) fn values(config: &Config, forward: &Forward, access_token: Option<&str>) -> String {
    let mut text = String::from(forward.url());
    text.push('\n');
    text.push_str(&kept(config, forward));
    let mut identity = forward.identity().iter().peekable();
    for name in config.upstreams.get(forward.upstream()).into_iter().flat_map(fields) {
        text.push('\n');
        match (identity.next_if(|(field, _)| field == name), access_token) {
            (Some((_, value)), _) => text.push_str(value),
            (None, Some(token)) if name == "authorization" => {
                text.push_str("Bearer ");
                text.push_str(token);
            }
            (None, _) => text.push_str(ABSENT),
        }
    }
    if let Some(headers) = forward.response_headers() {
        for name in RESPONSE_FIELDS {
            let value = headers.iter().find(|(field, _)| *field == name);
            text.push('\n');
            text.push_str(value.map_or(ABSENT, |(_, value)| value));
        }
    }
    text
}

/// The indices of the credentials that are not removed, separated by spaces. There are none but for
/// routes that forward the token and for another scheme on a public route.
fn kept(config: &Config, forward: &Forward) -> String {
    let headers = || config.providers.iter().map(|provider| provider.credential.header.as_str());
    let index = |name: &String| headers().position(|header| header == name);
    let indices = forward.kept().iter().filter_map(index).map(|index| index.to_string());
    indices.collect::<Vec<_>>().join(" ")
}
