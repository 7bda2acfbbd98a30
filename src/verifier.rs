//! From one credential to a session: form, algorithm, key, signature, claims, in that order.

use crate::claims::Claims;
use crate::config::Config;
use crate::credential::Credential;
use crate::key_cache::{Lookup, Miss};
use crate::key_store::KeyStore;
use crate::observer::{Finding, Observer, Step};
use crate::provider::{Issuer, Provider, Target};
use crate::reject::Reject;
use crate::session::Session;
use crate::signature::Algorithm;
use crate::time::UnixMillis;
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
    let token = UntrustedToken::parse(credential.token())?;
    observer.note(Finding::Header(token.header()));
    check_header(contenders, token.header())?;
    observer.enter(Step::Issuer);
    let source = key_source(contenders, &token)?;
    observer.note(Finding::Contenders(contenders));
    // `iss` has left fewer of them.
    let algorithm = check_header(contenders, token.header())?;
    observer.enter(Step::Key);
    observer.note(Finding::KeySource(source));
    let signed = signature(source, algorithm, token, keys, now, observer)?;
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

/// Where one issuer is left, nothing of the payload is read before the signature. Where several
/// are, `iss` says whose keys to try.
fn key_source(
    contenders: &mut Vec<Contender<'_>>,
    token: &UntrustedToken<'_>,
) -> Result<usize, Reject> {
    let first = contenders.first().ok_or(Reject::IssuerMismatch)?.1;
    if contenders.iter().any(|(_, issuer)| issuer.name != first.name) {
        let claimed = token.claimed_issuer()?;
        if !contenders.iter().any(|(_, issuer)| issuer.name == claimed) {
            return Err(Reject::IssuerMismatch);
        }
        contenders.retain(|(_, issuer)| issuer.name == claimed);
    }
    contenders.first().map(|(_, issuer)| issuer.key_source).ok_or(Reject::IssuerMismatch)
}

fn signature(
    source: usize,
    algorithm: Algorithm,
    token: UntrustedToken<'_>,
    keys: &mut KeyStore,
    now: UnixMillis,
    observer: &mut impl Observer,
) -> Result<SignedToken, Stop> {
    let cache = keys.cache(source).ok_or(Reject::Misconfigured)?;
    let (lookup, start) = cache.lookup(now);
    let set = match lookup {
        Lookup::Ready { keys, .. } => keys,
        Lookup::Wait(until) => {
            keys.push(source, start);
            return Err(Stop::Wait { source, until });
        }
        Lookup::Unavailable { retry_after_seconds } => {
            return Err(Reject::KeysUnavailable { retry_after_seconds }.into());
        }
    };
    observer.note(Finding::Keys(&set));
    let key_id = token.header().key_id.clone();
    let candidates = set.candidates(algorithm, key_id.as_deref());
    let refusal = if candidates.clone().next().is_none() {
        Reject::KeyUnknown
    } else {
        observer.enter(Step::Signature);
        match token.verify(candidates) {
            Ok((signed, key)) => {
                observer.note(Finding::SigningKey(key));
                keys.push(source, start);
                return Ok(signed);
            }
            Err(reject) => reject,
        }
    };
    let (miss, started) = cache.miss(now, algorithm, key_id.as_deref());
    keys.push(source, start.or(started));
    match miss {
        Miss::Final => Err(refusal.into()),
        Miss::Wait(until) => Err(Stop::Wait { source, until }),
    }
}
