//! The kinds of provider: what each adds to the rules that all tokens share.

use serde_json::Value;

use crate::keys::ClientCredentials;
use crate::rejection::Rejection;
use crate::request::CredentialSource;
use crate::request::HttpUrl;
use crate::route::has_one_of;
use crate::session::{Identity, Session};
use crate::signature::Algorithm;
use crate::token::Claims;

/// A configured source of identities.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in the configuration and in [`Session::provider`].
    pub name: String,
    /// Where its tokens are sent.
    pub credential: CredentialSource,
    /// What its tokens may be signed with.
    pub algorithms: Vec<Algorithm>,
    /// Whose tokens it accepts.
    pub issuers: Vec<Issuer>,
    /// The status of a refused token.
    pub reject_status: u16,
    /// What the app itself shows to the platform's API.
    pub client_credentials: Option<ClientCredentials>,
    /// What is particular to it.
    pub kind: Kind,
}

/// Whose tokens a provider accepts, and whose keys must have signed them.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// The exact `iss`; `None` for a kind whose tokens name no issuer.
    pub name: Option<String>,
    /// The index of its keys in [`crate::config::Config::key_sources`].
    pub key_source: usize,
}

/// What is particular to a kind of provider.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// JTL Cloud's session token.
    JtlSession,
    /// JTL Cloud's app token.
    JtlApp {
        /// The app that `aud` must name.
        app_id: String,
    },
    /// commercetools Merchant Center's exchange token.
    MerchantCenter {
        /// What `aud` may be made of.
        audience_policies: Vec<AudiencePolicy>,
    },
    /// Any token of an OpenID Connect issuer.
    Oidc {
        /// The audiences of which `aud` must name one.
        audiences: Vec<String>,
        /// The `typ` values that are accepted, `""` for none.
        types: Vec<String>,
        /// Claims by path, and the value that each must have.
        required_claims: Vec<(String, Value)>,
    },
}

impl Kind {
    /// Whether its clients expect the texts of JTL's tutorial.
    pub fn is_jtl_session(&self) -> bool {
        matches!(self, Self::JtlSession)
    }

    /// Whether its sessions are those of a JTL tenant.
    pub fn is_jtl(&self) -> bool {
        matches!(self, Self::JtlApp { .. } | Self::JtlSession)
    }

    /// Whether a token of that `typ` may be one of its own. A media type may be written without
    /// `application/`, in any case (RFC 7515, section 4.1.9).
    pub fn accepts_type(&self, media_type: Option<&str>) -> bool {
        let Self::Oidc { types, .. } = self else { return true };
        let found = media_type.unwrap_or_default().to_ascii_lowercase();
        let found = found.strip_prefix("application/").unwrap_or(&found);
        types.iter().any(|accepted| accepted.eq_ignore_ascii_case(found))
    }
}

/// What the Merchant Center puts into `aud`, after `X-Forward-To-Audience-Policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudiencePolicy {
    /// The forwarded URL without its query.
    FullPath,
    /// The origin of the forwarded URL.
    Origin,
}

/// The request that a token came with, as far as providers look at it.
#[derive(Clone, Copy, Debug)]
pub struct CalledUrl<'a> {
    /// The URLs under which callers reach the worker.
    pub public_urls: &'a [HttpUrl],
    /// The path of this request, as sent.
    pub path: &'a str,
}

impl Provider {
    /// Judges the claims of a token that one of `issuer`'s keys has signed.
    ///
    /// # Errors
    /// The first rule that the claims break: issuer, then audience, then what the kind demands.
    pub fn session(
        &self,
        claims: &Claims,
        issuer: &Issuer,
        called: CalledUrl<'_>,
    ) -> Result<Session, Rejection> {
        if let Some(expected) = &issuer.name
            && claims.required_string("iss")? != expected
        {
            return Err(Rejection::IssuerMismatch);
        }
        let identity = match &self.kind {
            Kind::JtlApp { app_id } => jtl_app(claims, app_id),
            Kind::JtlSession => jtl_session(claims),
            Kind::Oidc { audiences, required_claims, .. } => {
                oidc(claims, audiences, required_claims)
            }
            Kind::MerchantCenter { audience_policies } => {
                merchant_center(claims, issuer, audience_policies, called)
            }
        }?;
        Ok(Session::new(&self.name, claims.clone(), issuer.name.as_deref(), identity))
    }

