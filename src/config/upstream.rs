//! The backends of a configuration.

use super::fields::Fields;
use super::shape::{integer, one_of, url};
use crate::upstream::Upstream;

/// Reads one backend.
pub(super) fn read(name: &str, mut fields: Fields<'_>) -> Option<Upstream> {
    let url = fields.required("url", url());
    let timeout_millis = fields.optional("timeout_ms", integer(1..=600_000)).unwrap_or(30_000);
    let cache = fields.optional("cache", one_of(&[("no-store", false), ("default", true)]));
    fields.finish();
    let cacheable = cache.unwrap_or(false);
    Some(Upstream { name: name.to_owned(), url: url?, timeout_millis, cacheable })
}
