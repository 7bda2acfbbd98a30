//! The pipeline, watched: for those who want to know what each step has found. Who watches changes
//! nothing; the worker does not, at no cost.

use super::candidates::CandidateProvider;
use crate::keys::{Key, KeySet, KeysFrom};
use crate::provider::{CalledUrl, Issuer, Provider};
use crate::rejection::Rejection;
use crate::request::{Credential, Request};
use crate::route::{Match, Requirement, Route};
use crate::session::Session;
use crate::token::{Claims, Header};

/// A step of the pipeline, in the order in which a request takes them. None takes them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The path must have one meaning.
    Path,
    /// The worker's own pages.
    OwnPage,
    /// A preflight that is answered at the edge.
    Preflight,
    /// A route must admit the request.
    Route,
    /// There must be exactly one credential.
    Credential,
    /// It must be a compact JWS, with a header that is accepted.
    Token,
    /// It must be of an issuer that is accepted.
    Issuer,
    /// The issuer must have a key that fits.
    Key,
    /// The key must have signed the token.
    Signature,
    /// The registered claims must hold.
    Claims,
    /// The claims must hold that a provider demands.
    Provider,
    /// The session must have what the route demands.
    Requirement,
    /// What becomes of a request that may pass.
    Outcome,
}

/// What a step has found.
#[derive(Clone, Copy, Debug)]
pub enum Finding<'a> {
    /// The parts of the request.
    Request(&'a Request<'a>),
    /// What the route table says, and the method that a preflight announces.
    Match(&'a Match<'a>, Option<&'a str>),
    /// The rules that apply.
    Route(&'a Route),
    /// Who could accept the credential.
    Candidates(&'a [CandidateProvider<'a>]),
    /// The credential.
    Credential(&'a Credential<'a>),
    /// The token's header.
    Header(&'a Header),
    /// The index of the key source.
    KeySource(usize),
    /// Its keys, and where they came from.
    Keys(&'a KeySet, Option<KeysFrom>),
    /// The key that has signed the token.
    SigningKey(&'a Key),
    /// The signature was verified with these keys for an earlier request.
    VerifiedBefore,
    /// The claims that are in it.
    Claims(&'a Claims),
    /// What a provider says of the claims.
    Judged(&'a Provider, &'a Issuer, CalledUrl<'a>, Result<&'a Session, &'a Rejection>),
    /// What the route demands, and what the session lacks of it.
    Required(&'a Requirement, Option<&'a Rejection>),
}

/// Who watches a request.
pub trait Observer {
    /// The request comes to a step, having passed the ones before.
    fn enter(&mut self, step: Step);

    /// The step has found something.
    fn note(&mut self, finding: Finding<'_>);

    /// The step refuses the request.
    fn stop(&mut self, rejection: &Rejection);
}

/// Nobody.
impl Observer for () {
    #[inline]
    fn enter(&mut self, _: Step) {}

    #[inline]
    fn note(&mut self, _: Finding<'_>) {}

    #[inline]
    fn stop(&mut self, _: &Rejection) {}
}
