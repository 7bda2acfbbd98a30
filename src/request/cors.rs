//! Cross-origin requests (the CORS protocol of the WHATWG Fetch Standard), answered at the edge.

/// Which pages of other origins may call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// Origins, or `*` alone for every one.
    pub allowed_origins: Vec<String>,
    /// Request header fields beyond the safelisted ones, in lower case.
    pub allowed_headers: Vec<String>,
    /// Response header fields that scripts may read, in lower case.
    pub exposed_headers: Vec<String>,
    /// Whether cookies and the like may be sent along; never with `*`.
    pub allow_credentials: bool,
    /// For how long a browser may remember a preflight's answer, in seconds.
    pub max_age_seconds: u32,
}

/// The fields that [`Cors::headers`] may have, each at most once.
pub const RESPONSE_FIELDS: [&str; 4] = [
    "vary",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
];

/// The methods a preflight allows: which of them a route takes, the request itself shows.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

impl Cors {
    /// Every origin.
    pub const ANY: &'static str = "*";

    /// The header fields of an answer to a request from `origin`. Beside these, none of the
    /// backend's `access-control-*` may remain.
    pub fn headers(&self, origin: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = self.allow_origin(origin);
        if headers.len() > 1 && !self.exposed_headers.is_empty() {
            headers.push(("access-control-expose-headers", self.exposed_headers.join(", ")));
        }
        headers
    }

    /// The header fields of the answer to a preflight.
    pub fn preflight_headers(&self, origin: &str) -> Vec<(&'static str, String)> {
        let mut headers = self.allow_origin(Some(origin));
        if headers.len() > 1 {
            headers.push(("access-control-allow-methods", METHODS.to_owned()));
            if !self.allowed_headers.is_empty() {
                headers.push(("access-control-allow-headers", self.allowed_headers.join(", ")));
            }
            headers.push(("access-control-max-age", self.max_age_seconds.to_string()));
        }
        headers
    }

    /// `Vary` always, so that no cache hands one origin's answer to another.
    fn allow_origin(&self, origin: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = vec![("vary", "Origin".to_owned())];
        let any = self.allowed_origins.iter().any(|allowed| allowed == Self::ANY);
        let allowed =
            origin.filter(|origin| any || self.allowed_origins.iter().any(|a| a == origin));
        if let Some(origin) = allowed {
            let value = if any { Self::ANY } else { origin };
            headers.push(("access-control-allow-origin", value.to_owned()));
            if self.allow_credentials {
                headers.push(("access-control-allow-credentials", "true".to_owned()));
            }
        }
        headers
    }
}

#[cfg(test)]
mod tests;
