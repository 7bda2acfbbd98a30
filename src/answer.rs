//! Responses that are made at the edge, other than refusals.

/// A response made at the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for HEAD.
    pub body: String,
}

impl Answer {
    /// JSON, which nobody may cache. `head` leaves the body out (RFC 9110, section 9.3.2).
    pub(crate) fn json(status: u16, body: String, head: bool) -> Self {
        let headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        Self { status, headers, body: if head { String::new() } else { body } }
    }
}
