//! Requests whose backends have not answered yet.

use crate::pipeline::{KeptRequest, Record};
use crate::time::UnixMillis;

/// The data of a request that is kept from its verdict to its end.
#[derive(Clone)]
pub(super) struct UnderWay {
    pub(super) request: KeptRequest,
    pub(super) record: Record,
    /// The time of the verdict or, if the request waited for an access token, the end of that wait.
    pub(super) since: UnixMillis,
    /// Whether the request is logged if it is allowed.
    pub(super) is_logged: bool,
}
