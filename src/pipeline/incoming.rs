//! A request as the shell receives it.

use super::gateway::{ORIGIN, RAY};
use crate::request::Headers;

/// A request as the shell receives it.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// The method, as sent.
    pub method: &'a str,
    /// The absolute URL.
    pub url: &'a str,
    /// The header fields that [`super::Gateway::read_headers`] names.
    pub headers: Headers<'a>,
}

impl<'a> Incoming<'a> {
    /// Returns the request's id on Cloudflare's network; `None` if the field is absent or empty.
    pub fn ray(&self) -> Option<&'a str> {
        self.headers.get(RAY).filter(|ray| !ray.is_empty())
    }
}

/// The part of a request that its end needs: no query, and no credential.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptRequest {
    /// Method, URL without query, ray and `Origin`, one a line. None of them can hold a line feed.
    lines: String,
}

impl KeptRequest {
    /// Keeps that part of a request.
    pub fn of(incoming: &Incoming<'_>) -> Self {
        let url = incoming.url.split(['?', '#']).next().unwrap_or_default();
        let field = |name| incoming.headers.get(name).unwrap_or_default();
        let lines = [incoming.method, url, field(RAY), field(ORIGIN)].join("\n");
        Self { lines }
    }

    /// Returns what was kept, as a request.
    pub fn incoming(&self) -> Incoming<'_> {
        let mut lines = self.lines.split('\n');
        let mut next = || lines.next().unwrap_or_default();
        let (method, url) = (next(), next());
        let fields = [(RAY, next()), (ORIGIN, next())];
        // An absent field was kept as an empty one.
        let headers = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Incoming { method, url, headers }
    }
}

#[cfg(test)]
mod tests;
