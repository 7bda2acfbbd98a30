//! Who could accept a token.

use crate::provider::{Issuer, Provider};
use crate::rejection::{Rejection, Wording};
use crate::request::Credential;
use crate::signature::Algorithm;
use crate::token::Header;

/// A provider that may accept a token, and which of its issuers would have made the token.
#[derive(Clone, Copy, Debug)]
pub struct CandidateProvider<'c> {
    /// The provider.
    pub provider: &'c Provider,
    /// One of its issuers.
    pub issuer: &'c Issuer,
}

/// The candidate providers of a request. The more is known about its token, the fewer they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates<'c>(Vec<CandidateProvider<'c>>);

impl<'c> Candidates<'c> {
    /// Every issuer of these providers.
    pub(super) fn of(providers: impl Iterator<Item = &'c Provider>) -> Self {
        let issuers = |provider: &'c Provider| {
            provider.issuers.iter().map(move |issuer| CandidateProvider { provider, issuer })
        };
        Self(providers.flat_map(issuers).collect())
    }

    pub(super) fn as_slice(&self) -> &[CandidateProvider<'c>] {
        &self.0
    }

    /// Leaves those that take credentials from where this one was found.
    pub(super) fn keep_source_of(&mut self, credential: &Credential<'_>) {
        self.0.retain(|candidate| candidate.provider.credential.is_same_as(credential.source()));
    }

    /// Leaves those that allow the header's algorithm and type of token, and returns the algorithm.
    ///
    /// The algorithm comes from the configuration; the token may only agree (RFC 8725, section
    /// 3.1).
    ///
    /// # Errors
    /// [`Rejection::AlgorithmNotAllowed`], and [`Rejection::HeaderMalformed`] for another `typ`. No
    /// candidate is lost then.
    pub(super) fn keep_fitting(&mut self, header: &Header) -> Result<Algorithm, Rejection> {
        let allowed =
            || self.0.iter().flat_map(|candidate| &candidate.provider.algorithms).copied();
        let Some(algorithm) = Algorithm::from_name(&header.algorithm)
            .filter(|found| allowed().any(|allowed| allowed == *found))
        else {
            let mut names: Vec<_> = allowed().flat_map(Algorithm::names).copied().collect();
            names.sort_unstable();
            names.dedup();
            return Err(Rejection::AlgorithmNotAllowed { allowed: names });
        };
        let media_type = header.media_type.as_deref();
        let fits = |CandidateProvider { provider, .. }: &CandidateProvider<'_>| {
            provider.algorithms.contains(&algorithm)
                && provider.kind.accepted_types().contain(media_type)
        };
        if !self.0.iter().any(fits) {
            return Err(Rejection::HeaderMalformed {
                fault: "has a typ that is not accepted here".into(),
            });
        }
        self.0.retain(fits);
        Ok(algorithm)
    }

    /// Leaves the candidates of one issuer, and returns the index of its key source.
    ///
    /// If only one issuer is possible, nothing of the payload is read before the signature. If
    /// several are, `iss` says whose keys to try.
    ///
    /// # Errors
    /// [`Rejection::IssuerMismatch`], and what `claimed_issuer` returns. No candidate is lost then.
    pub(super) fn keep_issuer<'t>(
        &mut self,
        claimed_issuer: impl FnOnce() -> Result<Option<&'t str>, Rejection>,
    ) -> Result<usize, Rejection> {
        let first = self.0.first().ok_or(Rejection::IssuerMismatch)?.issuer;
        if self.0.iter().any(|candidate| candidate.issuer.name != first.name) {
            let claimed = claimed_issuer()?;
            let is_of =
                |candidate: &CandidateProvider<'_>| candidate.issuer.name.as_deref() == claimed;
            if !self.0.iter().any(is_of) {
                return Err(Rejection::IssuerMismatch);
            }
            self.0.retain(is_of);
        }
        let first = self.0.first().ok_or(Rejection::IssuerMismatch)?;
        Ok(first.issuer.key_source)
    }

    /// The provider that all candidates are of, if there is one.
    pub(super) fn sole_provider(&self) -> Option<&'c Provider> {
        let first = self.0.first()?.provider;
        self.0.iter().all(|candidate| std::ptr::eq(candidate.provider, first)).then_some(first)
    }

    /// The status of a refused token: the providers' own if they agree, else 401.
    pub(super) fn reject_status(&self) -> u16 {
        let mut statuses = self.0.iter().map(|candidate| candidate.provider.reject_status);
        let first = statuses.next().unwrap_or(401);
        if statuses.all(|status| status == first) { first } else { 401 }
    }

    /// The texts of a rejection: the tutorial's if all clients expect them.
    pub(super) fn wording(&self) -> Wording {
        let mut wordings = self.0.iter().map(|candidate| candidate.provider.kind.wording());
        let first = wordings.next().unwrap_or(Wording::Standard);
        if wordings.all(|wording| wording == first) { first } else { Wording::Standard }
    }
}
