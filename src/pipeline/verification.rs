//! From one credential to a session: form, algorithm, key, signature, claims, in that order.

use std::rc::Rc;

use crate::config::Config;
use crate::keys::KeyCaches;
use crate::keys::KeySet;
use crate::keys::{Lookup, Miss};
use crate::pipeline::{Finding, Observer, Step};
use crate::provider::{CalledUrl, Issuer, Provider};
use crate::rejection::Rejection;
use crate::request::Credential;
use crate::session::Session;
use crate::signature::Algorithm;
use crate::time::UnixMillis;
use crate::token::Claims;
use crate::token::RememberedToken;
use crate::token::{Header, SignedToken, UntrustedToken};

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The token is refused.
    Reject(Rejection),
    /// Keys are being fetched: verify again when the attempt of that source has settled, at the
    /// latest at that moment.
    Wait {
        /// The index of the key source.
        source: usize,
        /// When to stop waiting.
        until: UnixMillis,
    },
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Reject(rejection)
    }
}

/// A provider that may accept the token, and which of its issuers would have made it.
pub type CandidateProvider<'c> = (&'c Provider, &'c Issuer);

/// Verifies a credential against the providers that take credentials from its source.
///
/// `candidates` is narrowed as more is known about the token, so that after an error it holds
/// those that could still have accepted it.
///
/// # Errors
/// [`Stop`].
pub fn verify<'c>(
    config: &'c Config,
    candidates: &mut Vec<CandidateProvider<'c>>,
    credential: &Credential<'_>,
    called: CalledUrl<'_>,
    keys: &mut KeyCaches,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<Session, Stop> {
    observer.enter(Step::Token);
    candidates.retain(|(provider, _)| provider.credential.is_same_as(credential.source()));
    let known = match keys.remembered().find(credential.token()).cloned() {
        Some(known) => verified_before(known, candidates, keys, now, observer)?,
        None => None,
    };
    let signed = match known {
        Some(signed) => signed,
        None => {
            let verified = signature(credential.token(), candidates, keys, now, observer)?;
            keys.remembered().remember(credential.token(), &verified);
            verified.signed
        }
    };
    observer.enter(Step::Claims);
    let claims = Claims::check(&signed, now, config.clock_skew_seconds)?;
    observer.note(Finding::Claims(&claims));
    observer.enter(Step::Provider);
    let mut first_refusal = None;
    for (provider, issuer) in candidates.iter() {
        let judged = provider.session(&claims, issuer, called);
        observer.note(Finding::Judged(provider, issuer, called, judged.as_ref()));
        match judged {
            Ok(session) => return Ok(session),
            Err(rejection) => first_refusal = first_refusal.or(Some(rejection)),
        }
    }
    Err(first_refusal.unwrap_or(Rejection::IssuerMismatch).into())
}

/// The algorithm comes from the configuration; the token may only agree (RFC 8725, section 3.1).
/// Leaves the candidates that allow it, with this type of token.
fn check_header(
    candidates: &mut Vec<CandidateProvider<'_>>,
    header: &Header,
) -> Result<Algorithm, Rejection> {
    let allowed: Vec<Algorithm> =
        candidates.iter().flat_map(|(provider, _)| provider.algorithms.iter().copied()).collect();
    let Some(algorithm) =
        Algorithm::from_name(&header.algorithm).filter(|found| allowed.contains(found))
    else {
        let mut names: Vec<_> = allowed.iter().flat_map(|a| a.names()).copied().collect();
        names.sort_unstable();
        names.dedup();
        return Err(Rejection::AlgorithmNotAllowed { allowed: names });
    };
    let media_type = header.media_type.as_deref();
    let fits = |provider: &Provider| {
        provider.algorithms.contains(&algorithm) && provider.kind.accepts_type(media_type)
    };
    if !candidates.iter().any(|(provider, _)| fits(provider)) {
        return Err(Rejection::HeaderMalformed {
            fault: "has a typ that is not accepted here".into(),
        });
    }
    candidates.retain(|(provider, _)| fits(provider));
    Ok(algorithm)
}

