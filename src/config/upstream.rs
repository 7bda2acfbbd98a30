//! The backends of a configuration.

use super::fields::Fields;
use super::shape::{integer, url};
use crate::upstream::Upstream;

/// Reads one backend.
pub(super) fn read(name: &str, mut fields: Fields<'_>) -> Option<Upstream> {
    let url = fields.required("url", url());
    let timeout_millis = fields.optional("timeout_ms", integer(1..=600_000)).unwrap_or(30_000);
    fields.finish();
    Some(Upstream { name: name.to_owned(), url: url?, timeout_millis })
}
