//! Responses that Drawbridge makes at the edge, except for rejections.

/// A response made at the edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status code.
    pub status: u16,
    /// The header fields, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body. The answer to a HEAD request has an empty one.
    pub body: String,
}

impl Answer {
    /// Returns a JSON answer that no cache may keep. If `head` is true, the body is left out
    /// (RFC 9110, section 9.3.2).
    pub(crate) fn json(status: u16, body: String, head: bool) -> Self {
        let headers = vec![
            ("cache-control", "no-store".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        Self { status, headers, body: if head { String::new() } else { body } }
    }
}