/// A token whose signature was verified for an earlier request, if it was with the keys that count
/// now. Everything else about it is checked as if it had never been seen.
fn verified_before(
    known: RememberedToken,
    candidates: &mut Vec<CandidateProvider<'_>>,
    keys: &mut KeyCaches,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<Option<SignedToken>, Stop> {
    observer.note(Finding::Header(&known.header));
    let (source, _) = narrow(candidates, &known.header, || known.signed.issuer(), observer)?;
    let (_, generation) = usable_keys(source, keys, now, observer)?;
    if source != known.source || generation != known.generation {
        return Ok(None);
    }
    observer.note(Finding::VerifiedBefore);
    Ok(Some(known.signed))
}

/// Form, algorithm, key and signature.
fn signature(
    token: &str,
    candidates: &mut Vec<CandidateProvider<'_>>,
    keys: &mut KeyCaches,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<RememberedToken, Stop> {
    let token = UntrustedToken::parse(token)?;
    let header = token.header().clone();
    observer.note(Finding::Header(&header));
    let (source, algorithm) = narrow(candidates, &header, || token.claimed_issuer(), observer)?;
    let (set, generation) = usable_keys(source, keys, now, observer)?;
    let candidates = set.candidates(algorithm, header.key_id.as_deref());
    let refusal = if candidates.clone().next().is_none() {
        Rejection::KeyUnknown
    } else {
        observer.enter(Step::Signature);
        match token.verify(candidates) {
            Ok((signed, key)) => {
                observer.note(Finding::SigningKey(key));
                return Ok(RememberedToken { header, signed, source, generation });
            }
            Err(rejection) => rejection,
        }
    };
    let cache = keys.cache(source).ok_or(Rejection::Misconfigured)?;
    let (miss, start) = cache.miss(now, algorithm, header.key_id.as_deref());
    keys.push(source, start);
    match miss {
        Miss::Final => Err(refusal.into()),
        Miss::Wait(until) => Err(Stop::Wait { source, until }),
    }
}

/// The keys of a source and their generation.
fn usable_keys(
    source: usize,
    keys: &mut KeyCaches,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<(Rc<KeySet>, u64), Stop> {
    let cache = keys.cache(source).ok_or(Rejection::Misconfigured)?;
    let (lookup, start) = cache.lookup(now);
    let origin = cache.origin();
    keys.push(source, start);
    match lookup {
        Lookup::Ready { keys, generation } => {
            observer.note(Finding::Keys(&keys, origin));
            Ok((keys, generation))
        }
        Lookup::Wait(until) => Err(Stop::Wait { source, until }),
        Lookup::Unavailable { retry_after_seconds } => {
            Err(Rejection::KeysUnavailable { retry_after_seconds }.into())
        }
    }
}

/// Leaves the candidates that may have made a token with this header, all of one issuer, and
/// returns where its keys are and the algorithm.
fn narrow<'t>(
    candidates: &mut Vec<CandidateProvider<'_>>,
    header: &Header,
    claimed_issuer: impl FnOnce() -> Result<Option<&'t str>, Rejection>,
    observer: &mut impl Observer,
) -> Result<(usize, Algorithm), Rejection> {
    check_header(candidates, header)?;
    observer.enter(Step::Issuer);
    let source = key_source(candidates, claimed_issuer)?;
    observer.note(Finding::Candidates(candidates));
    // `iss` has left fewer of them.
    let algorithm = check_header(candidates, header)?;
    observer.enter(Step::Key);
    observer.note(Finding::KeySource(source));
    Ok((source, algorithm))
}

/// Where one issuer is left, nothing of the payload is read before the signature. Where several
/// are, `iss` says whose keys to try.
fn key_source<'t>(
    candidates: &mut Vec<CandidateProvider<'_>>,
    claimed_issuer: impl FnOnce() -> Result<Option<&'t str>, Rejection>,
) -> Result<usize, Rejection> {
    let first = candidates.first().ok_or(Rejection::IssuerMismatch)?.1;
    if candidates.iter().any(|(_, issuer)| issuer.name != first.name) {
        let claimed = claimed_issuer()?;
        if !candidates.iter().any(|(_, issuer)| issuer.name.as_deref() == claimed) {
            return Err(Rejection::IssuerMismatch);
        }
        candidates.retain(|(_, issuer)| issuer.name.as_deref() == claimed);
    }
    candidates.first().map(|(_, issuer)| issuer.key_source).ok_or(Rejection::IssuerMismatch)
}
