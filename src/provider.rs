//! The kinds of provider: what each adds to the rules that all tokens share.

use crate::claims::Claims;
use crate::credential::CredentialSource;
use crate::http_url::HttpUrl;
use crate::reject::Reject;
use crate::session::{Identity, Session};
use crate::signature::Algorithm;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JTL Cloud's session token.
    JtlSession,
    /// commercetools Merchant Center's exchange token.
    MerchantCenter {
        /// What `aud` may be made of.
        audience_policies: Vec<AudiencePolicy>,
    },
}

impl Kind {
    /// Whether its clients expect the texts of JTL's tutorial.
    pub fn is_jtl_session(&self) -> bool {
        matches!(self, Self::JtlSession)
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
pub struct Target<'a> {
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
        target: Target<'_>,
    ) -> Result<Session, Reject> {
        if let Some(expected) = &issuer.name
            && claims.required_string("iss")? != expected
        {
            return Err(Reject::IssuerMismatch);
        }
        let identity = match &self.kind {
            Kind::JtlSession => jtl_session(claims),
            Kind::MerchantCenter { audience_policies } => {
                merchant_center(claims, issuer, audience_policies, target)
            }
        }?;
        Ok(Session::new(&self.name, claims, issuer.name.as_deref(), identity))
    }
}

/// The token names no issuer and no audience. Its claim `kid` is a customer's id, not a key's.
fn jtl_session(claims: &Claims) -> Result<Identity, Reject> {
    Ok(Identity {
        user: Some(claims.required_string("userId")?.to_owned()),
        tenant: Some(claims.required_string("tenantId")?.to_owned()),
        tenant_slug: claims.string("tenantSlug")?.map(str::to_owned),
        ..Identity::default()
    })
}

fn merchant_center(
    claims: &Claims,
    issuer: &Issuer,
    policies: &[AudiencePolicy],
    target: Target<'_>,
) -> Result<Identity, Reject> {
    let expected = expected_audiences(policies, target);
    if claims.audience().is_empty() {
        return Err(Reject::ClaimMissing { claim: "aud".into() });
    }
    if !claims.audience().iter().any(|audience| expected.contains(audience)) {
        return Err(Reject::AudienceMismatch { expected });
    }
    if claims.required_string("type")? != "exchange" {
        return Err(Reject::ClaimMismatch { claim: "type".into() });
    }
    let issuer = issuer.name.as_deref().unwrap_or_default();
    Ok(Identity {
        user: Some(claims.required_string("sub")?.to_owned()),
        project: Some(claims.required_string(&format!("{issuer}/claims/project_key"))?.to_owned()),
        permissions: claims.strings(&format!("{issuer}/claims/user_permissions"))?,
        ..Identity::default()
    })
}

/// Under the policy for the full path, the root has two forms: the gateway's URL ends in `/`,
/// commercetools' own verifier expects it without.
fn expected_audiences(policies: &[AudiencePolicy], target: Target<'_>) -> Vec<String> {
    let mut expected = Vec::new();
    for url in target.public_urls {
        for policy in policies {
            match policy {
                AudiencePolicy::FullPath => {
                    expected.push(url.join(target.path));
                    if target.path == "/" {
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
mod tests {
    use super::*;

    #[test]
    fn audiences_follow_the_policy() {
        let both = &[AudiencePolicy::FullPath, AudiencePolicy::Origin][..];
        for (public_url, path, policies, expected) in [
            (
                "https://api.example.com",
                "/foo/bar",
                &both[..1],
                &["https://api.example.com/foo/bar"][..],
            ),
            (
                "https://api.example.com/",
                "/foo/bar/",
                &both[..1],
                &["https://api.example.com/foo/bar/"],
            ),
            (
                "https://api.example.com",
                "/",
                &both[..1],
                &["https://api.example.com/", "https://api.example.com"],
            ),
            ("HTTPS://API.Example.COM:443", "/Foo", &both[..1], &["https://api.example.com/Foo"]),
            ("https://a.example:8443", "/%c3%a9", &both[..1], &["https://a.example:8443/%c3%a9"]),
            ("https://a.example/base", "/foo", &both[..1], &["https://a.example/base/foo"]),
            (
                "https://a.example/base/",
                "/",
                &both[..1],
                &["https://a.example/base/", "https://a.example/base"],
            ),
            ("https://a.example/base", "/foo", &both[1..], &["https://a.example"]),
            ("https://a.example", "/foo", both, &["https://a.example/foo", "https://a.example"]),
        ] {
            let public_urls = [HttpUrl::parse(public_url).unwrap()];
            let target = Target { public_urls: &public_urls, path };
            assert_eq!(expected_audiences(policies, target), expected, "{public_url} {path}");
        }
    }
}
