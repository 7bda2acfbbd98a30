//! The data that crosses to JavaScript for a request to a backend.
//!
//! All names cross once, at [`install`]. With each request, only values cross, in an order that
//! both sides know.

use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{Request, Response};
use worker::Env;
use worker::js_sys::Promise;

use super::fields::{ABSENT, value};
use crate::config::Config;
use crate::pipeline::Gateway;
use crate::request::RESPONSE_FIELDS;
use crate::upstream::{
    ASSERTION_HEADER, AUTHORIZATION, FORWARDED_HOST, FORWARDED_PROTO, Forward, MAX_FIELD_NAMES,
    RemovedFields, Upstream, override_fields, personal_fields,
};

/// Stands for a public route where a session has the credential that is kept.
const PUBLIC: &str = "public";

#[wasm_bindgen(module = "/src/edge/forward.js")]
extern "C" {
    /// Gives JavaScript the settings that are the same for every request, as JSON. Returns the
    /// first slot that no earlier WebAssembly instance has used.
    #[wasm_bindgen(js_name = install)]
    fn install_settings(env: &Env, settings: &str) -> u32;

    /// Sends a request with its body and the values from [`values`]. Resolves to the backend's
    /// response or, if the backend failed, to the response that [`super::sending::ended`] returns.
    ///
    /// JavaScript reports the end at once if `reports` is true or if the backend failed. Otherwise
    /// the slot comes with the head of a later request.
    pub(super) fn forward(
        request: &Request,
        slot: u32,
        upstream: usize,
        reports: bool,
        values: &str,
    ) -> Promise;

    /// Returns whether a request may be sent a second time.
    #[wasm_bindgen(js_name = isRepeatable)]
    pub(super) fn is_repeatable(request: &Request) -> bool;

    /// Frees the connection of a response whose body will not be read.
    pub(super) fn discard(response: &Response);
}

/// The settings that JavaScript gets once.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings<'a> {
    upstreams: Vec<Backend<'a>>,
    /// The name of the credential's field of each provider, in the order of the providers.
    credential_fields: Vec<&'a str>,
    /// A regular expression for the names of fields with which a caller names another method.
    overrides: String,
    /// The greatest number of distinct names that the fields of a request may have.
    max_field_names: usize,
    /// A regular expression for the names of fields that make an answer one caller's own.
    personal: String,
    /// The fields that replace a backend's `access-control-*`. Empty if the configuration has no
    /// CORS rules.
    cors_fields: &'a [&'a str],
    server_timing: bool,
}

/// A backend.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Backend<'a> {
    binding: Option<&'a str>,
    cacheable: bool,
    /// A regular expression for the names of fields that the backend must not receive on behalf of
    /// a session.
    removed: String,
    /// The same for a public route.
    removed_if_public: String,
    /// The names of the fields that the worker sets.
    fields: Vec<&'a str>,
    /// The name and the value of the field with the shared secret.
    secret: Option<(&'a str, &'a str)>,
    timeout_millis: u32,
    /// Whether the backend is called with the app's own access token.
    takes_access_token: bool,
}

/// Gives JavaScript the settings that are the same for every request. Returns the first free slot.
pub(super) fn install(env: &Env, gateway: &Gateway) -> u32 {
    let config = gateway.config();
    let pattern =
        |removed: Option<&RemovedFields>| removed.map(RemovedFields::pattern).unwrap_or_default();
    let credentials = || config.providers.iter().map(|p| p.credential.header.as_str());
    let upstreams = config.upstreams.iter().enumerate().map(|(index, upstream)| Backend {
        binding: upstream.binding.as_deref(),
        cacheable: upstream.cacheable,
        removed: pattern(gateway.removed_of_sessions(index)),
        removed_if_public: pattern(gateway.removed_of_public_routes(index)),
        fields: fields(upstream).collect(),
        secret: upstream.shared_secret.as_ref().and_then(|secret| {
            Some((secret.header.as_str(), gateway.secrets().get(&secret.secret_name)?))
        }),
        timeout_millis: upstream.timeout_millis,
        takes_access_token: upstream.client_credentials.is_some(),
    });
    let settings = Settings {
        upstreams: upstreams.collect(),
        credential_fields: credentials().collect(),
        overrides: override_fields(),
        max_field_names: MAX_FIELD_NAMES,
        personal: personal_fields(credentials()),
        cors_fields: if config.cors.is_some() { &RESPONSE_FIELDS } else { &[] },
        server_timing: config.log.server_timing,
    };
    // Strings, numbers and truth values always serialise.
    install_settings(env, &serde_json::to_string(&settings).unwrap_or_default())
}

/// Returns the names of the fields that the worker may set for this backend, in the order of their
/// values.
fn fields(upstream: &Upstream) -> impl Iterator<Item = &str> {
    let identity = upstream.identity_headers.iter().map(|(name, _)| name.as_str());
    let assertion = upstream.assertion.iter().map(|_| ASSERTION_HEADER);
    let others: &[&str] = match upstream.client_credentials {
        Some(_) => &[AUTHORIZATION],
        None => &[FORWARDED_HOST, FORWARDED_PROTO],
    };
    identity.chain(assertion).chain(others.iter().copied())
}

/// Returns the values for one request, one per line: the URL, what is left of the credentials, the
/// values of [`fields`], and the values of the response's CORS fields. None of them can contain a
/// line feed.
pub(super) fn values(config: &Config, forward: &Forward, access_token: Option<&str>) -> String {
    let mut text = String::from(forward.url());
    text.push('\n');
    push_kept(&mut text, config, forward);
    for name in config.upstreams.get(forward.upstream()).into_iter().flat_map(fields) {
        text.push('\n');
        let identity = forward.identity().iter().find(|(field, _)| field == name);
        match (identity, forward.forwarded(), access_token) {
            (Some((_, value)), _, _) => text.push_str(value),
            (None, Some(forwarded), _) if name == FORWARDED_HOST => text.push_str(&forwarded.host),
            (None, Some(forwarded), _) if name == FORWARDED_PROTO => {
                text.push_str(forwarded.scheme);
            }
            (None, _, Some(token)) if name == AUTHORIZATION => {
                text.push_str("Bearer ");
                text.push_str(token);
            }
            (None, _, _) => text.push_str(ABSENT),
        }
    }
    if let Some(headers) = forward.response_headers() {
        for name in RESPONSE_FIELDS {
            text.push('\n');
            text.push_str(value(headers, name));
        }
    }
    text
}

/// Writes what is left of the credentials: [`PUBLIC`] on a public route, which has a list of removed
/// fields of its own, the index of the credential that is kept, or nothing.
fn push_kept(text: &mut String, config: &Config, forward: &Forward) {
    let kept = forward.kept();
    let index = config.providers.iter().position(|p| Some(p.credential.header.as_str()) == kept);
    match (forward.session(), index) {
        (None, _) => text.push_str(PUBLIC),
        (Some(_), Some(index)) => text.push_str(&index.to_string()),
        (Some(_), None) => {}
    }
}
