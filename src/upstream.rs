//! The request that a backend receives: which one, without which fields, with which identity.

mod assertion;
mod forward;
mod forwarded;
mod identity;
mod removed;
mod sent_fields;

pub use assertion::{
    ASSERTION_HEADER, Assertion, AssertionKey, AssertionPolicy, TokenIds, thumbprint,
};
pub(crate) use forward::Backends;
pub use forward::Forward;
pub use forwarded::{FORWARDED_HOST, FORWARDED_PROTO, Forwarded};
pub use identity::{FIELDS, FieldValue, IdentityField};
pub(crate) use removed::describes_another_request;
pub use removed::{
    IDENTITY_PREFIX, RemovedFields, canonical_name, override_fields, personal_fields,
};
pub use sent_fields::MAX_FIELD_NAMES;

use crate::keys::ClientCredentials;
use crate::request::HttpUrl;

/// The field of HTTP's own authentication (RFC 9110, section 11.6.2). A secret in it is set for its
/// own backend only: every other backend may have credentials of its own there.
pub(crate) const AUTHORIZATION: &str = "authorization";

/// The header field that tells JTL's API the tenant.
pub const TENANT_HEADER: &str = "x-tenant-id";

/// A configured backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// The name in the configuration.
    pub name: String,
    /// The URL. Its path is a prefix of the path of each request.
    pub url: HttpUrl,
    /// The name of a service or mTLS binding that is used instead of the global fetch.
    pub binding: Option<String>,
    /// The segments that are removed from the beginning of each path.
    pub strip_prefix: Vec<String>,
    /// The longest time until the response headers, in milliseconds.
    pub timeout_millis: u32,
    /// Whether Cloudflare may cache its responses. False if a session decides who sees the
    /// responses.
    pub cacheable: bool,
    /// The header fields that tell the backend who the caller is, with names in lower case.
    pub identity_headers: Vec<(String, IdentityField)>,
    /// The secret that shows the backend that a request comes from the worker.
    pub shared_secret: Option<SharedSecret>,
    /// The assertion that proves to the backend who the caller is.
    pub assertion: Option<AssertionPolicy>,
    /// The client credentials with which the worker gets an access token, if the backend is JTL's
    /// API. Each call is on behalf of the session's tenant.
    pub client_credentials: Option<ClientCredentials>,
}

/// A header field with a secret that the worker and the backend share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedSecret {
    /// The field's name, in lower case.
    pub header: String,
    /// The name of the secret.
    pub secret_name: String,
}

impl Upstream {
    /// Returns the names of all fields that the worker may send to this backend, in lower case, in
    /// addition to those with [`IDENTITY_PREFIX`].
    pub fn emitted_headers(&self) -> impl Iterator<Item = &str> {
        let identity = self.identity_headers.iter().map(|(name, _)| name.as_str());
        let secret = self.shared_secret.iter().map(|secret| secret.header.as_str());
        identity.chain(secret)
    }
}
