//! The kinds of provider: what each adds to the rules that all tokens share.

use serde_json::Value;

use crate::claims::Claims;
use crate::config::ClientCredentials;
use crate::credential::CredentialSource;
use crate::http_url::HttpUrl;
use crate::reject::Reject;
use crate::requirement::has_one_of;
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
    /// What the app itself shows to the platform's API.
    pub access: Option<ClientCredentials>,
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
            Kind::JtlApp { app_id } => jtl_app(claims, app_id),
            Kind::JtlSession => jtl_session(claims),
            Kind::Oidc { audiences, required_claims, .. } => {
                oidc(claims, audiences, required_claims)
            }
            Kind::MerchantCenter { audience_policies } => {
                merchant_center(claims, issuer, audience_policies, target)
            }
        }?;
        Ok(Session::new(&self.name, claims.clone(), issuer.name.as_deref(), identity))
    }

    /// The audiences of which a token must name one; none for a kind whose tokens name none.
    pub fn expected_audiences(&self, target: Target<'_>) -> Vec<String> {
        match &self.kind {
            Kind::JtlApp { app_id } => vec![app_id.clone()],
            Kind::JtlSession => Vec::new(),
            Kind::MerchantCenter { audience_policies } => {
                expected_audiences(audience_policies, target)
            }
            Kind::Oidc { audiences, .. } => audiences.clone(),
        }
    }
}

