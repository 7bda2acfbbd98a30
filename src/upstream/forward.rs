//! A request in the form in which it is sent to a backend.

use std::fmt;

use super::identity::FieldValue;
use super::{Forwarded, Upstream};
use crate::rejection::Rejection;
use crate::request::{Request, is_same_segment};
use crate::route::{Admitted, PublicRoute};
use crate::session::Session;

/// The configured backends, and how their paths are compared.
#[derive(Clone, Copy)]
pub(crate) struct Backends<'a> {
    pub(crate) upstreams: &'a [Upstream],
    /// Whether case counts for routes that demand a session. It always counts for public routes.
    pub(crate) case_sensitive: bool,
}

impl<'a> Backends<'a> {
    fn upstream(self, index: usize) -> Result<&'a Upstream, Rejection> {
        self.upstreams.get(index).ok_or(Rejection::Misconfigured)
    }

    /// Returns the URL that a request is sent to. The prefix is compared as the route was matched.
    fn url(
        upstream: &Upstream,
        request: &Request<'_>,
        ignore_case: bool,
    ) -> Result<String, Rejection> {
        let same = |a: &str, b: &str| is_same_segment(a, b, ignore_case);
        let path = request.path.below(&upstream.strip_prefix, same);
        let mut url = upstream.url.join(path.ok_or(Rejection::RouteUnknown)?);
        url.push_str(request.query);
        Ok(url)
    }
}

/// A request that may be sent to a backend. Only an admitted session or a public route
/// makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Forward {
    upstream: usize,
    url: String,
    /// The session on whose behalf the request is sent; `None` on a public route.
    session: Option<Box<Session>>,
    identity: Vec<(String, String)>,
    forwarded: Option<Forwarded>,
    kept: Option<String>,
    omitted: Vec<String>,
    response_headers: Option<Vec<(&'static str, String)>>,
}

impl Forward {
    /// Makes the request of a verified caller to the backend with this index.
    ///
    /// # Errors
    /// [`Rejection::PermissionDenied`] if the backend is called on behalf of a tenant and the
    /// session has none, [`Rejection::RouteUnknown`] if the path does not begin with the backend's
    /// `strip_prefix`.
    pub(crate) fn for_session(
        admitted: Admitted,
        backends: Backends<'_>,
        index: usize,
        request: &Request<'_>,
    ) -> Result<Self, Rejection> {
        let session = admitted.into_session();
        let upstream = backends.upstream(index)?;
        if upstream.client_credentials.is_some() && session.identity().tenant.is_none() {
            return Err(Rejection::PermissionDenied { lacking: "a tenant".into() });
        }
        let url = Backends::url(upstream, request, !backends.case_sensitive)?;
        let mut forward = Self::without_identity(index, url);
        for (name, field) in &upstream.identity_headers {
            match field.value(&session) {
                FieldValue::Absent => {}
                FieldValue::Structured => forward.omitted.push(name.clone()),
                FieldValue::Text(value) => forward.identity.push((name.clone(), value)),
            }
        }
        Ok(Self { session: Some(Box::new(session)), ..forward })
    }

    /// Makes the request of any caller to the backend of a public route, without an identity.
    ///
    /// # Errors
    /// [`Rejection::RouteUnknown`] if the path does not begin with the backend's `strip_prefix`.
    pub(crate) fn for_public_route(
        route: PublicRoute,
        backends: Backends<'_>,
        request: &Request<'_>,
    ) -> Result<Self, Rejection> {
        let upstream = backends.upstream(route.upstream())?;
        let url = Backends::url(upstream, request, false)?;
        Ok(Self::without_identity(route.upstream(), url))
    }

    fn without_identity(upstream: usize, url: String) -> Self {
        Self {
            upstream,
            url,
            session: None,
            identity: Vec::new(),
            forwarded: None,
            kept: None,
            omitted: Vec::new(),
            response_headers: None,
        }
    }

    /// Keeps the field of the session's credential, which would otherwise be removed.
    pub(crate) fn keep(&mut self, name: &str) {
        self.kept = Some(name.to_owned());
    }

    /// Tells the backend under which host and scheme the caller has reached the worker.
    pub(crate) fn with_forwarded(self, forwarded: Option<Forwarded>) -> Self {
        Self { forwarded, ..self }
    }

    /// Adds a field that carries the identity.
    pub(crate) fn add(&mut self, name: &str, value: String) {
        self.identity.push((name.to_owned(), value));
    }

    /// Replaces every `access-control-*` of the response by these fields.
    pub(crate) fn with_cors(self, headers: Vec<(&'static str, String)>) -> Self {
        Self { response_headers: Some(headers), ..self }
    }

    /// Returns the session on whose behalf the request is sent; `None` on a public route.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    /// Returns the index of the backend in the configuration.
    pub fn upstream(&self) -> usize {
        self.upstream
    }

    /// Returns the absolute URL: the backend's URL, then the caller's path without the backend's
    /// `strip_prefix`, then the caller's query.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the header fields that carry the verified identity.
    pub fn identity(&self) -> &[(String, String)] {
        &self.identity
    }

    /// Returns the host and the scheme that the backend is told; `None` if the backend is called with
    /// an access token of the app.
    pub fn forwarded(&self) -> Option<&Forwarded> {
        self.forwarded.as_ref()
    }

    /// Returns the field that is removed from other requests but kept in this one, in lower case: the
    /// session's credential, on a route that forwards the token.
    pub fn kept(&self) -> Option<&str> {
        self.kept.as_deref()
    }

    /// Returns the identity headers that are left out because no field value can hold the claim,
    /// see [`FieldValue::Structured`].
    pub fn omitted(&self) -> &[String] {
        &self.omitted
    }

    /// Returns the fields that replace the response's own `access-control-*`; `None` leaves the
    /// response unchanged.
    pub fn response_headers(&self) -> Option<&[(&'static str, String)]> {
        self.response_headers.as_deref()
    }
}

/// Shows names only: one of the values may be an assertion.
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

#[cfg(test)]
mod tests;
