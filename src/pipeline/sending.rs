//! What a backend or the caller receives when a request may pass.

use super::gateway::{Gateway, ORIGIN};
use crate::answer::Answer;
use crate::rejection::Rejection;
use crate::request::Request;
use crate::route::{Admitted, PublicRoute};
use crate::session::Session;
use crate::time::UnixMillis;
use crate::upstream::{ASSERTION_HEADER, Assertion, AssertionPolicy, Backends, Forward};

impl Gateway {
    /// Makes the request that the backend receives on behalf of a session.
    pub(super) fn for_session(
        &self,
        admitted: Admitted,
        upstream: usize,
        request: &Request<'_>,
        now: UnixMillis,
    ) -> Result<Forward, Rejection> {
        let forwarded = self.forwarded(upstream, request.origin);
        let mut forward = Forward::for_session(admitted, self.backends(), upstream, request)?
            .with_forwarded(forwarded);
        let upstream = self.config.upstreams.get(upstream);
        if let Some(policy) = upstream.and_then(|upstream| upstream.assertion.as_ref()) {
            let session = forward.session().ok_or(Rejection::Misconfigured)?;
            let assertion = self.assertion(policy, session, now)?;
            forward.add(ASSERTION_HEADER, assertion);
        }
        Ok(forward)
    }

    /// Makes the request that the backend of a public route receives.
    pub(super) fn for_public_route(
        &self,
        route: PublicRoute,
        request: &Request<'_>,
    ) -> Result<Forward, Rejection> {
        let forwarded = self.forwarded(route.upstream(), request.origin);
        Ok(Forward::for_public_route(route, self.backends(), request)?.with_forwarded(forwarded))
    }

    /// Returns the answer that shows a session.
    pub(super) fn session_answer(&self, request: &Request<'_>, session: &Session) -> Answer {
        let mut answer = Answer::json(200, session.to_answer().to_string(), request.is_head());
        if let Some(cors) = &self.config.cors {
            answer.headers.extend(cors.headers(request.headers.get(ORIGIN)));
        }
        answer
    }

    fn backends(&self) -> Backends<'_> {
        let case_sensitive = self.config.routes.is_case_sensitive();
        Backends { upstreams: &self.config.upstreams, case_sensitive }
    }

    fn assertion(
        &self,
        policy: &AssertionPolicy,
        session: &Session,
        now: UnixMillis,
    ) -> Result<String, Rejection> {
        let name = policy.signing_key_secret_names.first().ok_or(Rejection::Misconfigured)?;
        let key = self.assertion_keys.get(name).ok_or(Rejection::Misconfigured)?;
        let issuer = self.config.public_urls.first().ok_or(Rejection::Misconfigured)?;
        Ok(key.sign(&Assertion {
            iss: &issuer.base(),
            aud: &policy.audience,
            sub: session.identity().user.as_deref(),
            iat: now.seconds(),
            exp: now.seconds().saturating_add(policy.lifetime_seconds),
            jti: self.token_ids.next(now),
            session: session.to_value(),
        }))
    }
}
