//! The verified identity of a caller.

use serde_json::{Map, Value, json};

use crate::token::Claims;

/// Who the caller is, as a provider has vouched for. Only verified [`Claims`] make one.
#[derive(Clone, Debug)]
pub struct Session {
    provider: String,
    identity: Identity,
    issuer: Option<String>,
    claims: Claims,
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
        claims: Claims,
        issuer: Option<&str>,
        identity: Identity,
    ) -> Self {
        Self { provider: provider.to_owned(), identity, issuer: issuer.map(str::to_owned), claims }
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

    /// The verified claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// When the token expires, in seconds since the Unix epoch.
    pub fn expires_at_seconds(&self) -> u64 {
        self.claims.expires_at_seconds()
    }

    /// The session as a JSON object with camel-case names; what it does not have is left out.
    pub fn to_value(&self) -> Value {
        let identity = &self.identity;
        let permissions = (!identity.permissions.is_empty()).then_some(&identity.permissions);
        object([
            ("provider", json!(self.provider)),
            ("issuer", json!(self.issuer)),
            ("userId", json!(identity.user)),
            ("projectKey", json!(identity.project)),
            ("tenantId", json!(identity.tenant)),
            ("tenantSlug", json!(identity.tenant_slug)),
            ("userPermissions", json!(permissions)),
            ("expiresAt", json!(self.expires_at_seconds())),
        ])
    }

    /// The answer of the connect-tenant route in JTL's tutorial.
    pub fn to_jtl_value(&self) -> Value {
        object([
            ("success", json!(true)),
            ("tenantId", json!(self.identity.tenant)),
            ("userId", json!(self.identity.user)),
            ("tenantSlug", json!(self.identity.tenant_slug)),
        ])
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    let members: Map<String, Value> =
        members.map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(members)
}

#[cfg(test)]
mod tests;
