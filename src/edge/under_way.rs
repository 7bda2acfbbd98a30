//! Requests that backends are answering.

use super::head::Head;
use crate::pipeline::Record;
use crate::time::UnixMillis;

/// What is kept of a request from its verdict to its end.
#[derive(Clone)]
pub(super) struct UnderWay {
    pub(super) head: Head,
    pub(super) record: Record,
    /// When it was judged or, if it had to wait for an access token, had that.
    pub(super) since: UnixMillis,
    /// If it is allowed, it is among those that are logged.
    pub(super) is_logged: bool,
}
