//! The KV entry of a key set. It is parsed as strictly as a set from an issuer.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::json;
use crate::keys::{Fetched, KeySet};
use crate::time::UnixMillis;

/// The maximum time by which the clock of another machine may be ahead, in milliseconds.
const MAX_CLOCK_LEAD_MILLIS: u64 = 60_000;

/// The JSON of an entry. `source` and `jwks_uri` name the owner of the keys, so that an entry from
/// an earlier configuration, or a planted one, is not mistaken for an entry of this source.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    source: String,
    jwks_uri: String,
    /// The time at which the set was requested, in milliseconds since the Unix epoch.
    fetched_at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// The JWK Set, as the text that the issuer sent.
    jwks: String,
}

/// Returns the text of the KV entry for a set. `source` is the name of the key source.
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

/// Reads the text of a KV entry. `may_be_at` returns whether the source may publish its keys at a
/// URL.
///
/// # Errors
/// Returns why the entry counts as absent: the text is not an entry, or the entry belongs to
/// another source, comes from the future or holds no valid key set.
pub fn read(
    text: &str,
    source: &str,
    may_be_at: impl Fn(&str) -> bool,
    now: UnixMillis,
) -> Result<Fetched, String> {
    // Serde alone would accept an array in place of the object. This reader accepts only an object,
    // and refuses duplicate members at any depth.
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
