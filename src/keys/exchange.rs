//! HTTP exchanges with issuers, as values. The worker and `drawbridge explain` carry the exchanges
//! out.

use std::fmt;

use serde::Serialize;

/// A request to an issuer.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The HTTP method.
    pub method: &'static str,
    /// The absolute URL. The driver must not follow redirects.
    pub url: String,
    /// The header fields, with names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body; a GET has none.
    pub body: Option<String>,
}

/// An issuer's response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status code.
    pub status: u16,
    /// The entity tag (RFC 9110, section 8.8.3).
    pub etag: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// Returns a GET request for a JSON document.
    pub(crate) fn get(url: String) -> Self {
        let headers = vec![("accept", "application/json".to_owned())];
        Self { method: "GET", url, headers, body: None }
    }
}

/// Leaves out field values and body, because these hold credentials.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| *name).collect();
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &names)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
