//! Cross-origin requests (the CORS protocol of the WHATWG Fetch Standard), answered at the edge.

/// The rules for pages of other origins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// The allowed origins, or `*` alone for every origin.
    pub allowed_origins: Vec<String>,
    /// The request header fields that are allowed beyond the safelisted ones, in lower case.
    pub allowed_headers: Vec<String>,
    /// The response header fields that scripts may read, in lower case.
    pub exposed_headers: Vec<String>,
    /// Whether requests may carry cookies and other browser credentials. False if the origin is
    /// `*`.
    pub allow_credentials: bool,
    /// The time for which a browser may remember a preflight's answer, in seconds.
    pub max_age_seconds: u32,
}

/// The names of the fields that [`Cors::headers`] may return, each at most once.
pub const RESPONSE_FIELDS: [&str; 4] = [
    "vary",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-expose-headers",
];

/// The methods that the answer to a preflight allows. The methods of the route are enforced when
/// the request itself arrives.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

impl Cors {
    /// The value of `allowed_origins` that means every origin.
    pub const ANY: &'static str = "*";

    /// Returns the header fields of a response to a request from `origin`. They replace every
    /// `access-control-*` of the backend.
    pub fn headers(&self, origin: Option<&str>) -> Vec<(&'static str, String)> {
        let mut headers = self.allow_origin(origin);
        if headers.len() > 1 && !self.exposed_headers.is_empty() {
            headers.push(("access-control-expose-headers", self.exposed_headers.join(", ")));
        }
        headers
    }

    /// Returns the header fields of the answer to a preflight from `origin`.
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

    /// Returns the fields that allow an origin. `Vary` is always there, so that no cache hands one
    /// origin's response to another.
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
