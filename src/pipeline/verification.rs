//! From one credential to a session: form, algorithm, key, signature and claims, in this order.

use std::rc::Rc;

use super::candidates::{CandidateProvider, Candidates};
use super::observer::{Finding, Observer, Step};
use crate::keys::{KeyCaches, KeySet, Lookup, Miss};
use crate::provider::CalledUrl;
use crate::rejection::Rejection;
use crate::request::Credential;
use crate::session::Session;
use crate::signature::Algorithm;
use crate::time::UnixMillis;
use crate::token::{Claims, Header, RememberedToken, SignedToken, UntrustedToken};

/// The result of verifying a credential.
pub(super) struct Verification<'c> {
    /// The session, or why there is none.
    pub(super) outcome: Result<Session, Stop>,
    /// The candidate providers that were left at the end.
    pub(super) candidates: Candidates<'c>,
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The token is refused.
    Reject(Rejection),
    /// Keys are being fetched. Verify again when the attempt of this key source has settled, or at
    /// `until` if that is earlier.
    Wait {
        /// The index of the key source.
        source: usize,
        /// The time to stop waiting.
        until: UnixMillis,
    },
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

/// Verifies one credential of a request.
pub(super) struct Verifier<'c, 'r, O> {
    /// The providers that could accept the credential.
    pub(super) candidates: Candidates<'c>,
    pub(super) called: CalledUrl<'r>,
    pub(super) clock_skew_seconds: u8,
    pub(super) keys: &'r mut KeyCaches,
    pub(super) now: UnixMillis,
    pub(super) observer: &'r mut O,
}

/// The key source and the algorithm that a token must be verified with.
struct Expected {
    source: usize,
    algorithm: Algorithm,
}

impl<'c, O: Observer> Verifier<'c, '_, O> {
    /// Verifies the credential for the candidates that take credentials from its source.
    pub(super) fn verify(mut self, credential: &Credential<'_>) -> Verification<'c> {
        let outcome = self.session(credential);
        Verification { outcome, candidates: self.candidates }
    }

    fn session(&mut self, credential: &Credential<'_>) -> Result<Session, Stop> {
        self.observer.enter(Step::Token);
        self.candidates.keep_source_of(credential);
        let signed = match self.remembered(credential.token())? {
            Some(signed) => signed,
            None => {
                let verified = self.signature(credential.token())?;
                self.keys.remembered().remember(credential.token(), &verified);
                verified.signed
            }
        };
        self.observer.enter(Step::Claims);
        let claims = Claims::check(&signed, self.now, self.clock_skew_seconds)?;
        self.observer.note(Finding::Claims(&claims));
        self.observer.enter(Step::Provider);
        let mut first_rejection = None;
        for CandidateProvider { provider, issuer } in self.candidates.as_slice() {
            let judged = Session::establish(provider, issuer, &claims, self.called);
            self.observer.note(Finding::Judged(provider, issuer, self.called, judged.as_ref()));
            match judged {
                Ok(session) => return Ok(session),
                Err(rejection) => first_rejection = first_rejection.or(Some(rejection)),
            }
        }
        let rejection = first_rejection.unwrap_or(Rejection::IssuerMismatch);
        match (&rejection, claims.string("iss")) {
            (Rejection::AudienceMismatch { .. }, _) => {
                self.observer.note(Finding::WrongAudience(claims.audience()));
            }
            (Rejection::IssuerMismatch, Ok(Some(found))) => {
                self.observer.note(Finding::WrongIssuer { found, verified: true });
            }
            _ => {}
        }
        Err(rejection.into())
    }

    /// Returns the remembered token if the current keys are those that verified its signature.
    /// Everything else about the token is checked again.
    fn remembered(&mut self, token: &str) -> Result<Option<SignedToken>, Stop> {
        let Some(known) = self.keys.remembered().find(token).cloned() else { return Ok(None) };
        self.observer.note(Finding::Header(&known.header));
        let Expected { source, .. } = self.narrow(&known.header, || known.signed.issuer())?;
        let (_, generation) = self.usable_keys(source)?;
        if source != known.source || generation != known.generation {
            return Ok(None);
        }
        self.observer.note(Finding::VerifiedBefore);
        Ok(Some(known.signed))
    }

    /// Checks the form, algorithm, key and signature of a token.
    fn signature(&mut self, token: &str) -> Result<RememberedToken, Stop> {
        let token = UntrustedToken::parse(token)?;
        let header = token.header().clone();
        self.observer.note(Finding::Header(&header));
        let Expected { source, algorithm } = self.narrow(&header, || token.claimed_issuer())?;
        let (set, generation) = self.usable_keys(source)?;
        let fitting = set.candidates(algorithm, header.key_id.as_deref());
        let rejection = if fitting.clone().next().is_none() {
            Rejection::KeyUnknown
        } else {
            self.observer.enter(Step::Signature);
            match token.verify(fitting) {
                Ok((signed, key)) => {
                    self.observer.note(Finding::SigningKey(key));
                    return Ok(RememberedToken { header, signed, source, generation });
                }
                Err(rejection) => rejection,
            }
        };
        let cache = self.keys.cache(source).ok_or(Rejection::Misconfigured)?;
        let (miss, start) = cache.miss(self.now, algorithm, header.key_id.as_deref());
        self.keys.push(source, start);
        match miss {
            Miss::Final => Err(rejection.into()),
            Miss::Wait(until) => Err(Stop::Wait { source, until }),
        }
    }

    /// Keeps the candidates that could accept a token with this header. They are all of one issuer.
    fn narrow<'t>(
        &mut self,
        header: &Header,
        claimed_issuer: impl Fn() -> Result<Option<&'t str>, Rejection>,
    ) -> Result<Expected, Rejection> {
        self.candidates.keep_fitting(header)?;
        self.observer.enter(Step::Issuer);
        let source = self.candidates.keep_issuer(&claimed_issuer).inspect_err(|rejection| {
            if let (Rejection::IssuerMismatch, Ok(Some(found))) = (rejection, claimed_issuer()) {
                self.observer.note(Finding::WrongIssuer { found, verified: false });
            }
        })?;
        self.observer.note(Finding::Candidates(self.candidates.as_slice()));
        // Fewer candidates are left now, so the algorithm and type must fit one of these.
        let algorithm = self.candidates.keep_fitting(header)?;
        self.observer.enter(Step::Key);
        self.observer.note(Finding::KeySource(source));
        Ok(Expected { source, algorithm })
    }

    /// Returns the keys of a source and their generation.
    fn usable_keys(&mut self, source: usize) -> Result<(Rc<KeySet>, u64), Stop> {
        let cache = self.keys.cache(source).ok_or(Rejection::Misconfigured)?;
        let (lookup, start) = cache.lookup(self.now);
        let origin = cache.origin();
        self.keys.push(source, start);
        match lookup {
            Lookup::Ready { keys, generation } => {
                self.observer.note(Finding::Keys(&keys, origin));
                Ok((keys, generation))
            }
            Lookup::Wait(until) => Err(Stop::Wait { source, until }),
            Lookup::Unavailable { retry_after_seconds } => {
                Err(Rejection::KeysUnavailable { retry_after_seconds }.into())
            }
        }
    }
}
