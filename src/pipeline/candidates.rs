//! The providers that could accept a token.

use crate::provider::{Issuer, Provider};
use crate::rejection::{Rejection, Wording};
use crate::request::Credential;
use crate::signature::Algorithm;
use crate::token::Header;

/// A provider that may accept a token, and the issuer that would have made the token.
#[derive(Clone, Copy, Debug)]
pub struct CandidateProvider<'c> {
    /// The provider.
    pub provider: &'c Provider,
    /// One of the provider's issuers.
    pub issuer: &'c Issuer,
}

/// The candidate providers of a request. Each fact about its token can only reduce their number.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidates<'c>(Vec<CandidateProvider<'c>>);

impl<'c> Candidates<'c> {
    /// Makes one candidate for each issuer of these providers.
    pub(super) fn of(providers: impl Iterator<Item = &'c Provider>) -> Self {
        let issuers = |provider: &'c Provider| {
            provider.issuers.iter().map(move |issuer| CandidateProvider { provider, issuer })
        };
        Self(providers.flat_map(issuers).collect())
    }

    pub(super) fn as_slice(&self) -> &[CandidateProvider<'c>] {
        &self.0
    }

    /// Keeps the candidates that take credentials from the source of this one.
    pub(super) fn keep_source_of(&mut self, credential: &Credential<'_>) {
        self.0.retain(|candidate| candidate.provider.credential.is_same_as(credential.source()));
    }

    /// Keeps the candidates that allow the header's algorithm and type, and returns the algorithm.
    ///
    /// The algorithm comes from the configuration; the token may only agree (RFC 8725, section
    /// 3.1).
    ///
    /// # Errors
    /// [`Rejection::AlgorithmNotAllowed`] for another algorithm, [`Rejection::HeaderMalformed`] for
    /// another `typ`. After an error, all candidates are still there.
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

    /// Keeps the candidates of one issuer, and returns the index of its key source.
    ///
    /// If only one issuer is possible, the signature is verified before anything of the payload is
    /// read. If several issuers are possible, `iss` says whose keys to try (RFC 8725, section 3.8).
    ///
    /// # Errors
    /// [`Rejection::IssuerMismatch`] if no candidate is of the claimed issuer; otherwise the error
    /// of `claimed_issuer`. After an error, all candidates are still there.
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

    /// Returns the provider of all candidates if they have only one.
    pub(super) fn sole_provider(&self) -> Option<&'c Provider> {
        let first = self.0.first()?.provider;
        self.0.iter().all(|candidate| std::ptr::eq(candidate.provider, first)).then_some(first)
    }

    /// Returns the HTTP status for a refused token: the providers' own if they agree, else 401.
    pub(super) fn reject_status(&self) -> u16 {
        let mut statuses = self.0.iter().map(|candidate| candidate.provider.reject_status);
        let first = statuses.next().unwrap_or(401);
        if statuses.all(|status| status == first) { first } else { 401 }
    }

    /// Returns the wording of a rejection: that of the candidates if they agree, else the standard
    /// one.
    pub(super) fn wording(&self) -> Wording {
        let mut wordings = self.0.iter().map(|candidate| candidate.provider.kind.wording());
        let first = wordings.next().unwrap_or(Wording::Standard);
        if wordings.all(|wording| wording == first) { first } else { Wording::Standard }
    }
}
