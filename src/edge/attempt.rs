//! Carries out one attempt to refresh a key set: shared store, then issuer, then shared store.

use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use worker::KvStore;
use worker::js_sys::{Array, Promise};

use super::glue::{self, Exchange};
use super::isolate::Isolate;
use super::{access, log, millis_until, now, others_first};
use crate::keys::AccessTokenCache;
use crate::keys::KeySet;
use crate::keys::discovery::{self, check_jwks_uri, metadata_url};
use crate::keys::kv_entry;
use crate::keys::{AfterKvRead, Fetched, Outcome, Start, Validator};
use crate::keys::{KeyLocation, KeySource};
use crate::time::UnixMillis;

/// Workers KV may answer from a cache of this age, in seconds; it is the least that it accepts.
const STORE_CACHE_SECONDS: u64 = 30;

/// The least time to live that Workers KV accepts, in seconds.
const MIN_STORE_TTL_SECONDS: u64 = 60;

/// What is still to be done when the cache knows how an attempt has ended.
pub(super) struct Rest {
    fetched: Result<Option<Rc<KeySet>>, String>,
    save: Option<Fetched>,
}

/// Reads the store, fetches where that does not do, and tells the cache. No failure is returned.
pub(super) async fn carry_out(isolate: &Isolate, source: usize, start: &Start) -> Option<Rest> {
    let (key_source, max_bytes) = isolate.source(source)?;
    // A store that hangs must leave time to ask the issuer.
    let remaining = start.deadline.since(now());
    let stored = read_store(isolate, key_source, now().plus(remaining / 2)).await;
    let next = isolate.with_cache(source, |cache| cache.kv_read(now(), start, stored));
    let AfterKvRead::Fetch(validator) = next? else { return None };

    let (outcome, fetched) =
        match fetch_keys(isolate, key_source, max_bytes, start, validator).await {
            Ok(Outcome::Set(set)) => {
                let keys = Rc::clone(&set.keys);
                (Outcome::Set(set), Ok(Some(keys)))
            }
            Ok(outcome) => (outcome, Ok(None)),
            Err(cause) => {
                isolate.fail(source, now(), cause.clone());
                (Outcome::Failed, Err(cause))
            }
        };
    let save = isolate.with_cache(source, |cache| cache.fetched(now(), start, outcome)).flatten();
    Some(Rest { fetched, save })
}

/// Does the rest: no request need wait for it.
pub(super) async fn conclude(isolate: &Isolate, source: usize, rest: Rest) {
    let Some((key_source, _)) = isolate.source(source) else { return };
    if let Some(set) = rest.save {
        write_store(isolate, key_source, &set).await;
    }
    others_first().await;
    match rest.fetched {
        Ok(Some(keys)) => log::refreshed(key_source, &keys),
        Ok(None) => {}
        Err(cause) => log::refresh_failed(key_source, &cause),
    }
}

/// Looks into the store alone, for a monitor.
pub(super) async fn look(isolate: &Isolate, source: usize, deadline: UnixMillis) {
    let Some((key_source, _)) = isolate.source(source) else { return };
    if let Some(set) = read_store(isolate, key_source, deadline).await {
        isolate.with_cache(source, |cache| cache.found(now(), set));
    }
}

async fn fetch_keys(
    isolate: &Isolate,
    key_source: &KeySource,
    max_bytes: usize,
    start: &Start,
    validator: Option<Validator>,
) -> Result<Outcome, String> {
    let fetched_at = now();
    let jwks_uri = jwks_uri(key_source, start.deadline, max_bytes).await?;
    let etag = validator.filter(|v| *v.jwks_uri == *jwks_uri).map(|validator| validator.etag);
    let mut headers = "accept\napplication/json\n".to_owned();
    if let Some(etag) = &etag {
        headers.push_str(&format!("if-none-match\n{etag}\n"));
    }
    let mut response = None;
    // A second time only where an access token was refused: it may have been revoked.
    for _ in 0..2 {
        let authorization = match &key_source.client_credentials {
            None => String::new(),
            Some(access) => {
                let token = access::obtain(isolate, access, start.deadline, true).await?;
                format!("authorization\nBearer {token}\n")
            }
        };
        let headers = format!("{headers}{authorization}");
        let exchange = exchange(&jwks_uri, "GET", &headers, "", start.deadline, max_bytes).await?;
        let refused = exchange.status() == 401 && key_source.client_credentials.is_some();
        response = Some(exchange);
        if !refused {
            break;
        }
        if let Some(access) = &key_source.client_credentials {
            isolate.with_access_token(access, AccessTokenCache::drop_token);
        }
    }
    let response = response.ok_or("no response")?;
    match response.status() {
        200 => {
            let document =
                String::from_utf8(response.bytes()).map_err(|_| "the key set is not UTF-8")?;
            let keys = KeySet::parse(document.as_bytes()).map_err(|fault| fault.to_string())?;
            // Sent back as it is, so it must be what RFC 9110, section 8.8.3 allows in ASCII.
            let etag = response.etag().filter(|etag| etag.bytes().all(|b| b.is_ascii_graphic()));
            Ok(Outcome::Set(Fetched {
                keys: Rc::new(keys),
                document: document.into(),
                jwks_uri: jwks_uri.into(),
                etag,
                fetched_at,
            }))
        }
        status => match etag {
            Some(etag) if status == 304 => Ok(Outcome::NotModified { etag, fetched_at }),
            _ => Err(format!("status {status}")),
        },
    }
}

