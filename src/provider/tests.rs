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
        let called = CalledUrl { public_urls: &public_urls, path };
        assert_eq!(expected_audiences(policies, called), expected, "{public_url} {path}");
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
        client_credentials: None,
        kind,
    }
}

fn judge(kind: Kind, issuer: Option<&str>, members: &Value) -> Result<Session, Rejection> {
    let issuer = Issuer { name: issuer.map(str::to_owned), key_source: 0 };
    let public_urls = [HttpUrl::parse("https://api.example.com").unwrap()];
    let called = CalledUrl { public_urls: &public_urls, path: "/orders" };
    provider(kind).session(&claims(members), &issuer, called)
}

fn identity(kind: Kind, issuer: Option<&str>, members: &Value) -> Identity {
    judge(kind, issuer, members).unwrap().identity().clone()
}

fn refusal(kind: Kind, issuer: Option<&str>, members: &Value) -> Rejection {
    judge(kind, issuer, members).map(drop).unwrap_err()
}

fn oidc_kind(required_claims: &[(&str, Value)]) -> Kind {
    let required = required_claims.iter().map(|(path, value)| ((*path).to_owned(), value.clone()));
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
    assert_eq!(refusal(oidc_kind(&[]), ISSUER, &other), Rejection::IssuerMismatch);
    let none = refusal(oidc_kind(&[]), ISSUER, &json!({"aud": "a"}));
    assert_eq!(none, Rejection::ClaimMissing { claim: "iss".into() });
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
    let mismatch = Rejection::AudienceMismatch { expected };
    assert_eq!(refusal(oidc_kind(&[]), None, &json!({"aud": ["x", "ab"]})), mismatch);
    let missing = Rejection::ClaimMissing { claim: "aud".into() };
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
        assert!(matches!(wrong, Rejection::ClaimsMalformed { .. }));
    }
}

#[test]
fn required_claims_have_their_value_itself_or_within() {
    let missing = Some(Rejection::ClaimMissing { claim: "x.y".into() });
    let mismatch = Some(Rejection::ClaimMismatch { claim: "x.y".into() });
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
    assert_eq!(refusal(kind(), ISSUER, &other), Rejection::ClaimMismatch { claim: "type".into() });
    let mut other = members;
    other["aud"] = json!("https://api.example.com/");
    let expected = vec!["https://api.example.com/orders".to_owned()];
    assert_eq!(refusal(kind(), ISSUER, &other), Rejection::AudienceMismatch { expected });
}

#[test]
fn jtls_identities_are_user_and_tenant() {
    let app = || Kind::JtlApp { app_id: "app".into() };
    let members = json!({"aud": "app", "sub": "ada", "urn:jtl:tenant_id": "one"});
    let user_and_tenant =
        Identity { user: Some("ada".into()), tenant: Some("one".into()), ..Identity::default() };
    assert_eq!(identity(app(), None, &members), user_and_tenant);
    for (app_id, accepted) in [("app", true), ("other", false)] {
        let mut named = members.clone();
        named["urn:jtl:app_id"] = json!(app_id);
        let refused = Rejection::ClaimMismatch { claim: "urn:jtl:app_id".into() };
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
    let called = CalledUrl { public_urls: &public_urls, path: "/orders" };
    let app = Kind::JtlApp { app_id: "app".into() };
    let merchant_center = Kind::MerchantCenter { audience_policies: vec![AudiencePolicy::Origin] };
    for (kind, session, jtl, audiences) in [
        (Kind::JtlSession, true, true, &[][..]),
        (app, false, true, &["app"]),
        (merchant_center, false, false, &["https://api.example.com"]),
        (oidc_kind(&[]), false, false, &["a", "b"]),
    ] {
        assert_eq!((kind.is_jtl_session(), kind.is_jtl()), (session, jtl), "{kind:?}");
        assert_eq!(provider(kind).expected_audiences(called), audiences);
    }
}
