//! A request as the shell receives it.

use super::gateway::RAY;
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