/// The token names no issuer and no audience. Its claim `kid` is a customer's id, not a key's.
fn jtl_session(claims: &Claims) -> Result<Identity, Reject> {
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
    target: Target<'_>,
) -> Result<Identity, Reject> {
    check_audience(claims, &expected_audiences(policies, target))?;
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

fn jtl_app(claims: &Claims, app_id: &str) -> Result<Identity, Reject> {
    const APP: &str = "urn:jtl:app_id";
    check_audience(claims, &[app_id.to_owned()])?;
    if claims.string(APP)?.is_some_and(|found| found != app_id) {
        return Err(Reject::ClaimMismatch { claim: APP.into() });
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
) -> Result<Identity, Reject> {
    check_audience(claims, audiences)?;
    for (path, expected) in required_claims {
        let claim = || path.clone().into();
        match claims.by_path(path) {
            None => return Err(Reject::ClaimMissing { claim: claim() }),
            Some(found) if found == expected => {}
            Some(found) if has_one_of(found, std::slice::from_ref(expected)) => {}
            Some(_) => return Err(Reject::ClaimMismatch { claim: claim() }),
        }
    }
    Ok(Identity {
        user: optional(claims, "sub")?,
        permissions: scopes(claims)?,
        ..Identity::default()
    })
}

/// An empty name is nobody's.
fn optional(claims: &Claims, name: &str) -> Result<Option<String>, Reject> {
    Ok(claims.string(name)?.filter(|value| !value.is_empty()).map(str::to_owned))
}

/// The scopes of an access token: `scope` (RFC 8693, section 4.2), space separated, or `scp`, as
/// some issuers call it, where it may be an array.
fn scopes(claims: &Claims) -> Result<Vec<String>, Reject> {
    let name = if claims.members().contains_key("scope") { "scope" } else { "scp" };
    match claims.members().get(name) {
        Some(Value::Array(_)) => claims.strings(name),
        _ => {
            let scopes = claims.string(name)?.unwrap_or_default();
            Ok(scopes.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect())
        }
    }
}

fn check_audience(claims: &Claims, expected: &[String]) -> Result<(), Reject> {
    if claims.audience().is_empty() {
        return Err(Reject::ClaimMissing { claim: "aud".into() });
    }
    if !claims.audience().iter().any(|audience| expected.contains(audience)) {
        return Err(Reject::AudienceMismatch { expected: expected.to_vec() });
    }
    Ok(())
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
    use crate::time::UnixMillis;
    use crate::token::SignedToken;
    use serde_json::json;

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

    fn claims(members: &Value) -> Claims {
        let mut all = json!({"exp": 2});
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let signed = SignedToken::of(all.to_string().as_bytes());
        Claims::check(&signed, UnixMillis::from_seconds(1), 0).unwrap()
    }

    fn provider(kind: Kind) -> Provider {
        Provider {
            name: "p".into(),
            credential: CredentialSource { header: "authorization".into(), scheme: None },
            algorithms: vec![Algorithm::Rs256],
            issuers: Vec::new(),
            reject_status: 401,
            access: None,
            kind,
        }
    }

    fn judge(kind: Kind, issuer: Option<&str>, members: &Value) -> Result<Session, Reject> {
        let issuer = Issuer { name: issuer.map(str::to_owned), key_source: 0 };
        let public_urls = [HttpUrl::parse("https://api.example.com").unwrap()];
        let target = Target { public_urls: &public_urls, path: "/orders" };
        provider(kind).session(&claims(members), &issuer, target)
    }

    fn identity(kind: Kind, issuer: Option<&str>, members: &Value) -> Identity {
        judge(kind, issuer, members).unwrap().identity().clone()
    }

    fn refusal(kind: Kind, issuer: Option<&str>, members: &Value) -> Reject {
        judge(kind, issuer, members).map(drop).unwrap_err()
    }

    fn oidc_kind(required_claims: &[(&str, Value)]) -> Kind {
        let required =
            required_claims.iter().map(|(path, value)| ((*path).to_owned(), value.clone()));
        Kind::Oidc {
            audiences: vec!["a".into(), "b".into()],
            types: vec!["JWT".into(), "at+jwt".into(), String::new()],
            required_claims: required.collect(),
        }
    }

    const ISSUER: Option<&str> = Some("https://i.example");

    #[test]
    fn the_issuer_is_the_providers_own() {
        let session = judge(oidc_kind(&[]), ISSUER, &json!({"iss": ISSUER, "aud": "a"})).unwrap();
        assert_eq!((session.provider(), session.issuer()), ("p", ISSUER));
        assert_eq!(session.claims().audience(), ["a"]);
        let other = json!({"iss": "https://i.example/", "aud": "a"});
        assert_eq!(refusal(oidc_kind(&[]), ISSUER, &other), Reject::IssuerMismatch);
        let none = refusal(oidc_kind(&[]), ISSUER, &json!({"aud": "a"}));
        assert_eq!(none, Reject::ClaimMissing { claim: "iss".into() });
        // One whose tokens name none does not look.
        let members = json!({"iss": "x", "userId": "u", "tenantId": "t"});
        assert_eq!(judge(Kind::JtlSession, None, &members).unwrap().issuer(), None);
    }

    #[test]
    fn one_of_the_audiences_is_named() {
        for audience in [json!("a"), json!(["x", "b"])] {
            assert!(judge(oidc_kind(&[]), None, &json!({"aud": audience})).is_ok());
        }
        let expected = vec!["a".to_owned(), "b".to_owned()];
        let mismatch = Reject::AudienceMismatch { expected };
        assert_eq!(refusal(oidc_kind(&[]), None, &json!({"aud": ["x", "ab"]})), mismatch);
        let missing = Reject::ClaimMissing { claim: "aud".into() };
        assert_eq!(refusal(oidc_kind(&[]), None, &json!({})), missing);
    }

    #[test]
    fn an_oidc_identity_is_subject_and_scopes() {
        for (members, permissions) in [
            (json!({}), &[][..]),
            (json!({"scope": "read  write "}), &["read", "write"]),
            (json!({"scp": "read write"}), &["read", "write"]),
            (json!({"scp": ["read", "write it"]}), &["read", "write it"]),
            (json!({"scope": "read", "scp": ["write"]}), &["read"]),
            (json!({"scope": ["read"]}), &["read"]),
        ] {
            let mut all = json!({"aud": "a", "sub": "ada"});
            all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let found = identity(oidc_kind(&[]), None, &all);
            assert_eq!((found.user.as_deref(), found.tenant), (Some("ada"), None));
            assert_eq!(found.permissions, permissions, "{members}");
        }
        assert_eq!(identity(oidc_kind(&[]), None, &json!({"aud": "a", "sub": ""})).user, None);
        for name in ["scope", "scp"] {
            let wrong = refusal(oidc_kind(&[]), None, &json!({"aud": "a", name: 1}));
            assert!(matches!(wrong, Reject::ClaimsMalformed { .. }));
        }
    }

    #[test]
    fn required_claims_have_their_value_itself_or_within() {
        let missing = Some(Reject::ClaimMissing { claim: "x.y".into() });
        let mismatch = Some(Reject::ClaimMismatch { claim: "x.y".into() });
        for (found, expected, refused) in [
            (json!(true), json!(true), None),
            (json!("true"), json!(true), mismatch.clone()),
            (json!(["a", "b"]), json!("b"), None),
            (json!(["a", "b"]), json!(["a", "b"]), None),
            (json!(["a", "b"]), json!(["b", "a"]), mismatch.clone()),
            (json!(["a", "b"]), json!("c"), mismatch),
        ] {
            let kind = oidc_kind(&[("x.y", expected.clone())]);
            let judged = judge(kind, None, &json!({"aud": "a", "x": {"y": found}}));
            assert_eq!(judged.err(), refused, "{found} {expected}");
        }
        let kind = oidc_kind(&[("x.y", json!(1))]);
        assert_eq!(judge(kind, None, &json!({"aud": "a", "x": {}})).err(), missing);
    }

    #[test]
    fn types_are_compared_as_media_types() {
        for (media_type, accepted) in [
            (Some("JWT"), true),
            (Some("jwt"), true),
            (Some("application/at+JWT"), true),
            (None, true),
            (Some("logout+jwt"), false),
        ] {
            assert_eq!(oidc_kind(&[]).accepts_type(media_type), accepted, "{media_type:?}");
        }
        let strict =
            Kind::Oidc { audiences: vec![], types: vec!["at+jwt".into()], required_claims: vec![] };
        assert!(!strict.accepts_type(None));
        assert!(Kind::JtlSession.accepts_type(Some("anything")));
    }

    #[test]
    fn a_merchant_center_identity_is_user_project_and_permissions() {
        let kind = || Kind::MerchantCenter { audience_policies: vec![AudiencePolicy::FullPath] };
        let members = json!({
            "iss": ISSUER, "aud": "https://api.example.com/orders", "type": "exchange", "sub": "ada",
            "https://i.example/claims/project_key": "shop",
            "https://i.example/claims/user_permissions": ["canViewOrders"],
        });
        let expected = Identity {
            user: Some("ada".into()),
            project: Some("shop".into()),
            permissions: vec!["canViewOrders".into()],
            ..Identity::default()
        };
        assert_eq!(identity(kind(), ISSUER, &members), expected);
        let mut other = members.clone();
        other["type"] = json!("session");
        assert_eq!(refusal(kind(), ISSUER, &other), Reject::ClaimMismatch { claim: "type".into() });
        let mut other = members;
        other["aud"] = json!("https://api.example.com/");
        let expected = vec!["https://api.example.com/orders".to_owned()];
        assert_eq!(refusal(kind(), ISSUER, &other), Reject::AudienceMismatch { expected });
    }

    #[test]
    fn jtls_identities_are_user_and_tenant() {
        let app = || Kind::JtlApp { app_id: "app".into() };
        let members = json!({"aud": "app", "sub": "ada", "urn:jtl:tenant_id": "one"});
        let user_and_tenant = Identity {
            user: Some("ada".into()),
            tenant: Some("one".into()),
            ..Identity::default()
        };
        assert_eq!(identity(app(), None, &members), user_and_tenant);
        for (app_id, accepted) in [("app", true), ("other", false)] {
            let mut named = members.clone();
            named["urn:jtl:app_id"] = json!(app_id);
            let refused = Reject::ClaimMismatch { claim: "urn:jtl:app_id".into() };
            let refused = (!accepted).then_some(refused);
            assert_eq!(judge(app(), None, &named).err(), refused, "{app_id}");
        }
        let members = json!({"userId": "ada", "tenantId": "one", "tenantSlug": "uno"});
        let with_slug = Identity { tenant_slug: Some("uno".into()), ..user_and_tenant };
        assert_eq!(identity(Kind::JtlSession, None, &members), with_slug);
    }

    #[test]
    fn a_kind_knows_its_platform_and_its_audiences() {
        let public_urls = [HttpUrl::parse("https://api.example.com").unwrap()];
        let target = Target { public_urls: &public_urls, path: "/orders" };
        let app = Kind::JtlApp { app_id: "app".into() };
        let merchant_center =
            Kind::MerchantCenter { audience_policies: vec![AudiencePolicy::Origin] };
        for (kind, session, jtl, audiences) in [
            (Kind::JtlSession, true, true, &[][..]),
            (app, false, true, &["app"]),
            (merchant_center, false, false, &["https://api.example.com"]),
            (oidc_kind(&[]), false, false, &["a", "b"]),
        ] {
            assert_eq!((kind.is_jtl_session(), kind.is_jtl()), (session, jtl), "{kind:?}");
            assert_eq!(provider(kind).expected_audiences(target), audiences);
        }
    }
}
