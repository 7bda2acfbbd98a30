//! The verified identity of a caller.

use serde_json::{Map, Value, json};

use crate::provider::{CalledUrl, Identity, Issuer, Provider, SessionForm};
use crate::rejection::Rejection;
use crate::token::Claims;

/// Who the caller is, as a provider has vouched. Only verified [`Claims`] make a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    provider: String,
    identity: Identity,
    issuer: Option<String>,
    form: SessionForm,
    claims: Claims,
}

impl Session {
    /// Makes a session from the claims of a token that a key of `issuer` has signed.
    ///
    /// # Errors
    /// Returns the first rule that the claims break: the issuer, then the audience (RFC 7519,
    /// sections 4.1.1 and 4.1.3), then what the kind of provider demands.
    pub fn establish(
        provider: &Provider,
        issuer: &Issuer,
        claims: &Claims,
        called: CalledUrl<'_>,
    ) -> Result<Self, Rejection> {
        if let Some(expected) = &issuer.name
            && claims.required_string("iss")? != expected
        {
            return Err(Rejection::IssuerMismatch);
        }
        provider.kind.audience(called).check(claims)?;
        Ok(Self {
            provider: provider.name.clone(),
            identity: provider.kind.identity(claims, issuer)?,
            issuer: issuer.name.clone(),
            form: provider.kind.session_form(),
            claims: claims.clone(),
        })
    }

    /// Makes a session for tests, as if a provider had vouched for this identity.
    #[cfg(test)]
    pub(crate) fn of(claims: Claims, issuer: Option<&str>, identity: Identity) -> Self {
        let issuer = issuer.map(str::to_owned);
        Self { provider: "login".into(), identity, issuer, form: SessionForm::Full, claims }
    }

    /// Returns the name of the provider whose rules the token fulfilled.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Returns the token's issuer; `None` for a kind of provider whose tokens name no issuer.
    pub fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// Returns who the caller is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the verified claims.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Returns when the token expires, in whole seconds since the Unix epoch.
    pub fn expires_at_seconds(&self) -> u64 {
        self.claims.expires_at_seconds()
    }

    /// Returns the session as a JSON object with camel-case names. Members without a value are left
    /// out.
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

    /// Returns the session as the worker answers with it, in the form that the provider's clients
    /// expect.
    pub fn to_answer(&self) -> Value {
        match self.form {
            SessionForm::Full => self.to_value(),
            SessionForm::JtlTutorial => self.to_jtl_value(),
        }
    }

    fn to_jtl_value(&self) -> Value {
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
