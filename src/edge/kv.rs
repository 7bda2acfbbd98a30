//! Key sets in Workers KV, which all isolates share.

use wasm_bindgen::JsValue;
use worker::KvStore;

use super::clock::{now, within};
use super::log;
use crate::keys::discovery::check_jwks_uri;
use crate::keys::{Fetched, KeyLocation, KeySource, kv_entry};
use crate::time::UnixMillis;

/// The time for which a location may answer from its own cache of KV, in seconds. This is the
/// minimum that Workers KV accepts.
const CACHE_SECONDS: u64 = 30;

/// The minimum time to live that Workers KV accepts, in seconds.
const MIN_TTL_SECONDS: u64 = 60;

/// Reads the set of a source. If KV fails or times out, the entry counts as absent.
pub(super) async fn read(
    kv: &KvStore,
    source: &KeySource,
    deadline: UnixMillis,
) -> Option<Fetched> {
    let text = match within(deadline, read_text(kv.clone(), name(source))).await {
        Ok(text) => text.as_string()?,
        Err(_) => {
            log::kv_failed(source, "cannot be read");
            return None;
        }
    };
    let may_be_at = |uri: &str| match &source.location {
        KeyLocation::Discovery => check_jwks_uri(uri, &source.name).is_ok(),
        KeyLocation::Inline(_) => false,
        KeyLocation::Uri(expected) => uri == expected,
    };
    kv_entry::read(&text, &source.kv_name(), may_be_at, now())
        .inspect_err(|cause| log::kv_failed(source, cause))
        .ok()
}

/// Writes the set of a source. KV keeps the entry for `lifetime` seconds, but at least for
/// [`MIN_TTL_SECONDS`].
pub(super) async fn write(kv: &KvStore, source: &KeySource, set: &Fetched, lifetime: u64) {
    let entry = kv_entry::write(&source.kv_name(), set);
    let written = match kv.put(&name(source), entry) {
        Ok(put) => put.expiration_ttl(lifetime.max(MIN_TTL_SECONDS)).execute().await,
        Err(error) => Err(error),
    };
    if written.is_err() {
        log::kv_failed(source, "cannot be written");
    }
}

async fn read_text(kv: KvStore, name: String) -> Result<JsValue, JsValue> {
    let text = kv.get(&name).cache_ttl(CACHE_SECONDS).text().await;
    text.map(|text| text.map_or(JsValue::NULL, JsValue::from)).map_err(JsValue::from)
}

/// Returns the key of an entry in KV. [`crate::request`] limits the length of a URL, so the key has
/// at most 512 bytes.
fn name(source: &KeySource) -> String {
    format!("jwks:{}", source.name)
}
