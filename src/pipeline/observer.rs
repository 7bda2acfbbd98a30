//! The hooks for an observer who wants to know what each step has found.
//!
//! An observer changes no verdict. The worker is observed by `()`, which costs nothing.

use super::candidates::CandidateProvider;
use crate::keys::{Key, KeySet, KeysFrom};
use crate::provider::{CalledUrl, Issuer, Provider};
use crate::rejection::Rejection;
use crate::request::{Credential, Request};
use crate::route::{Deciding, Match, Requirement};
use crate::session::Session;
use crate::token::{Claims, Header};

/// A step of the pipeline, in the order in which requests take the steps. No request takes all of
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The path must have one meaning.
    Path,
    /// The path may be a page of the worker itself.
    OwnPage,
    /// The request may be a preflight that is answered at the edge.
    Preflight,
    /// A route must admit the request.
    Route,
    /// There must be exactly one credential.
    Credential,
    /// The credential must be a compact JWS (RFC 7515, section 7.1) with an accepted header.
    Token,
    /// The token must be of an accepted issuer.
    Issuer,
    /// The issuer must have a key that fits.
    Key,
    /// The key must have signed the token.
    Signature,
    /// The registered claims must hold.
    Claims,
    /// A provider must accept the claims.
    Provider,
    /// The session must have what the route demands.
    Requirement,
    /// The request may pass: it is forwarded or answered.
    Outcome,
}

/// What a step has found.
#[derive(Clone, Copy, Debug)]
pub enum Finding<'a> {
    /// The parts of the request.
    Request(&'a Request<'a>),
    /// What the route table says, and the method that a preflight announces.
    Match(&'a Match<'a>, Option<&'a str>),
    /// The routes that decide.
    Deciding(&'a Deciding<'a>),
    /// The candidate providers for the credential.
    Candidates(&'a [CandidateProvider<'a>]),
    /// The credential.
    Credential(&'a Credential<'a>),
    /// The token's header.
    Header(&'a Header),
    /// The index of the key source.
    KeySource(usize),
    /// The keys of the source, and where they came from.
    Keys(&'a KeySet, Option<KeysFrom>),
    /// The key that made the token's signature.
    SigningKey(&'a Key),
    /// The signature was verified with these keys for an earlier request.
    VerifiedBefore,
    /// The claims of the token.
    Claims(&'a Claims),
    /// What a provider says about the claims.
    Judged(&'a Provider, &'a Issuer, CalledUrl<'a>, Result<&'a Session, &'a Rejection>),
    /// The audiences for which a token is refused, after its signature was verified.
    WrongAudience(&'a [String]),
    /// The issuer for which a token is refused, and whether its signature was verified before.
    WrongIssuer {
        /// The value of `iss`.
        found: &'a str,
        /// Whether an accepted issuer has signed the token.
        verified: bool,
    },
    /// What one of the deciding routes demands, and the part of it that the session lacks.
    Required(&'a Requirement, Option<&'a Rejection>),
}

/// An observer that watches a request.
pub trait Observer {
    /// Says that the request enters a step, after it has passed the steps before.
    fn enter(&mut self, step: Step);

    /// Says what the step has found.
    fn note(&mut self, finding: Finding<'_>);

    /// Says that the step refuses the request.
    fn stop(&mut self, rejection: &Rejection);
}

/// The observer for requests that nobody watches.
impl Observer for () {
    #[inline]
    fn enter(&mut self, _: Step) {}

    #[inline]
    fn note(&mut self, _: Finding<'_>) {}

    #[inline]
    fn stop(&mut self, _: &Rejection) {}
}
