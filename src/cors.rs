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
mod tests {
    use super::*;

    fn cors(origins: &[&str]) -> Cors {
        Cors {
            allowed_origins: origins.iter().map(|o| (*o).to_owned()).collect(),
            allowed_headers: vec!["content-type".into(), "x-session-id".into()],
            exposed_headers: vec!["x-total".into()],
            allow_credentials: !origins.contains(&"*"),
            max_age_seconds: 600,
        }
    }

    fn text(headers: Vec<(&str, String)>) -> String {
        headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }

    #[test]
    fn an_allowed_origin_is_named() {
        let cors = cors(&["https://a.example", "http://localhost:5173"]);
        assert_eq!(
            text(cors.headers(Some("http://localhost:5173"))),
            "vary: Origin\naccess-control-allow-origin: http://localhost:5173\n\
             access-control-allow-credentials: true\naccess-control-expose-headers: x-total\n",
        );
        assert_eq!(
            text(cors.preflight_headers("https://a.example")),
            "vary: Origin\naccess-control-allow-origin: https://a.example\n\
             access-control-allow-credentials: true\n\
             access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE\n\
             access-control-allow-headers: content-type, x-session-id\naccess-control-max-age: 600\n",
        );
    }

    #[test]
    fn another_origin_gets_nothing() {
        let cors = cors(&["https://a.example"]);
        for origin in [
            "https://b.example",
            "https://a.example:443",
            "https://a.example.evil",
            "HTTPS://a.example",
            "null",
            "*",
            "",
        ] {
            assert_eq!(text(cors.headers(Some(origin))), "vary: Origin\n", "{origin}");
            assert_eq!(text(cors.preflight_headers(origin)), "vary: Origin\n", "{origin}");
        }
        assert_eq!(text(cors.headers(None)), "vary: Origin\n");
    }

    #[test]
    fn every_origin_never_with_credentials() {
        let headers = text(cors(&["*"]).headers(Some("https://b.example")));
        assert!(headers.contains("access-control-allow-origin: *\n"));
        assert!(!headers.contains("credentials"));
    }
}