/// Where the keys are: as configured, or as the issuer's metadata says now.
async fn jwks_uri(
    source: &KeySource,
    deadline: UnixMillis,
    max_bytes: usize,
) -> Result<String, String> {
    match &source.location {
        KeyLocation::Uri(uri) => Ok(uri.clone()),
        KeyLocation::Inline(_) => Err("keys in the configuration are not fetched".into()),
        KeyLocation::Discovery => {
            let headers = "accept\napplication/json\n";
            let url = metadata_url(&source.name);
            let response = exchange(&url, "GET", headers, "", deadline, max_bytes)
                .await
                .map_err(|fault| format!("metadata: {fault}"))?;
            match response.status() {
                200 => Ok(discovery::jwks_uri(&response.bytes(), &source.name)?),
                status => Err(format!("metadata: status {status}")),
            }
        }
    }
}

pub(super) async fn exchange(
    url: &str,
    method: &str,
    headers: &str,
    body: &str,
    deadline: UnixMillis,
    max_bytes: usize,
) -> Result<Exchange, String> {
    let promise = glue::exchange(url, method, headers, body, millis_until(deadline), max_bytes);
    let exchange: Exchange =
        JsFuture::from(promise).await.map_err(|_| "no response")?.unchecked_into();
    match exchange.fault() {
        Some(fault) => Err(fault),
        None => Ok(exchange),
    }
}

/// A store that fails or does not answer in time is a store without the entry.
async fn read_store(
    isolate: &Isolate,
    source: &KeySource,
    deadline: UnixMillis,
) -> Option<Fetched> {
    let (store, _) = isolate.store()?;
    let text = match within(deadline, read_text(store.clone(), store_key(source))).await {
        Ok(text) => text.as_string()?,
        Err(_) => {
            log::store_failed(source, "cannot be read");
            return None;
        }
    };
    let may_be_at = |uri: &str| match &source.location {
        KeyLocation::Discovery => check_jwks_uri(uri, &source.name).is_ok(),
        KeyLocation::Inline(_) => false,
        KeyLocation::Uri(expected) => uri == expected,
    };
    kv_entry::read(&text, &source.kv_name(), may_be_at, now())
        .inspect_err(|cause| log::store_failed(source, cause))
        .ok()
}

async fn read_text(store: KvStore, key: String) -> Result<JsValue, JsValue> {
    let text = store.get(&key).cache_ttl(STORE_CACHE_SECONDS).text().await;
    text.map(|text| text.map_or(JsValue::NULL, JsValue::from)).map_err(JsValue::from)
}

async fn write_store(isolate: &Isolate, source: &KeySource, set: &Fetched) {
    let Some((store, lifetime)) = isolate.store() else { return };
    let entry = kv_entry::write(&source.kv_name(), set);
    let written = match store.put(&store_key(source), entry) {
        Ok(put) => put.expiration_ttl(lifetime.max(MIN_STORE_TTL_SECONDS)).execute().await,
        Err(error) => Err(error),
    };
    if written.is_err() {
        log::store_failed(source, "cannot be written");
    }
}

/// At most 512 bytes, which [`crate::request`] sees to.
fn store_key(source: &KeySource) -> String {
    format!("jwks:{}", source.name)
}

/// The result of `future`, or an error at `deadline`.
async fn within(
    deadline: UnixMillis,
    future: impl Future<Output = Result<JsValue, JsValue>> + 'static,
) -> Result<JsValue, JsValue> {
    let too_late = JsFuture::from(glue::pause(millis_until(deadline)));
    let too_late = future_to_promise(async move {
        too_late.await?;
        Err(JsValue::UNDEFINED)
    });
    JsFuture::from(Promise::race(&Array::of2(&future_to_promise(future), &too_late))).await
}
