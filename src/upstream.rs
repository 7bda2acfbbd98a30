//! What a backend is sent: which request, without which fields, with which identity.

mod assertion;
mod forward;
mod identity;
mod removed;

pub use assertion::{ASSERTION_HEADER, Assertion, AssertionKey, AssertionPolicy, TokenIds};
pub(crate) use forward::Backends;
pub use forward::Forward;
pub use identity::{FIELDS, FieldValue, IdentityField};
pub use removed::{IDENTITY_PREFIX, RemovedFields, canonical_name};

use crate::keys::ClientCredentials;
use crate::request::HttpUrl;

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
