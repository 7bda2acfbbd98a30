use serde_json::json;

use super::*;
use crate::provider::tests::{ISSUER, identity, rejection};
use crate::request::HttpUrl;

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
        let kind = MerchantCenter { audience_policies: policies.to_vec() };
        assert_eq!(kind.audience(called).values(), expected, "{public_url} {path}");
    }
}

#[test]
fn an_identity_is_user_project_and_permissions() {
    let kind = || MerchantCenter { audience_policies: vec![AudiencePolicy::FullPath] };
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
    let mismatch = Rejection::ClaimMismatch { claim: "type".into() };
    assert_eq!(rejection(kind(), ISSUER, &other), mismatch);
    let mut other = members;
    other["aud"] = json!("https://api.example.com/");
    let expected = vec!["https://api.example.com/orders".to_owned()];
    assert_eq!(rejection(kind(), ISSUER, &other), Rejection::AudienceMismatch { expected });
}

#[test]
fn any_type_is_accepted() {
    let kind = MerchantCenter { audience_policies: Vec::new() };
    assert!(kind.accepted_types().contain(Some("anything")));
    assert!(kind.accepted_types().contain(None));
}
