//! What a backend is sent: which request, without which fields, with which identity.

use crate::http_url::HttpUrl;
use crate::request::Request;
use crate::session::Session;

/// The prefix of every identity header. Nothing with it ever passes from a caller to a backend.
pub const IDENTITY_PREFIX: &str = "x-verified-";

/// A field's name as some backends read it: CGI and its heirs know letters and digits only, so
/// that `X_Verified_User` and `X.Verified.User` are `x-verified-user` to them.
pub fn canonical_name(name: &str) -> String {
    let canonical = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    name.chars().map(canonical).collect()
}

/// A configured backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its name in the configuration.
    pub name: String,
    /// Its URL; the path is a prefix.
    pub url: HttpUrl,
    /// How long it may take until its response headers, in milliseconds.
    pub timeout_millis: u32,
    /// Cloudflare may cache its responses. Never where a session decides who sees them.
    pub cacheable: bool,
}

/// A request that may be sent to a backend. Only a [`Session`] or a public route makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    url: String,
    timeout_millis: u32,
    cacheable: bool,
    identity: Vec<(&'static str, String)>,
    kept: Vec<String>,
    response_headers: Option<Vec<(&'static str, String)>>,
}

impl Forward {
    /// For a verified caller.
    pub(crate) fn verified(upstream: &Upstream, request: &Request<'_>, session: &Session) -> Self {
        Self { identity: identity_headers(session), ..Self::public(upstream, request) }
    }

    /// For a public route: without identity.
    pub(crate) fn public(upstream: &Upstream, request: &Request<'_>) -> Self {
        let mut url = upstream.url.join(request.path.as_sent());
        url.push_str(request.query);
        Self {
            url,
            timeout_millis: upstream.timeout_millis,
            cacheable: upstream.cacheable,
            identity: Vec::new(),
            kept: Vec::new(),
            response_headers: None,
        }
    }

    /// Lets a field that would be stripped pass.
    pub(crate) fn keep(&mut self, name: &str) {
        self.kept.push(name.to_owned());
    }

    /// Replaces every `access-control-*` of the response.
    pub(crate) fn with_cors(self, headers: Vec<(&'static str, String)>) -> Self {
        Self { response_headers: Some(headers), ..self }
    }

    /// The absolute URL: path and query as the caller sent them.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How long to wait for the response headers, in milliseconds.
    pub fn timeout_millis(&self) -> u32 {
        self.timeout_millis
    }

    /// Whether Cloudflare may answer from its cache.
    pub fn cacheable(&self) -> bool {
        self.cacheable
    }

    /// The header fields that carry the verified identity.
    pub fn identity(&self) -> &[(&'static str, String)] {
        &self.identity
    }

    /// Fields that are stripped from other requests and not from this one, in lower case.
    pub fn kept(&self) -> &[String] {
        &self.kept
    }

    /// What the response gets instead of its own `access-control-*`; `None` leaves it untouched.
    pub fn response_headers(&self) -> Option<&[(&'static str, String)]> {
        self.response_headers.as_deref()
    }
}

fn identity_headers(session: &Session) -> Vec<(&'static str, String)> {
    let identity = session.identity();
    let permissions: Vec<String> =
        identity.permissions.iter().map(|item| encode(item, true)).collect();
    let single = |value: Option<&str>| value.map(|value| encode(value, false));
    [
        ("x-verified-provider", single(Some(session.provider()))),
        ("x-verified-issuer", single(session.issuer())),
        ("x-verified-user", single(identity.user.as_deref())),
        ("x-verified-project", single(identity.project.as_deref())),
        ("x-verified-tenant", single(identity.tenant.as_deref())),
        ("x-verified-tenant-slug", single(identity.tenant_slug.as_deref())),
        ("x-verified-permissions", (!permissions.is_empty()).then(|| permissions.join(" "))),
        ("x-verified-expires", Some(session.expires_at_seconds().to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// Makes any text a legal field value (RFC 9110, section 5.5) that percent-decoding restores:
/// bytes that are not visible ASCII, and `%` itself, become `%XX`. Spaces stay inside a single
/// value; at its ends, where HTTP drops them, and in an item of a list they are encoded too.
fn encode(text: &str, list_item: bool) -> String {
    use std::fmt::Write as _;
    let last = text.len().saturating_sub(1);
    let mut encoded = String::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate() {
        let inner_space = byte == b' ' && !list_item && index != 0 && index != last;
        if (byte.is_ascii_graphic() && byte != b'%') || inner_space {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_so_that_they_can_be_decoded() {
        for (text, single, item) in [
            ("canViewOrders", "canViewOrders", "canViewOrders"),
            ("Jane Doe", "Jane Doe", "Jane%20Doe"),
            (" a ", "%20a%20", "%20a%20"),
            (" ", "%20", "%20"),
            ("100%", "100%25", "100%25"),
            ("Zoë", "Zo%C3%AB", "Zo%C3%AB"),
            ("a\r\nx-verified-user: b", "a%0D%0Ax-verified-user: b", "a%0D%0Ax-verified-user:%20b"),
            ("\0\u{7f}", "%00%7F", "%00%7F"),
            ("", "", ""),
        ] {
            assert_eq!((encode(text, false), encode(text, true)), (single.into(), item.into()));
        }
    }
}
