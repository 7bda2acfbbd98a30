//! The host and the scheme under which a caller has reached the worker.
//!
//! A backend makes absolute URLs from them, since its own `Host` is the one of its upstream.

use crate::request::HttpUrl;

/// The field with the host that was asked.
pub const FORWARDED_HOST: &str = "x-forwarded-host";

/// The field with the scheme that was asked.
pub const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The host and the scheme under which a caller has reached the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forwarded {
    /// The host, with the port if it is not the scheme's default: `api.example.com:8443`.
    pub host: String,
    /// `http` or `https`.
    pub scheme: &'static str,
}

impl Forwarded {
    /// Returns host and scheme of the public URL whose host and port were asked, else of the first
    /// one. `asked` is the request's own `https://host:port`. Towards a backend whose answers are
    /// cached, the first one always counts: the cache finds an answer by the backend's URL, so one
    /// public host would get answers that were made for another one. Returns `None` if there are no
    /// public URLs.
    pub(crate) fn choose(public_urls: &[HttpUrl], asked: &str, is_cached: bool) -> Option<Self> {
        let (_, asked) = split(asked);
        let named = public_urls.iter().find(|url| !is_cached && split(url.origin()).1 == asked);
        let url = named.or(public_urls.first())?;
        Some(Self::of(url, url.origin()))
    }

    /// Returns the host of `url` with the scheme of `origin`.
    pub(crate) fn of(url: &HttpUrl, origin: &str) -> Self {
        let (scheme, default_port) =
            if split(origin).0 == "http" { ("http", ":80") } else { ("https", ":443") };
        let host = split(url.origin()).1;
        Self { host: host.strip_suffix(default_port).unwrap_or(host).to_owned(), scheme }
    }
}

/// Splits `https://host:port` into its two parts.
fn split(origin: &str) -> (&str, &str) {
    origin.split_once("://").unwrap_or(("", origin))
}

#[cfg(test)]
mod tests;
