//! What is logged.

use crate::settings::Fields;
use crate::settings::shape::{boolean, share};

/// How much the log says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Log {
    /// The share of allowed requests that are logged, from 0 to 1. Refused ones always are.
    pub allowed_sample: f64,
    /// Responses tell how long the backend took, in `Server-Timing`.
    pub server_timing: bool,
}

/// Reads the settings.
pub(super) fn read(mut fields: Fields<'_>) -> Option<Log> {
    let allowed_sample = fields.optional("allowed_sample", share()).unwrap_or(1.0);
    let server_timing = fields.optional("server_timing", boolean()).unwrap_or(false);
    fields.finish();
    Some(Log { allowed_sample, server_timing })
}
