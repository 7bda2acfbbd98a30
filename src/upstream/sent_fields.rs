//! Which header fields of a caller keep a request from being sent to a backend.
//!
//! The worker's JavaScript, which alone sees all fields of a request, makes the same check while it
//! copies them. `drawbridge explain` asks [`Forward::check_fields`].

use super::Forward;
use super::removed::{METHOD_OVERRIDES, canonical_name};
use crate::rejection::Rejection;

/// The greatest number of distinct names that the fields of a forwarded request may have, those of
/// Cloudflare included.
///
/// Node keeps 1,000 lines and drops the rest without a sign, before the fix of CVE-2026-58044. A
/// caller could so cut the identity, the assertion and the shared secret out of a verified request.
/// The lines of one name are sent as one line, so distinct names bound the lines. Browsers send
/// some 20 names, and Cloudflare adds some 10.
pub const MAX_FIELD_NAMES: usize = 128;

impl Forward {
    /// Checks the fields of the caller's request, with each name once and the values of its lines
    /// joined. `method` is the request's method.
    ///
    /// # Errors
    /// - [`Rejection::HeadersTooMany`] for more than [`MAX_FIELD_NAMES`] names.
    /// - [`Rejection::MethodAmbiguous`] if a session's request has a field that names another
    ///   method, in any spelling. Without the field, the backend would do something else than the
    ///   caller meant.
    pub fn check_fields(&self, method: &str, fields: &[(String, String)]) -> Result<(), Rejection> {
        if fields.len() > MAX_FIELD_NAMES {
            return Err(Rejection::HeadersTooMany { most: MAX_FIELD_NAMES });
        }
        let names_another = |(name, value): &(String, String)| {
            let value = value.trim_matches([' ', '\t']);
            !value.is_empty()
                && !value.eq_ignore_ascii_case(method)
                && METHOD_OVERRIDES.contains(&canonical_name(name).as_str())
        };
        match self.session().is_some() && fields.iter().any(names_another) {
            true => Err(Rejection::MethodAmbiguous),
            false => Ok(()),
        }
    }
}