    /// The audiences of which a token must name one; none for a kind whose tokens name none.
    pub fn expected_audiences(&self, called: CalledUrl<'_>) -> Vec<String> {
        match &self.kind {
            Kind::JtlApp { app_id } => vec![app_id.clone()],
            Kind::JtlSession => Vec::new(),
            Kind::MerchantCenter { audience_policies } => {
                expected_audiences(audience_policies, called)
            }
            Kind::Oidc { audiences, .. } => audiences.clone(),
        }
    }
}

/// The token names no issuer and no audience. Its claim `kid` is a customer's id, not a key's.
fn jtl_session(claims: &Claims) -> Result<Identity, Rejection> {
    Ok(Identity {
        user: Some(claims.required_string("userId")?.to_owned()),
        tenant: Some(claims.required_string("tenantId")?.to_owned()),
        tenant_slug: optional(claims, "tenantSlug")?,
        ..Identity::default()
    })
}

fn merchant_center(
    claims: &Claims,
    issuer: &Issuer,
    policies: &[AudiencePolicy],
    called: CalledUrl<'_>,
) -> Result<Identity, Rejection> {
    check_audience(claims, &expected_audiences(policies, called))?;
    if claims.required_string("type")? != "exchange" {
        return Err(Rejection::ClaimMismatch { claim: "type".into() });
    }
    let issuer = issuer.name.as_deref().unwrap_or_default();
    Ok(Identity {
        user: Some(claims.required_string("sub")?.to_owned()),
        project: Some(claims.required_string(&format!("{issuer}/claims/project_key"))?.to_owned()),
        permissions: claims.strings(&format!("{issuer}/claims/user_permissions"))?,
        ..Identity::default()
    })
}

fn jtl_app(claims: &Claims, app_id: &str) -> Result<Identity, Rejection> {
    const APP: &str = "urn:jtl:app_id";
    check_audience(claims, &[app_id.to_owned()])?;
    if claims.string(APP)?.is_some_and(|found| found != app_id) {
        return Err(Rejection::ClaimMismatch { claim: APP.into() });
    }
    Ok(Identity {
        user: Some(claims.required_string("sub")?.to_owned()),
        tenant: optional(claims, "urn:jtl:tenant_id")?,
        ..Identity::default()
    })
}

fn oidc(
    claims: &Claims,
    audiences: &[String],
    required_claims: &[(String, Value)],
) -> Result<Identity, Rejection> {
    check_audience(claims, audiences)?;
    for (path, expected) in required_claims {
        let claim = || path.clone().into();
        match claims.by_path(path) {
            None => return Err(Rejection::ClaimMissing { claim: claim() }),
            Some(found) if found == expected => {}
            Some(found) if has_one_of(found, std::slice::from_ref(expected)) => {}
            Some(_) => return Err(Rejection::ClaimMismatch { claim: claim() }),
        }
    }
    Ok(Identity {
        user: optional(claims, "sub")?,
        permissions: scopes(claims)?,
        ..Identity::default()
    })
}

/// An empty name is nobody's.
fn optional(claims: &Claims, name: &str) -> Result<Option<String>, Rejection> {
    Ok(claims.string(name)?.filter(|value| !value.is_empty()).map(str::to_owned))
}

/// The scopes of an access token: `scope` (RFC 8693, section 4.2), space separated, or `scp`, as
/// some issuers call it, where it may be an array.
fn scopes(claims: &Claims) -> Result<Vec<String>, Rejection> {
    let name = if claims.members().contains_key("scope") { "scope" } else { "scp" };
    match claims.members().get(name) {
        Some(Value::Array(_)) => claims.strings(name),
        _ => {
            let scopes = claims.string(name)?.unwrap_or_default();
            Ok(scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
        }
    }
}

fn check_audience(claims: &Claims, expected: &[String]) -> Result<(), Rejection> {
    if claims.audience().is_empty() {
        return Err(Rejection::ClaimMissing { claim: "aud".into() });
    }
    if !claims.audience().iter().any(|audience| expected.contains(audience)) {
        return Err(Rejection::AudienceMismatch { expected: expected.to_vec() });
    }
    Ok(())
}

/// Under the policy for the full path, the root has two forms: the gateway's URL ends in `/`,
/// commercetools' own verifier expects it without.
fn expected_audiences(policies: &[AudiencePolicy], called: CalledUrl<'_>) -> Vec<String> {
    let mut expected = Vec::new();
    for url in called.public_urls {
        for policy in policies {
            match policy {
                AudiencePolicy::FullPath => {
                    expected.push(url.join(called.path));
                    if called.path == "/" {
                        expected.push(url.base());
                    }
                }
                AudiencePolicy::Origin => expected.push(url.origin().to_owned()),
            }
        }
    }
    expected.dedup();
    expected
}

#[cfg(test)]
mod tests;
