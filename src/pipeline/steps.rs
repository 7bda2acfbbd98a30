//! The steps of a request, in the order in which the types demand them.

use super::candidates::Candidates;
use super::gateway::{Gateway, ORIGIN};
use super::incoming::Incoming;
use super::observer::{Finding, Observer, Step};
use super::own_pages::{OwnPage, own_path};
use super::routing::requested_method;
use super::verification::{Stop, Verification, Verifier};
use crate::answer::Answer;
use crate::keys::KeyCaches;
use crate::provider::{CalledUrl, Provider};
use crate::rejection::{Rejection, RejectionResponse};
use crate::request::{Credential, CredentialSource, Request};
use crate::route::{Action, SessionRules};
use crate::session::Session;
use crate::time::UnixMillis;
use crate::upstream::Forward;

/// What the shell must do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Answer it at the edge: a preflight, or the session.
    Answer(Answer),
    /// Send it to a backend.
    Forward(Forward),
    /// A monitor asks. Read KV for the sources that [`KeyCaches::look`] names, then answer with
    /// [`Gateway::health`].
    Health {
        /// Whether the monitor may know about each source.
        detailed: bool,
    },
    /// Refuse it with this response.
    Reject(RejectionResponse),
    /// Judge it again when the attempt of this key source has settled, or at `until` if that is
    /// earlier.
    Wait {
        /// The index of the key source.
        source: usize,
        /// The time to stop waiting.
        until: UnixMillis,
    },
}

/// The outcome of a request's steps, and the candidate providers that were left.
pub(super) struct Passage<'c> {
    pub(super) outcome: Result<Verdict, Stop>,
    pub(super) candidates: Candidates<'c>,
}

/// Takes one request through its steps.
pub(super) struct Steps<'c, 'k, O> {
    pub(super) gateway: &'c Gateway,
    pub(super) keys: &'k mut KeyCaches,
    pub(super) now: UnixMillis,
    pub(super) observer: &'k mut O,
}

/// The result of the steps before the credential.
enum Entry<'c> {
    /// The request may pass without a session.
    Pass(Verdict),
    /// The route demands a session.
    Session { rules: SessionRules<'c>, request: Request<'c> },
}

impl<'c, O: Observer> Steps<'c, '_, O> {
    /// Takes the request through all steps.
    pub(super) fn pass(mut self, incoming: &Incoming<'c>) -> Passage<'c> {
        let without_candidates = |outcome| Passage { outcome, candidates: Candidates::default() };
        match self.before_credential(incoming) {
            Err(rejection) => without_candidates(Err(rejection.into())),
            Ok(Entry::Pass(verdict)) => without_candidates(Ok(verdict)),
            Ok(Entry::Session { rules, request }) => self.with_credential(rules, &request),
        }
    }

    /// Takes the steps that need no credential.
    fn before_credential(&mut self, incoming: &Incoming<'c>) -> Result<Entry<'c>, Rejection> {
        let gateway = self.gateway;
        self.observer.enter(Step::Path);
        let request = Request::new(incoming.method, incoming.url, incoming.headers.clone())?;
        self.observer.note(Finding::Request(&request));
        let preflight = requested_method(&request);
        let found = gateway.find_route(&request, preflight);
        self.observer.note(Finding::Match(&found, preflight));
        request.path.quirks().check(gateway.admitted(&request, &found, preflight))?;
        if let Some(page) = own_path(request.path.normal()) {
            self.observer.enter(Step::OwnPage);
            return Ok(Entry::Pass(match gateway.own_page(page, &request)? {
                OwnPage::Answer(answer) => Verdict::Answer(answer),
                OwnPage::Health { detailed } => Verdict::Health { detailed },
            }));
        }
        if let (Some(cors), Some(_), Some(origin)) =
            (&gateway.config.cors, preflight, request.headers.get(ORIGIN))
        {
            self.observer.enter(Step::Preflight);
            let mut headers = cors.preflight_headers(origin);
            headers.push(("cache-control", "no-store".into()));
            let answer = Answer { status: 204, headers, body: String::new() };
            return Ok(Entry::Pass(Verdict::Answer(answer)));
        }
        self.observer.enter(Step::Route);
        let deciding = gateway.deciding(found)?;
        self.observer.note(Finding::Deciding(&deciding));
        if let Some(rules) = deciding.as_session() {
            return Ok(Entry::Session { rules, request });
        }
        // No configuration has a public route that leads to no backend.
        let public = deciding.as_public().ok_or(Rejection::Misconfigured)?;
        self.observer.enter(Step::Outcome);
        let forward = gateway.for_public_route(public, &request)?;
        Ok(Entry::Pass(Verdict::Forward(forward)))
    }

    /// Finds and verifies the credential of a request, then takes the steps that need a session.
    fn with_credential(mut self, rules: SessionRules<'c>, request: &Request<'c>) -> Passage<'c> {
        let gateway = self.gateway;
        let providers = rules.providers();
        let providers: Vec<&Provider> =
            providers.filter_map(|index| gateway.config.providers.get(index)).collect();
        let candidates = Candidates::of(providers.iter().copied());
        self.observer.enter(Step::Credential);
        self.observer.note(Finding::Candidates(candidates.as_slice()));
        let sources: Vec<&CredentialSource> =
            providers.iter().map(|provider| &provider.credential).collect();
        let found = Credential::find(&sources, &request.headers).and_then(|credential| {
            self.observer.note(Finding::Credential(&credential));
            Ok((credential, gateway.public_urls(request.origin)?))
        });
        let (credential, public_urls) = match found {
            Ok(found) => found,
            Err(rejection) => return Passage { outcome: Err(rejection.into()), candidates },
        };
        let verifier = Verifier {
            candidates,
            called: CalledUrl { public_urls: &public_urls, path: request.path.as_sent() },
            clock_skew_seconds: gateway.config.clock_skew_seconds,
            keys: self.keys,
            now: self.now,
            observer: self.observer,
        };
        let Verification { outcome, candidates } = verifier.verify(&credential);
        let outcome = outcome.and_then(|session| {
            self.with_session(rules, request, &credential, session).map_err(Stop::from)
        });
        Passage { outcome, candidates }
    }

    /// Takes the steps that need a session.
    fn with_session(
        &mut self,
        rules: SessionRules<'_>,
        request: &Request<'_>,
        credential: &Credential<'_>,
        session: Session,
    ) -> Result<Verdict, Rejection> {
        self.observer.enter(Step::Requirement);
        let admitted = rules.admit(session, &mut |require, lacking| {
            self.observer.note(Finding::Required(require, lacking));
        })?;
        self.observer.enter(Step::Outcome);
        match rules.action {
            Action::Forward { upstream, with_token } => {
                let mut forward =
                    self.gateway.for_session(admitted, upstream, request, self.now)?;
                if with_token {
                    forward.keep(&credential.source().header);
                }
                Ok(Verdict::Forward(forward))
            }
            Action::RespondSession => {
                Ok(Verdict::Answer(self.gateway.session_answer(request, admitted.session())))
            }
        }
    }
}
