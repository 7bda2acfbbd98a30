//! A request as the shell receives it.

use super::gateway::RAY;
use crate::request::Headers;

/// A request as the shell receives it.
#[derive(Clone, Debug)]
pub struct Incoming<'a> {
    /// The method.
    pub method: &'a str,
    /// The absolute URL.
    pub url: &'a str,
    /// The fields that [`super::Gateway::read_headers`] names.
    pub headers: Headers<'a>,
}

impl<'a> Incoming<'a> {
    /// The request's id on Cloudflare's network.
    pub fn ray(&self) -> Option<&'a str> {
        self.headers.get(RAY).filter(|ray| !ray.is_empty())
    }
}
