//! From one credential to a session: form, algorithm, key, signature, claims, in that order.

use std::rc::Rc;

use crate::config::Config;
use crate::keys::KeySet;
use crate::keys::KeyStore;
use crate::keys::{Lookup, Miss};
use crate::pipeline::{Finding, Observer, Step};
use crate::provider::{Issuer, Provider, Target};
use crate::rejection::Reject;
use crate::request::Credential;
use crate::session::Session;
use crate::signature::Algorithm;
use crate::time::UnixMillis;
use crate::token::Claims;
use crate::token::VerifiedToken;
use crate::token::{Header, SignedToken, UntrustedToken};

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The token is refused.
    Reject(Reject),
    /// Keys are being fetched: verify again when the attempt of that source has settled, at the
    /// latest at that moment.
    Wait {
        /// The index of the key source.
        source: usize,
        /// When to stop waiting.
        until: UnixMillis,
    },
}

impl From<Reject> for Stop {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

/// A provider that may accept the token, and which of its issuers would have made it.
pub type Contender<'c> = (&'c Provider, &'c Issuer);

/// Verifies a credential against the providers that take credentials from its source.
///
/// `contenders` is narrowed as more is known about the token, so that after an error it holds
/// those that could still have accepted it.
///
/// # Errors
/// [`Stop`].
pub fn verify<'c>(
    config: &'c Config,
    contenders: &mut Vec<Contender<'c>>,
    credential: &Credential<'_>,
    target: Target<'_>,
    keys: &mut KeyStore,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<Session, Stop> {
    observer.enter(Step::Token);
    contenders.retain(|(provider, _)| provider.credential.is_same_as(credential.source()));
    let known = match keys.verified().find(credential.token()).cloned() {
        Some(known) => verified_before(known, contenders, keys, now, observer)?,
        None => None,
    };
    let signed = match known {
        Some(signed) => signed,
        None => {
            let verified = signature(credential.token(), contenders, keys, now, observer)?;
            keys.verified().remember(credential.token(), &verified);
            verified.signed
        }
    };
    observer.enter(Step::Claims);
    let claims = Claims::check(&signed, now, config.clock_skew_seconds)?;
    observer.note(Finding::Claims(&claims));
    observer.enter(Step::Provider);
    let mut first_refusal = None;
    for (provider, issuer) in contenders.iter() {
        let judged = provider.session(&claims, issuer, target);
        observer.note(Finding::Judged(provider, issuer, target, judged.as_ref()));
        match judged {
            Ok(session) => return Ok(session),
            Err(reject) => first_refusal = first_refusal.or(Some(reject)),
        }
    }
    Err(first_refusal.unwrap_or(Reject::IssuerMismatch).into())
}

/// The algorithm comes from the configuration; the token may only agree (RFC 8725, section 3.1).
/// Leaves the contenders that allow it, with this type of token.
fn check_header(contenders: &mut Vec<Contender<'_>>, header: &Header) -> Result<Algorithm, Reject> {
    let allowed: Vec<Algorithm> =
        contenders.iter().flat_map(|(provider, _)| provider.algorithms.iter().copied()).collect();
    let Some(algorithm) =
        Algorithm::from_name(&header.algorithm).filter(|found| allowed.contains(found))
    else {
        let mut names: Vec<_> = allowed.iter().flat_map(|a| a.names()).copied().collect();
        names.sort_unstable();
        names.dedup();
        return Err(Reject::AlgorithmNotAllowed { allowed: names });
    };
    let media_type = header.media_type.as_deref();
    let fits = |provider: &Provider| {
        provider.algorithms.contains(&algorithm) && provider.kind.accepts_type(media_type)
    };
    if !contenders.iter().any(|(provider, _)| fits(provider)) {
        return Err(Reject::HeaderMalformed {
            fault: "has a typ that is not accepted here".into(),
        });
    }
    contenders.retain(|(provider, _)| fits(provider));
    Ok(algorithm)
}

/// A token whose signature was verified for an earlier request, if it was with the keys that count
/// now. Everything else about it is checked as if it had never been seen.
fn verified_before(
    known: VerifiedToken,
    contenders: &mut Vec<Contender<'_>>,
    keys: &mut KeyStore,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<Option<SignedToken>, Stop> {
    observer.note(Finding::Header(&known.header));
    let (source, _) = narrow(contenders, &known.header, || known.signed.issuer(), observer)?;
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
    contenders: &mut Vec<Contender<'_>>,
    keys: &mut KeyStore,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<VerifiedToken, Stop> {
    let token = UntrustedToken::parse(token)?;
    let header = token.header().clone();
    observer.note(Finding::Header(&header));
    let (source, algorithm) = narrow(contenders, &header, || token.claimed_issuer(), observer)?;
    let (set, generation) = usable_keys(source, keys, now, observer)?;
    let candidates = set.candidates(algorithm, header.key_id.as_deref());
    let refusal = if candidates.clone().next().is_none() {
        Reject::KeyUnknown
    } else {
        observer.enter(Step::Signature);
        match token.verify(candidates) {
            Ok((signed, key)) => {
                observer.note(Finding::SigningKey(key));
                return Ok(VerifiedToken { header, signed, source, generation });
            }
            Err(reject) => reject,
        }
    };
    let cache = keys.cache(source).ok_or(Reject::Misconfigured)?;
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
    keys: &mut KeyStore,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<(Rc<KeySet>, u64), Stop> {
    let cache = keys.cache(source).ok_or(Reject::Misconfigured)?;
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
            Err(Reject::KeysUnavailable { retry_after_seconds }.into())
        }
    }
}

/// Leaves the contenders that may have made a token with this header, all of one issuer, and
/// returns where its keys are and the algorithm.
fn narrow<'t>(
    contenders: &mut Vec<Contender<'_>>,
    header: &Header,
    claimed_issuer: impl FnOnce() -> Result<Option<&'t str>, Reject>,
    observer: &mut impl Observer,
) -> Result<(usize, Algorithm), Reject> {
    check_header(contenders, header)?;
    observer.enter(Step::Issuer);
    let source = key_source(contenders, claimed_issuer)?;
    observer.note(Finding::Contenders(contenders));
    // `iss` has left fewer of them.
    let algorithm = check_header(contenders, header)?;
    observer.enter(Step::Key);
    observer.note(Finding::KeySource(source));
    Ok((source, algorithm))
}

/// Where one issuer is left, nothing of the payload is read before the signature. Where several
/// are, `iss` says whose keys to try.
fn key_source<'t>(
    contenders: &mut Vec<Contender<'_>>,
    claimed_issuer: impl FnOnce() -> Result<Option<&'t str>, Reject>,
) -> Result<usize, Reject> {
    let first = contenders.first().ok_or(Reject::IssuerMismatch)?.1;
    if contenders.iter().any(|(_, issuer)| issuer.name != first.name) {
        let claimed = claimed_issuer()?;
        if !contenders.iter().any(|(_, issuer)| issuer.name.as_deref() == claimed) {
            return Err(Reject::IssuerMismatch);
        }
        contenders.retain(|(_, issuer)| issuer.name.as_deref() == claimed);
    }
    contenders.first().map(|(_, issuer)| issuer.key_source).ok_or(Reject::IssuerMismatch)
}
