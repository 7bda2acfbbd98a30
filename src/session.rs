//! The verified identity of a caller.

use crate::claims::Claims;

/// Who the caller is, as a provider has vouched for. Only verified [`Claims`] make one.
#[derive(Clone, Debug)]
pub struct Session {
    provider: String,
    identity: Identity,
    issuer: Option<String>,
    expires_at_seconds: u64,
}

/// What a kind of provider reads out of its claims; each kind fills what it has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user's id.
    pub user: Option<String>,
    /// The commercetools project key.
    pub project: Option<String>,
    /// The JTL tenant's id.
    pub tenant: Option<String>,
    /// The JTL tenant's slug.
    pub tenant_slug: Option<String>,
    /// What the user may do; empty where the token says nothing about it.
    pub permissions: Vec<String>,
}

impl Session {
    pub(crate) fn new(
        provider: &str,
        claims: &Claims,
        issuer: Option<&str>,
        identity: Identity,
    ) -> Self {
        Self {
            provider: provider.to_owned(),
            identity,
            issuer: issuer.map(str::to_owned),
            expires_at_seconds: claims.expires_at_seconds(),
        }
    }

    /// The name of the provider whose rules the token fulfilled.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The issuer, for tokens that name one.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Who the caller is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// When the token expires, in seconds since the Unix epoch.
    pub fn expires_at_seconds(&self) -> u64 {
        self.expires_at_seconds
    }
}
