//! What a backend is sent: which request, without which fields, with which identity.

mod assertion;
mod identity;
mod removed;

pub use assertion::{ASSERTION_HEADER, Assertion, AssertionKey, AssertionPolicy, TokenIds};
pub use identity::{FIELDS, FieldValue, IdentityField};
pub use removed::{IDENTITY_PREFIX, RemovedFields, canonical_name};

use std::fmt;

use crate::keys::ClientCredentials;
use crate::request::{HttpUrl, Request};
use crate::route::is_same_segment;
use crate::session::Session;

/// The field by which JTL's API is told the tenant.
pub const TENANT_HEADER: &str = "x-tenant-id";

/// A configured backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its name in the configuration.
    pub name: String,
    /// Its URL; the path is a prefix.
    pub url: HttpUrl,
    /// The name of a service or mTLS binding that is used instead of the global fetch.
    pub binding: Option<String>,
    /// The segments that are cut from the beginning of each path.
    pub strip_prefix: Vec<String>,
    /// How long it may take until its response headers, in milliseconds.
    pub timeout_millis: u32,
    /// Cloudflare may cache its responses. Never where a session decides who sees them.
    pub cacheable: bool,
    /// The header fields that tell it who the caller is, in lower case.
    pub identity_headers: Vec<(String, IdentityField)>,
    /// What shows it that a request comes from the worker.
    pub shared_secret: Option<SharedSecret>,
    /// What proves it.
    pub assertion: Option<AssertionPolicy>,
    /// It is JTL's API, called on behalf of the session's tenant with an access token from this
    /// grant.
    pub client_credentials: Option<ClientCredentials>,
}

/// A header field with a secret that worker and backend share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedSecret {
    /// The field's name, in lower case.
    pub header: String,
    /// The name of the secret.
    pub secret_name: String,
}

impl Upstream {
    /// Every field that it may be sent by the worker, in lower case, beside those with
    /// [`IDENTITY_PREFIX`].
    pub fn emitted_headers(&self) -> impl Iterator<Item = &str> {
        let identity = self.identity_headers.iter().map(|(name, _)| name.as_str());
        let secret = self.shared_secret.iter().map(|secret| secret.header.as_str());
        identity.chain(secret)
    }
}

/// A request that may be sent to a backend. Only a [`Session`] or a public route makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Forward {
    upstream: usize,
    url: String,
    identity: Vec<(String, String)>,
    kept: Vec<String>,
    omitted: Vec<String>,
    response_headers: Option<Vec<(&'static str, String)>>,
}

impl Forward {
    /// For a verified caller.
    pub(crate) fn verified(
        (index, upstream): (usize, &Upstream),
        url: String,
        session: &Session,
    ) -> Self {
        let mut forward = Self::public(index, url);
        for (name, field) in &upstream.identity_headers {
            match field.value(session) {
                FieldValue::Absent => {}
                FieldValue::Structured => forward.omitted.push(name.clone()),
                FieldValue::Text(value) => forward.identity.push((name.clone(), value)),
            }
        }
        forward
    }

    /// For a public route: without identity.
    pub(crate) fn public(upstream: usize, url: String) -> Self {
        Self {
            upstream,
            url,
            identity: Vec::new(),
            kept: Vec::new(),
            omitted: Vec::new(),
            response_headers: None,
        }
    }

    /// Lets a field that would be stripped pass.
    pub(crate) fn keep(&mut self, name: &str) {
        self.kept.push(name.to_owned());
    }

    /// Adds a field that carries the identity.
    pub(crate) fn add(&mut self, name: &str, value: String) {
        self.identity.push((name.to_owned(), value));
    }

    /// Replaces every `access-control-*` of the response.
    pub(crate) fn with_cors(self, headers: Vec<(&'static str, String)>) -> Self {
        Self { response_headers: Some(headers), ..self }
    }

    /// The index of the backend in the configuration.
    pub fn upstream(&self) -> usize {
        self.upstream
    }

    /// The absolute URL: path and query as the caller sent them.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The header fields that carry the verified identity.
    pub fn identity(&self) -> &[(String, String)] {
        &self.identity
    }

    /// Fields that are stripped from other requests and not from this one, in lower case.
    pub fn kept(&self) -> &[String] {
        &self.kept
    }

    /// Identity headers left out because the claim is an object.
    pub fn omitted(&self) -> &[String] {
        &self.omitted
    }

    /// What the response gets instead of its own `access-control-*`; `None` leaves it untouched.
    pub fn response_headers(&self) -> Option<&[(&'static str, String)]> {
        self.response_headers.as_deref()
    }
}

/// Without values: an assertion is among them.
impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.identity.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Forward")
            .field("upstream", &self.upstream)
            .field("identity", &names)
            .field("kept", &self.kept)
            .field("omitted", &self.omitted)
            .finish_non_exhaustive()
    }
}

/// Where a request goes, if its path lies below what the backend has stripped.
pub(crate) fn url(upstream: &Upstream, request: &Request<'_>, ignore_case: bool) -> Option<String> {
    let same = |a: &str, b: &str| is_same_segment(a, b, ignore_case);
    let path = request.path.below(&upstream.strip_prefix, same)?;
    let mut url = upstream.url.join(path);
    url.push_str(request.query);
    Some(url)
}

#[cfg(test)]
mod tests;
