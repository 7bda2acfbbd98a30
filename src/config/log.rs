//! The settings of the log.

use crate::settings::Fields;
use crate::settings::shape::{boolean, share};

/// The settings of the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Log {
    /// The share of allowed requests that are logged, from 0 to 1. Refused requests are always
    /// logged.
    pub allowed_sample: f64,
    /// Whether responses have a `Server-Timing` field with the time that the backend took.
    pub server_timing: bool,
}

/// Reads the settings.
pub(super) fn read(mut fields: Fields<'_>) -> Option<Log> {
    let allowed_sample = fields.optional("allowed_sample", share()).unwrap_or(1.0);
    let server_timing = fields.optional("server_timing", boolean()).unwrap_or(false);
    fields.finish();
    Some(Log { allowed_sample, server_timing })
}
