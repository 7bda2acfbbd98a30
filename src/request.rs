//! The parts of a request that the core sees.

mod case;
mod cors;
mod credential;
mod http_url;
mod path;

pub(crate) use case::{folded, is_same_segment};
pub use cors::{Cors, RESPONSE_FIELDS};
pub use credential::{Credential, CredentialSource, MAX_TOKEN_BYTES};
pub use http_url::{HttpUrl, is_loopback_host, split_port};
pub use path::{Quirks, RequestPath};

use crate::rejection::Rejection;

/// The methods that [`Request::new`] names if it refuses a method.
pub(crate) const ALLOWED_METHODS: [&str; 7] =
    ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Returns whether a method is never forwarded. A backend answers TRACE with the request that it
/// has received (RFC 9110, section 9.3.8). The caller would see header fields that are meant for
/// the backend only.
pub fn is_never_forwarded(method: &str) -> bool {
    matches!(method, "CONNECT" | "TRACE")
}

/// A request without its body, as the shell hands it in.
#[derive(Debug)]
pub struct Request<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The URL up to its path: `https://api.example.com`.
    pub origin: &'a str,
    /// The checked path.
    pub path: RequestPath<'a>,
    /// The query with its `?`; empty if there is none.
    pub query: &'a str,
    /// The header fields that the configuration reads.
    pub headers: Headers<'a>,
}

impl<'a> Request<'a> {
    /// Splits a request's absolute URL, and checks its path and its method.
    ///
    /// # Errors
    /// [`Rejection::PathAmbiguous`], see [`RequestPath::parse`]; [`Rejection::MethodNotAllowed`],
    /// see [`is_never_forwarded`].
    pub fn new(method: &'a str, url: &'a str, headers: Headers<'a>) -> Result<Self, Rejection> {
        let (origin, rest) = split_origin(url);
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (path, query) = match rest.find('?').and_then(|at| rest.split_at_checked(at)) {
            Some(parts) => parts,
            None => (rest, ""),
        };
        let path = RequestPath::parse(path)?;
        if is_never_forwarded(method) {
            return Err(Rejection::MethodNotAllowed {
                allowed: ALLOWED_METHODS.map(str::to_owned).into(),
            });
        }
        Ok(Self { method, origin, path, query, headers })
    }

    /// Returns whether the answer must have no body (RFC 9110, section 9.3.2).
    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

/// Splits an absolute URL into `https://host:port` and what follows it.
pub fn split_origin(url: &str) -> (&str, &str) {
    let authority = url.find("://").map_or(0, |at| at.saturating_add(3));
    let end = url
        .get(authority..)
        .and_then(|rest| rest.find(['/', '?', '#']))
        .map_or(url.len(), |at| at.saturating_add(authority));
    url.split_at_checked(end).unwrap_or((url, ""))
}

/// Header fields by lower-case name. If a field was sent several times, its values are joined with
/// ", ", as the runtime does.
#[derive(Clone, Default)]
pub struct Headers<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Headers<'a> {
    /// Returns a field's value; `None` if the field was not sent. `name` is in lower case.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Headers<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

/// Shows names only: a value may be a credential.
impl std::fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests;
