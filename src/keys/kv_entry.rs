//! A key set as it lies in the store that isolates share, parsed as strictly as a fetched one.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::json;
use crate::keys::{Fetched, KeySet};
use crate::time::UnixMillis;

/// How far another machine's clock may be ahead of ours, in milliseconds.
const MAX_CLOCK_LEAD_MILLIS: u64 = 60_000;

/// The JSON that is written. `source` and `jwks_uri` say whose keys these are, so that an entry
/// from an earlier configuration, or one that somebody put there, is not taken for ours.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    source: String,
    jwks_uri: String,
    /// Milliseconds since the Unix epoch.
    fetched_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// The document, as text.
    jwks: String,
}

/// Writes an entry.
pub fn write(source: &str, set: &Fetched) -> String {
    let entry = Entry {
        source: source.to_owned(),
        jwks_uri: set.jwks_uri.to_string(),
        fetched_at: set.fetched_at.millis(),
        etag: set.etag.clone(),
        jwks: set.document.to_string(),
    };
    // A struct of strings and one number always serialises.
    serde_json::to_string(&entry).unwrap_or_default()
}

/// Reads an entry. `may_be_at` judges the URL of its document.
///
/// # Errors
/// Why it is treated as absent: it is no entry, belongs to another source, comes from the future
/// or holds no valid key set.
pub fn read(
    text: &str,
    source: &str,
    may_be_at: impl Fn(&str) -> bool,
    now: UnixMillis,
) -> Result<Fetched, String> {
    // A derived struct would take an array, and duplicates are never acceptable.
    let members = json::object(text.as_bytes()).map_err(|fault| fault.to_string())?;
    let entry: Entry = serde_json::from_value(members.into())
        .map_err(|_| "has not the members of an entry".to_owned())?;
    if entry.source != source || !may_be_at(&entry.jwks_uri) {
        return Err("belongs to another source".into());
    }
    let fetched_at = UnixMillis::new(entry.fetched_at);
    if fetched_at > now.plus(MAX_CLOCK_LEAD_MILLIS) {
        return Err("comes from the future".into());
    }
    let keys = KeySet::parse(entry.jwks.as_bytes()).map_err(|fault| fault.to_string())?;
    Ok(Fetched {
        keys: Rc::new(keys),
        document: entry.jwks.into(),
        jwks_uri: entry.jwks_uri.into(),
        etag: entry.etag,
        fetched_at: fetched_at.min(now),
    })
}

#[cfg(test)]
mod tests;
